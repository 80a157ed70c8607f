"""All data sets by name, and their packed banks."""

from __future__ import annotations

import hashlib
import importlib
import inspect
import pkgutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmark.data import sources
from benchmark.data.bank import FORMAT, ImageBank, open_bank, pack, read_meta
from benchmark.data.dataset import DataSet
from benchmark.paths import cache_folder
from benchmark.progress import track
from methods.errors import UserError, unknown

PARTS = ("train", "validation", "test")


def names() -> list[str]:
    """Every data set: one module of `benchmark.data.sources` each."""
    return [m.name.replace("_", "-") for m in pkgutil.iter_modules(sources.__path__) if m.name[0] != "_"]


def get(name: str) -> DataSet:
    """A data set by name; UserError says which there are."""
    if name not in names():
        raise unknown("data set", name, names())
    module = importlib.import_module(f"{sources.__name__}.{name.replace('-', '_')}")
    for _, found in inspect.getmembers(module, inspect.isclass):
        if issubclass(found, DataSet) and found.__module__ == module.__name__:
            return found()
    raise TypeError(f"{module.__name__} defines no DataSet")


@dataclass(frozen=True)
class Located:
    """A data set that is present under `root`, with the folder of its bank (packed or not yet)."""

    dataset: DataSet
    root: Path
    folder: Path

    def pack(self) -> None:
        """Decode and pack the images, unless that is done."""
        if self.folder.exists():
            return
        listing = self.dataset.read(self.root)
        images = track(listing.images, f"packing {self.dataset.name}", total=len(listing.labels))
        pack(
            self.folder,
            len(listing.labels),
            self.dataset.image_shape,
            images,
            listing.labels,
            listing.class_names,
        )

    def bank(self, *, verify: bool = False) -> ImageBank:
        """The bank, packed first if need be."""
        self.pack()
        return open_bank(self.folder, verify=verify)

    def fingerprint(self) -> str:
        """The bank's fingerprint, without mapping the images."""
        self.pack()
        return read_meta(self.folder)["fingerprint"]

    def class_numbers(self, split: str) -> dict[str, np.ndarray]:
        """Class numbers of the bank for "train", "validation" and "test"."""
        self.pack()
        number = {name: i for i, name in enumerate(read_meta(self.folder)["class_names"])}
        parts = self.dataset.split(split)
        for name in (*parts.train, *parts.validation, *parts.test):
            if name not in number:
                raise UserError(
                    f"The split {split!r} of {self.dataset.name} has a class {name!r} that {str(self.root)!r} lacks; "
                    "restore its folder."
                )
        return {part: np.array([number[name] for name in getattr(parts, part)]) for part in PARTS}


def locate(name: str, root: Path) -> Located:
    """A data set under `root`; UserError if it is not there."""
    dataset = get(name)
    if not dataset.present(root):
        raise UserError(f"The data set {name!r} is not in {str(root)!r}; get it with: {dataset.how_to_get}")
    code = f"{FORMAT}/{name}/{dataset.signature(root)}"
    key = hashlib.sha256(code.encode()).hexdigest()[:16]
    return Located(dataset, root, cache_folder() / "banks" / f"{name}-{key}")
