"""Data sets whose images lie in one folder, with text files that say of which class and part each one is."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from benchmark.data.trees import check_link
from methods.errors import UserError


class ImageFolder:
    """Finds images by name; every error names the list and the line that asks for one."""

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self._inside = home.resolve()
        with os.scandir(folder) as entries:
            self._entries = {entry.name: entry for entry in entries}
        self._seen: set[str] = set()

    def find(self, name: str, where: str) -> str:
        """The path of an image that `where` names for the first time; UserError if it is not there."""
        path = self.folder / name
        if name not in self._entries:
            raise UserError(
                f"There is no {str(path)!r}, which {where} names; restore it, or take the line out where a part of "
                "the images is meant."
            )
        if name in self._seen:
            raise UserError(f"{where} names {name!r} a second time; take the line out.")
        self._seen.add(name)
        if self._entries[name].is_symlink():
            check_link(path, self._inside)
        if not self._entries[name].is_file():
            raise UserError(f"{str(path)!r} is no file; replace it with the image that it should be.")
        return str(path)


def read_lines(file: Path) -> list[str]:
    """The lines of a list; UserError if it has none."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        raise UserError(f"{str(file)!r} is not a readable list; get it again.") from error
    if not any(lines):
        raise UserError(f"{str(file)!r} is empty; get it again.")
    return lines


def check_same_classes(own: Iterable[str], expected: Iterable[str], file: Path, whose: str) -> None:
    """UserError unless the classes that a file names are those that it should."""
    own, expected = set(own), set(expected)
    if own != expected:
        wrong = min(own ^ expected)
        raise UserError(
            f"{str(file)!r} must have {len(expected)} classes, {whose}, but has {len(own)}; "
            f"{wrong!r} is {'not one of them; take it out' if wrong in own else 'missing; restore it'}."
        )
