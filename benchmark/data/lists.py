"""Data sets whose images lie in one folder, with text files that say of which class and part each one is."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path, PurePosixPath

from benchmark.data.faults import Fault, Faults
from benchmark.data.junk import is_junk
from benchmark.data.links import check_link
from benchmark.data.nearby import inner_folders, spelling
from methods.errors import UserError


class ImageFolder:
    """Finds images by name, in the folder or in folders within it; errors name the list and the line that asks."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self._inside = home.resolve()
        with os.scandir(folder) as entries:
            self._entries = {entry.name: entry for entry in entries}
        self._seen: set[str] = set()
        self._faults = Faults()

    def find(self, name: str, where: str) -> str:
        """The path of an image that `where` names for the first time; "" for what `check` then complains of."""
        with self._faults.noted():
            return self._path(name, where)
        return ""

    def check(self) -> None:
        """UserError that names all images that could not be found."""
        self._faults.check()

    def _path(self, name: str, where: str) -> str:
        parts = PurePosixPath(name).parts
        if not parts or ".." in parts or PurePosixPath(name).is_absolute():
            raise Fault(f"{name!r} in {where}", f"does not name a file within {str(self.folder)!r}; fix the line")
        if any(is_junk(part) for part in parts):
            raise Fault(f"{name!r} in {where}", "is the name of a hidden file; rename the file and fix the line")
        name = "/".join(parts)
        if name in self._seen:
            raise Fault(where, f"names {name!r} a second time; take the line out")
        self._seen.add(name)
        path = self.folder / name
        if len(parts) == 1 and name in self._entries:
            linked, is_file = self._entries[name].is_symlink(), self._entries[name].is_file()
        elif len(parts) > 1 and path.exists():
            linked, is_file = True, path.is_file()  # any folder on the way may be a link
        else:
            raise Fault(
                f"{str(path)!r} ({where}{self._near(name)})",
                "is not there; restore it, or take the line out where a part of the images is meant",
            )
        if linked:
            check_link(path, self._inside)
        if not is_file:
            raise Fault(f"{str(path)!r}", "is no file; replace it with the image that it should be")
        return str(path)

    def _near(self, name: str) -> str:
        near = self._by_spelling.get(spelling(PurePosixPath(name).name))
        return "" if near is None else f", and there is {str(near)!r}"

    @cached_property
    def _by_spelling(self) -> dict[str, Path]:
        """The files here and one folder further down, by names that may be written a little otherwise."""
        inner = [path for folder in inner_folders(self.folder) for path in sorted(folder.iterdir())]
        return {spelling(path.name): path for path in [*inner, *(self.folder / name for name in self._entries)]}


def read_lines(file: Path) -> list[str]:
    """The lines of a list; UserError if it has none."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise UserError(f"{str(file)!r} is not a readable list; get it again.") from error
    if not any(lines):
        raise UserError(f"{str(file)!r} is empty; get it again.")
    return lines


def check_same_classes(named: Iterable[str], expected: Iterable[str], file: Path, whose: str) -> None:
    """UserError unless the classes that a file names are those that it should."""
    named, expected = set(named), set(expected)
    if named != expected:
        wrong = min(named ^ expected)
        raise UserError(
            f"{str(file)!r} must have {len(expected)} classes, {whose}, but has {len(named)}; "
            f"{wrong!r} is {'not one of them; take it out' if wrong in named else 'missing; restore it'}."
        )
