"""A scenario says where a cell's tasks come from. One file per scenario; `Within` is the plain one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmark.cells.class_vectors import ClassVectors
from benchmark.cells.profiles import Profile
from benchmark.data.catalogue import Located
from benchmark.data.dataset import common_shape
from benchmark.data.selection import Units

BODY = "body"  # the origin of the images that the body is trained on


@dataclass(frozen=True)
class Origin:
    """The origin of the images of one part."""

    data: Located
    split: str
    units: Units
    role: str = ""  # of the data set, as records name it: "" is the cell's own, others "source" or "target"
    # What keys of artefacts say of the part beside its data set and split.
    marks: Mapping[str, Any] = field(default_factory=dict)
    turned: bool = False  # its classes also appear turned by 90, 180 and 270 degrees, as classes of their own
    most: int | None = None  # images of a class that one task learns from; None: all of them

    def key(self) -> dict[str, Any]:
        """The key of these images, up to the part."""
        return {
            "data": self.data.fingerprint(),
            "split": self.split,
            **self.data.split_key(self.split),
        }


class Scenario(ABC):
    """The sources of training and test tasks, given a cell's data set, split and seed."""

    semantics: ClassVectors | None = None  # where tasks tell class vectors and show no support images

    @abstractmethod
    def origins(self, data: Located, split: str, seed: int) -> dict[str, Origin]:
        """The origins of "train", "validation", "test" and BODY.

        Where there is a "support" too, support images of test tasks come from there, and their queries from "test".
        """

    def learned_from(self, data: Located) -> Located:
        """The data set that is meta-trained on."""
        return data

    def source_way(self, way: int) -> int:
        """The classes of a meta-training task, where test tasks have `way`."""
        return way

    def episodes(self, profile: Profile) -> int:
        """Test episodes."""
        return profile.episodes

    def key(self) -> dict[str, Any]:
        """The entries that the scenario adds to the key of a result."""
        return {}

    def label(self) -> str:
        """The words that the scenario adds to the name of a cell, for readers."""
        return ""

    def part_label(self, part: str, origin: Origin) -> str:
        """The name of a part in messages."""
        return f"the {part} part of {origin.data.dataset.name} ({origin.split})"

    def check(self, data: Located, split: str, origins: Mapping[str, Origin]) -> None:
        """UserError where the data sets do not fit together."""
        return

    def image_shape(self, data: Located) -> tuple[int, ...]:
        """Height, width and channels in which bodies see images: those of the data set whose images are smaller."""
        return common_shape(self.learned_from(data).dataset.image_shape, data.dataset.image_shape)
