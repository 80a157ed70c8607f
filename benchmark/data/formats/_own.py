"""The base of formats of users' own data: a place to look for, a name, and parts to tell apart."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from benchmark.data.dataset import DataSet, Split
from benchmark.data.own_splits import splits_of
from benchmark.system.paths import file_name
from methods.errors import UserError


class OwnData(DataSet):
    """Data at a place that the user names. Its label, such as "folder:flowers", does not depend on where it lies."""

    usage: ClassVar[str]  # what to type after the colon
    wanted: ClassVar[str]  # what should be there, for errors

    def __init__(self, place: str, root: Path | None) -> None:
        """`place` is relative to the current folder, or else to the data folder; UserError if it is not there."""
        form = type(self).__module__.rpartition(".")[2]
        path = Path(place).expanduser()
        tried = [path, *([] if root is None or path.is_absolute() else [root / path])]
        existing = next((each for each in tried if place and self.fits(each)), None)
        if existing is None:
            where = " or ".join(repr(str(each)) for each in tried) if place else "''"
            raise UserError(f"{form}:{place} names {self.wanted}, but there is none at {where}.")
        self.path = existing
        self.called = f"{form}:{file_name(existing.absolute().name or existing.resolve().name)}"

    @staticmethod
    @abstractmethod
    def fits(path: Path) -> bool:
        """Whether a path is that of a file or folder of this kind."""

    @cached_property
    @abstractmethod
    def parts(self) -> Mapping[str, tuple[str, ...]]:
        """The class names of "train", "validation" and "test", or of "" where the parts are not told apart."""

    @cached_property
    def _splits(self) -> dict[str, Split]:
        return splits_of(self.parts, self.name)

    @property
    def splits(self) -> tuple[str, ...]:
        return tuple(self._splits)

    def split(self, name: str) -> Split:
        return self._splits[name]

    @property
    def groups(self) -> tuple[str, ...]:
        """The parts as groups of a class's images, where all parts have the same classes; else ()."""
        return tuple(self.parts) if "official" in self._splits else ()

    def present(self, root: Path) -> bool:
        return True

    @property
    def how_to_get(self) -> str:
        return "it is your own"
