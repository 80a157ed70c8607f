"""What a data set has to say of itself. One file per data set in `benchmark/data/sources`."""

from __future__ import annotations

import hashlib
import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np


@dataclass(frozen=True)
class Listing:
    """What there is to read: one entry per image, sorted by class, and how images are had one after the other."""

    labels: np.ndarray  # (N,) class numbers, ascending
    class_names: tuple[str, ...]
    images: Iterator[np.ndarray]  # N arrays (height, width, channels) uint8, decoded while they are asked for


@dataclass(frozen=True)
class ClassSplit:
    """Class names of the three disjoint parts."""

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]


class DataSet(ABC):
    """A data set: where it lies, how it is read, how its classes are split."""

    summary: ClassVar[str]
    image_shape: ClassVar[tuple[int, int, int]]  # height, width, channels, as packed
    splits: ClassVar[tuple[str, ...]]  # names of the class splits; the first one is the default
    turned_classes: ClassVar[bool] = False  # training classes also appear turned by 90, 180 and 270 degrees
    mirror: ClassVar[bool] = False  # a mirrored image shows the same class
    embedded: ClassVar[bool] = False  # made by the project itself, always there

    @property
    def name(self) -> str:
        """The module's name, with dashes."""
        return type(self).__module__.rsplit(".", 1)[-1].replace("_", "-")

    @abstractmethod
    def present(self, root: Path) -> bool:
        """Whether the data lie under `root`; says nothing about their state."""

    def complete(self, root: Path) -> bool:
        """Whether nothing is left to download; as `present`, where a data set comes in one piece."""
        return self.present(root)

    @abstractmethod
    def signature(self, root: Path) -> str:
        """Changes whenever the files do; cheap, since every command asks for it."""

    @abstractmethod
    def read(self, root: Path) -> Listing:
        """List the images, to be decoded one by one; UserError names the first file that is missing or wrong."""

    @abstractmethod
    def split(self, name: str) -> ClassSplit:
        """The classes of one of `splits`."""

    def download(self, root: Path) -> None:
        """Fetch the data to `root`; only for data sets that can be fetched."""
        raise NotImplementedError

    @property
    def how_to_get(self) -> str:
        """One line for those who do not have it."""
        return f"ltdi-bench data download {self.name}"


def tree_signature(folder: Path) -> str:
    """A hash of every path, size and time of change below `folder`, without opening a file."""
    rows = []

    def walk(path: str, prefix: str) -> None:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    walk(entry.path, f"{prefix}{entry.name}/")
                else:
                    stat = entry.stat(follow_symlinks=False)
                    rows.append(f"{prefix}{entry.name} {stat.st_size} {stat.st_mtime_ns}")

    walk(str(folder), "")
    return hashlib.sha256("\n".join(sorted(rows)).encode()).hexdigest()
