"""The contract of a data set. One file per data set in `benchmark/data/sources`."""

from __future__ import annotations

import hashlib
import json
import math
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

ImageKind = Literal["characters", "photographs"]
Kind = Literal[ImageKind, "features"]


@dataclass(frozen=True)
class Listing:
    """The images of a data set to read one by one: one entry per image, sorted by class."""

    labels: np.ndarray  # (N,) class numbers, ascending
    class_names: tuple[str, ...]
    images: Iterator[np.ndarray]  # N arrays (height, width, channels) uint8, decoded while they are asked for
    # Where images of a class come in groups, such as the domains of PACS or the official parts of CIFAR-10:
    groups: np.ndarray | None = None  # (N,) group numbers, ascending within each class
    group_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Selection:
    """The images that a part of a split consists of."""

    classes: tuple[str, ...] | None = None  # None: every class
    groups: tuple[str, ...] | None = None  # None: the images of a class belong together, whatever their group
    share: tuple[float, float] = (0.0, 1.0)  # of each class's images in each group, in a fixed random order
    fewest: int = 1  # images; what has fewer is left out: a class, or where groups are named a class in one group


@dataclass(frozen=True)
class ClassSplit:
    """Class names of the three disjoint parts, with all images of each: tasks of a part have unseen classes."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]

    def selection(self, part: str) -> Selection:
        """The images of "train", "validation" or "test"."""
        return Selection(getattr(self, part))


@dataclass(frozen=True)
class ImageSplit:
    """Parts that share classes and have images of their own, by group or by share.

    Where a selection names groups, a class in one group is a unit apart from the same class in another: tasks are
    drawn within one domain.
    """

    train: Selection
    validation: Selection
    test: Selection

    def selection(self, part: str) -> Selection:
        """The images of "train", "validation" or "test"."""
        return getattr(self, part)


Split = ClassSplit | ImageSplit


def common_shape(*shapes: tuple[int, ...]) -> tuple[int, ...]:
    """The shape (height, width, channels) in which a body sees images of data sets that have different ones."""
    return min(shapes, key=math.prod)


class DataSet(ABC):
    """A data set: where it lies, how it is read, how its classes are split."""

    summary: ClassVar[str]
    image_shape: ClassVar[tuple[int, ...]]  # height, width, channels, as packed; (d,) where these are features
    splits: ClassVar[tuple[str, ...]]  # names of the splits; the first one is the default
    kind: ClassVar[Kind] = (
        "characters"  # what is in the pictures: decides how bodies are trained on them; of features, none is
    )
    domains: ClassVar[tuple[str, ...]] = ()  # groups that share the classes, each with a split named by it
    class_count: ClassVar[int | None] = None  # where it is known before anything is read
    full_size: ClassVar[int | None] = None  # images of the published set; a copy with fewer is shown as a part of it
    any_classes: ClassVar[bool] = False  # whether a copy may lack classes; splits then leave them out
    turned_classes: ClassVar[bool] = False  # training classes also appear turned by 90, 180 and 270 degrees
    embedded: ClassVar[bool] = False  # made by the project itself, always there

    called: str | None = None  # by the catalogue, where it is not called like its module

    @property
    def name(self) -> str:
        """The module's name, with dashes, unless the catalogue calls it otherwise."""
        return self.called or type(self).__module__.rsplit(".", 1)[-1].replace("_", "-")

    @property
    def bank(self) -> str:
        """The name of the bank; data sets that read the same images may share one."""
        return self.name

    @property
    def mirror(self) -> bool:
        """Whether a mirrored image shows the same class."""
        return self.kind == "photographs"

    @property
    def notice(self) -> str | None:
        """A sentence that the user should read before a run with it, such as on what was guessed."""
        return None

    @abstractmethod
    def present(self, root: Path) -> bool:
        """Whether the data lie under `root`; says nothing about their state."""

    def complete(self, root: Path) -> bool:
        """Whether nothing is left to download; as `present`, where a data set comes in one piece."""
        return self.present(root)

    def missing(self, root: Path) -> Path | None:
        """The first thing that a present copy lacks, or None; reads no image."""
        return None

    def elsewhere(self, root: Path) -> str:
        """A hint at the place of a copy that is not present, and what to do about it; "" if nothing is like it."""
        return ""

    @abstractmethod
    def signature(self, root: Path) -> str:
        """Changes whenever the files do; cheap, since every command asks for it."""

    @abstractmethod
    def read(self, root: Path) -> Listing:
        """List the images, to be decoded one by one; UserError names the first file that is missing or wrong."""

    def split(self, name: str) -> Split:
        """One of `splits`: the list that is committed under the data set's and the split's name."""
        parts = json.loads(committed(f"{self.name}-{name}.json"))
        return ClassSplit(**{part: tuple(names) for part, names in parts.items()})

    def split_content(self, name: str) -> str | None:
        """A hash of what one of `splits` consists of, for keys; None where the code alone decides it."""
        return hashlib.sha256(json.dumps(asdict(self.split(name)), sort_keys=True).encode()).hexdigest()[:12]

    def words(self, class_name: str) -> str:
        """A class in plain English, as class vectors are keyed."""
        return class_name.replace("_", " ")

    def download(self, root: Path) -> None:
        """Fetch the data to `root`; only for data sets that can be fetched."""
        raise NotImplementedError

    @property
    def how_to_get(self) -> str:
        """One line for those who do not have it."""
        return f"ltdi-bench data download {self.name}"


def committed(file: str) -> str:
    """The text of a file of `benchmark/data/splits`."""
    return (resources.files("benchmark.data") / "splits" / file).read_text(encoding="utf-8")
