"""Methods learn from the training part of a data set and are tested on its test part."""

from __future__ import annotations

from dataclasses import dataclass

from benchmark.cells.scenarios.scenario import BODY, Origin, Scenario
from benchmark.data.catalogue import Located


@dataclass(frozen=True)
class Within(Scenario):
    """One data set for everything. The body is trained on all that methods learn from."""

    def origins(self, data: Located, split: str, seed: int) -> dict[str, Origin]:
        turned = data.dataset.turned_classes
        origins = {
            part: Origin(data, split, units, turned=turned and part == "train")
            for part, units in data.units(split).items()
        }
        return {**origins, BODY: origins["train"]}
