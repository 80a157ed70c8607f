"""All data sets by name, and their packed banks."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.data import formats, sources
from benchmark.data.bank import FORMAT, ImageBank, open_bank, pack, read_meta
from benchmark.data.dataset import DataSet, Selection
from benchmark.data.nearby import spelling
from benchmark.data.selection import Units, select
from benchmark.system.claims import claim
from benchmark.system.keys import split_key
from benchmark.system.paths import cache_folder, file_name
from benchmark.system.progress import track
from methods.errors import UserError, unknown
from methods.extensions import Extensions, is_path, label, source

PARTS = ("train", "validation", "test")


DATA_SETS = Extensions("data set", (sources.__name__,), "ltdi_bench.datasets", lambda: DataSet)


def names() -> list[str]:
    """Every data set that goes by a name: one module of `benchmark.data.sources` each, and those of other packages."""
    return DATA_SETS.names()


def get(name: str, root: Path | None = None) -> DataSet:
    """A data set by name, by the path of a .py file, or as FORMAT:PATH; UserError says which there are.

    Where the path is not there, it is looked for in the data folder `root`.
    """
    if formats.is_own(name):
        return formats.get(name, root)
    if not is_path(name) and name not in names():
        raise unknown("data set", name, [*names(), *formats.usages(), "FILE.py"])
    if is_path(name) and label(name) in names():
        raise UserError(f"{name!r} would be recorded as {label(name)!r}, as another data set is; rename the file.")
    dataset = DATA_SETS.load(name)()
    dataset.called = label(name)
    return dataset


def given_as(name: str) -> str:
    """The words to type for a data set that a record names; files are sought in the current or the data folder."""
    return name if formats.is_own(name) or name in names() else f"{name}.py"


@dataclass(frozen=True)
class Located:
    """A data set that is present under `root`, with the folder of its bank (packed or not yet)."""

    dataset: DataSet
    root: Path
    folder: Path

    def pack(self) -> None:
        """Decode and pack the images, unless that is done; wait for another process that does it."""
        if self.folder.exists():
            return
        with claim(self.folder):
            if not self.folder.exists():
                self._pack()

    def _pack(self) -> None:
        listing = self.dataset.read(self.root)
        images = track(listing.images, f"packing {self.dataset.name}", total=len(listing.labels))
        pack(
            self.folder,
            len(listing.labels),
            self.dataset.image_shape,
            images,
            listing.labels,
            listing.class_names,
            listing.groups,
            listing.group_names,
        )

    def bank(self, *, verify: bool = False) -> ImageBank:
        """The bank, packed first if need be."""
        self.pack()
        return open_bank(self.folder, verify=verify)

    def fingerprint(self) -> str:
        """The bank's fingerprint, without mapping the images."""
        return self._meta["fingerprint"]

    def packing_seconds(self) -> float | None:
        """Seconds of decoding and packing the images; None for banks in which that is not written down."""
        return read_meta(self.folder).get("seconds")

    def class_names(self) -> tuple[str, ...]:
        """Of the bank."""
        return tuple(self._meta["class_names"])

    @cached_property
    def _meta(self) -> dict[str, Any]:
        """The content of the bank's small file; read once, since a bank never changes."""
        self.pack()
        return read_meta(self.folder)

    def units(self, split: str) -> dict[str, Units]:
        """The units that tasks of "train", "validation" and "test" are drawn from; reads no image.

        UserError where the split names a class that is not there.
        """
        meta = self._meta
        names, counts = tuple(meta["class_names"]), np.asarray(meta["counts"], dtype=np.int64)
        parts = self.dataset.split(split)
        return {
            part: select(self._present(parts.selection(part), names, split), counts, names, tuple(meta["group_names"]))
            for part in PARTS
        }

    def check_splits(self) -> None:
        """UserError where a split names a class that is not there, or a class has no name in plain English."""
        for split in self.dataset.splits:
            self.units(split)
        for name in self.class_names():
            self.dataset.words(name)

    def split_key(self, split: str, prefix: str = "") -> dict[str, str]:
        """The entries of keys for a split besides its name: its content."""
        return split_key(self.dataset.name, split, self.dataset.split_content(split), prefix)

    def class_numbers(self, split: str) -> dict[str, np.ndarray]:
        """Class numbers of the bank for "train", "validation" and "test", in the order of the split."""
        return {part: np.array(list(dict.fromkeys(units.classes))) for part, units in self.units(split).items()}

    def extent(self, split: str, units: dict[str, Units] | None = None) -> dict[str, Any]:
        """The share of the published data set that is present, in plain values for records.

        images: in the bank; published: in the full set, or None; images_per_class: for each part the least and
        the most that tasks have to draw from, per class and, where groups are told apart, per group; classes: of
        each part. Of other parts than those of the split, where `units` are given.
        """
        units = self.units(split) if units is None else units
        return {
            "images": self._meta["shape"][0],
            "published": self.dataset.full_size,
            "classes": {part: len(set(part_units.classes.tolist())) for part, part_units in units.items()},
            "images_per_class": {
                part: [int(part_units.counts.min()), int(part_units.counts.max())] if len(part_units.counts) else [0, 0]
                for part, part_units in units.items()
            },
        }

    def _present(self, selection: Selection, names: tuple[str, ...], split: str) -> Selection:
        """The selection without the classes that the copy lacks; UserError where it may not lack any."""
        if selection.classes is None:
            return selection
        known = set(names)
        for name in selection.classes:
            if name not in known and not self.dataset.any_classes:
                near = next((other for other in names if spelling(other) == spelling(name)), None)
                advice = "restore its folder" if near is None else f"there is {near!r}: rename it"
                raise UserError(
                    f"The split {split!r} of {self.dataset.name} has a class {name!r} that {str(self.root)!r} lacks; "
                    f"{advice}."
                )
        return replace(selection, classes=tuple(name for name in selection.classes if name in known))


def there(names: Sequence[str], root: Path) -> tuple[list[str], list[str]]:
    """The names of those data sets that lie under `root`, and notices about those that are incomplete and left out.

    Where all lack something all are given, for reading them to say what.
    """
    lacking = {dataset.name: dataset.missing(root) for dataset in map(get, names) if dataset.present(root)}
    whole = [name for name, path in lacking.items() if path is None]
    if not whole:
        return list(lacking), []
    return whole, [
        f"Left out: {name}, which is incomplete: there is no {path}." for name, path in lacking.items() if path
    ]


def locate(name: str, root: Path) -> Located:
    """A data set under `root`; UserError if it is not there."""
    dataset = get(name, root)
    if not dataset.present(root):
        elsewhere = dataset.elsewhere(root)
        advice = elsewhere or f"to get it: {dataset.how_to_get}"
        raise UserError(f"The data set {name!r} is not in {str(root)!r}; {advice}")
    code = f"{FORMAT}/{dataset.bank}/{dataset.signature(root)}"
    if is_path(name):  # whose code its author changes at will
        code += f"/{source(name)}"
    key = hashlib.sha256(code.encode()).hexdigest()[:16]
    return Located(dataset, root, cache_folder() / "banks" / f"{file_name(dataset.bank)}-{key}")
