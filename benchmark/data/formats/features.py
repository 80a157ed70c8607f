"""An NPZ file of features that a network of the user's own has made: no body is trained."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from benchmark.data.arrange import arrange
from benchmark.data.dataset import Listing
from benchmark.data.formats._own import OwnData
from benchmark.data.own_splits import PART_NAMES
from benchmark.data.signatures import signature
from methods.errors import UserError

ARRAYS = "features (N, d), labels (N,), and maybe class_names (C,) and parts (N,)"
_ERRORS = (OSError, ValueError, KeyError, EOFError, MemoryError, RuntimeError, zipfile.BadZipFile, zlib.error)


class FeatureFile(OwnData):
    """Arrays `features` (N, d) and `labels` (N,); `class_names` (C,) call the classes 0 to C - 1.

    `parts` (N,) says which part each example is of: train, val or test.
    """

    usage = "FILE.npz"
    wanted = f"an NPZ file with {ARRAYS}"
    summary = "features of your own, made by any network: an NPZ file with features (N, d) and labels (N,)"
    kind = "features"

    @staticmethod
    def fits(path: Path) -> bool:
        return path.is_file()

    @property
    def notice(self) -> str | None:
        return f"{self.name} has {self.image_shape[0]} features an example: no body is trained."

    @property
    def image_shape(self) -> tuple[int, ...]:
        return self._shape[1:]

    @cached_property
    def _shape(self) -> tuple[int, int]:
        """(N, d), from the array's header alone."""
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open("features.npy") as file:
                version = np.lib.format.read_magic(file)
                read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
                shape, _, dtype = read[version](file)
        except _ERRORS as error:
            raise self._wrong(_why(error)) from error
        if len(shape) != 2 or not all(shape) or dtype.kind not in "fiu":
            raise self._wrong(f"features are {dtype} {shape}")
        return shape

    @cached_property
    def parts(self) -> Mapping[str, tuple[str, ...]]:
        names, labels, parts = self._classes
        present = {
            part: tuple(names[number] for number in np.unique(labels[parts == part])) for part in np.unique(parts)
        }
        if set(present) == {""}:
            return present
        if "test" not in present and "validation" in present:
            present["test"] = present.pop("validation")
        if not {"train", "test"} <= present.keys():
            raise self._wrong(f"parts are {' and '.join(sorted(present))}, but train and test are needed")
        return {part: present[part] for part in ("train", "validation", "test") if part in present}

    def signature(self, root: Path) -> str:
        stat = self.path.stat()
        return signature([f"{stat.st_size} {stat.st_mtime_ns}"])

    def read(self, root: Path) -> Listing:
        names, labels, parts = self._classes
        if self._shape[0] != len(labels):
            raise self._wrong(f"there are {self._shape[0]} features and {len(labels)} labels")
        (features,) = self._arrays("features")
        with np.errstate(over="ignore"):  # what float32 cannot hold is refused below, as infinite
            features = np.asarray(features, dtype=np.float32)
        sound = np.isfinite(features).all(1)
        if not sound.all():
            raise self._wrong(f"row {int(sound.argmin())} of features is not finite")
        if "validation" not in self.parts:  # which is the test part where there is no other
            parts = np.where(parts == "validation", "test", parts)
        members: dict[tuple[str, str], list[int]] = {}
        for row, (label, part) in enumerate(zip(labels.tolist(), parts.tolist(), strict=True)):
            members.setdefault((names[label], part if self.groups else ""), []).append(row)
        present = [name for number, name in enumerate(names) if (labels == number).any()]
        return arrange(members, self.groups, lambda rows: _rows(features, rows), class_names=present)

    @cached_property
    def _classes(self) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
        """Class names, the class number (N,) of each example, and the part (N,) of each."""
        labels, names, parts = self._arrays("labels", "class_names", "parts", least=1)
        if labels.ndim != 1 or labels.dtype.kind not in "iuU" or not len(labels):
            raise self._wrong(f"labels are {labels.dtype} {labels.shape}, but must be whole numbers or text (N,)")
        if names is None:
            distinct, labels = np.unique(labels, return_inverse=True)
            names = distinct.astype(str)
        elif names.ndim != 1 or names.dtype.kind != "U" or len(np.unique(names)) < len(names):
            raise self._wrong("class_names must be different texts (C,)")
        elif labels.dtype.kind == "U" or labels.min() < 0 or labels.max() >= len(names):
            raise self._wrong(f"labels must be whole numbers from 0 to {len(names) - 1}, as there are class_names")
        if len(np.unique(labels)) < 2:
            raise self._wrong("there must be two classes and more")
        if parts is None:
            parts = np.full(len(labels), "")
        elif parts.shape != labels.shape or parts.dtype.kind != "U" or not {*np.unique(parts)} <= PART_NAMES.keys():
            raise self._wrong("parts must say train, val or test of each label")
        else:
            parts = np.array([PART_NAMES[part] for part in parts.tolist()])
        return tuple(names.tolist()), labels.astype(np.int64), parts

    def _arrays(self, *names: str, least: int | None = None) -> list[Any]:
        """Arrays of the file; None for those after the first `least` that it lacks."""
        needed = names[:least]
        try:
            if not zipfile.is_zipfile(self.path):  # NumPy would read a single array, or a pickle, under this name
                raise ValueError("it is no NPZ archive")
            with np.load(self.path, allow_pickle=False) as archive:
                return [np.asarray(archive[name]) if name in needed or name in archive else None for name in names]
        except _ERRORS as error:
            raise self._wrong(_why(error)) from error

    def _wrong(self, what: str) -> UserError:
        return UserError(f"{str(self.path)!r} is no file of features ({what}); it must hold {ARRAYS}.")


def _rows(features: np.ndarray, rows: Iterator[int]) -> Iterator[np.ndarray]:
    for row in rows:
        yield features[row]


def _why(error: Exception) -> str:
    return str(error.args[0] if isinstance(error, KeyError) else error).partition("\n")[0]
