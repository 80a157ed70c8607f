"""The body is trained on half of the training classes; methods learn from that half, or from the other one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from benchmark.cells.scenarios.scenario import BODY, Origin
from benchmark.cells.scenarios.within import Within
from benchmark.data.catalogue import Located
from benchmark.data.selection import HALVES_VERSION, halves


@dataclass(frozen=True)
class SplitClasses(Within):
    """Methods learn from the half that the body has "seen" or from the "unseen" one. The seed draws both."""

    training_classes: Literal["seen", "unseen"]

    def origins(self, data: Located, split: str, seed: int) -> dict[str, Origin]:
        whole = super().origins(data, split, seed)
        seen, unseen = halves(whole["train"].units, seed)
        learned = {"classes": self.training_classes, "seed": seed, "halves": HALVES_VERSION}
        chosen = seen if self.training_classes == "seen" else unseen
        return {
            **whole,
            "train": replace(whole["train"], units=chosen, marks=learned),
            BODY: replace(whole[BODY], units=seen, marks={"classes": "half", "halves": HALVES_VERSION}),
        }

    def key(self) -> dict[str, Any]:
        return {"training_classes": self.training_classes}

    def label(self) -> str:
        return f" (training classes {self.training_classes} by the body)"

    def part_label(self, part: str, origin: Origin) -> str:
        whole = super().part_label(part, origin)
        return f"a half of {whole}" if part == "train" else whole
