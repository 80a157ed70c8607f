"""Methods learn from one data set and make heads for the classes of another, which has a training part of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmark.cells.class_vectors import ClassVectors
from benchmark.cells.profiles import Profile
from benchmark.cells.scenarios.scenario import BODY, Origin, Scenario
from benchmark.data.catalogue import Located
from benchmark.data.transfer import Source
from methods.errors import UserError


@dataclass(frozen=True)
class Transfer(Scenario):
    """Meta-training is on a source; test tasks have support images, or class vectors, of the cell's data set."""

    source: Source
    way: int  # of meta-training tasks
    images: int  # of each class that a meta-training task learns from
    test_episodes: int
    semantics: ClassVectors | None = None  # where class vectors are all there is

    @property
    def track(self) -> str:
        """ "gradient-free" with support images, "semantic" with class vectors alone."""
        return "gradient-free" if self.semantics is None else "semantic"

    def origins(self, data: Located, split: str, seed: int) -> dict[str, Origin]:
        source, target_units = self.source, data.units(split)
        without = {"without": source.left_out}
        learned = {
            part: Origin(source.data, source.split, units, role="source", marks=without, most=self.images)
            for part, units in source.units().items()
        }
        size = {"size": self.image_shape(data)[:2]}
        return {
            **learned,
            "support": Origin(data, split, target_units["train"]),
            "test": Origin(data, split, target_units["test"]),
            BODY: Origin(source.data, source.split, learned["train"].units, role="source", marks=size | without),
        }

    def learned_from(self, data: Located) -> Located:
        return self.source.data

    def source_way(self, way: int) -> int:
        return self.way

    def episodes(self, profile: Profile) -> int:
        return self.test_episodes

    def key(self) -> dict[str, Any]:
        source = self.source
        return {
            "track": self.track,
            "source": source.data.dataset.name,
            "source_split": source.split,
            **source.data.split_key(source.split, "source_"),
            "source_fingerprint": source.data.fingerprint(),
            "source_way": self.way,
            "source_images": self.images,
            "left_out": source.left_out,
            **({} if self.semantics is None else {"semantics": self.semantics.key()}),
        }

    def label(self) -> str:
        return f" from {self.source.data.dataset.name}"

    def check(self, data: Located, split: str, origins: Mapping[str, Origin]) -> None:
        self._check_paired(data, split, origins)
        if self.semantics is not None:
            learned = np.concatenate([origins[part].units.classes for part in ("train", "validation")])
            for place, numbers in ((self.source.data, learned), (data, range(len(data.class_names())))):
                names = place.class_names()
                self.semantics.of([place.dataset.words(names[number]) for number in numbers])

    def _check_paired(self, data: Located, split: str, origins: Mapping[str, Origin]) -> None:
        """UserError unless support images and queries come from parts of the same classes: see `PairedSource`."""
        support, query = (origins[part].units.classes.tolist() for part in ("support", "test"))
        if support != query:
            names = data.class_names()
            lacking = [names[number] for number in sorted({*support} ^ {*query})]
            why = f"{lacking[0]!r} is in one of them only" if lacking else "one has them in several groups"
            raise UserError(
                f"The train and the test part of {data.dataset.name} ({split}) must have the same classes, each "
                f"once, but {why}; restore the missing images or choose another --split."
            )
