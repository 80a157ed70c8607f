"""Data sets that lie in a folder on disk, in one of the layouts in which users have them."""

from __future__ import annotations

import os
from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from benchmark.data.dataset import DataSet, Listing, link_mark, signature, tree_signature
from benchmark.data.trees import check_link
from methods.errors import UserError


@dataclass(frozen=True)
class Layout:
    """A folder below the data folder, and the files and folders that it must have."""

    folder: str
    files: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()

    @property
    def needs(self) -> tuple[str, ...]:
        return (*self.files, *self.folders)

    def missing(self, root: Path) -> Path | None:
        """The first thing that is not there."""
        every = (root / self.folder / name for name in self.needs)
        return next((path for path in every if not path.exists()), None)

    def check(self, root: Path) -> None:
        """UserError where something needed is a link that leads out, or a file where a folder should be."""
        home = root / self.folder
        inside = Path(os.path.realpath(home))
        for name in self.needs:
            for place in (*reversed(Path(name).parents), name):
                check_link(home / place, inside)
            if not ((home / name).is_dir() if name in self.folders else (home / name).is_file()):
                kind = "folder" if name in self.folders else "file"
                raise UserError(f"{str(home / name)!r} is no {kind}; replace it with the {kind} that it should be.")


class FolderDataSet(DataSet):
    """Reads the first of `layouts` that has all it needs."""

    layouts: ClassVar[tuple[Layout, ...]]
    source: ClassVar[str | None] = None  # where it is had, for sets that cannot be downloaded by a command

    def present(self, root: Path) -> bool:
        return any((root / layout.folder).is_dir() for layout in self.layouts)

    def complete(self, root: Path) -> bool:
        return self.missing(root) is None

    def missing(self, root: Path) -> Path | None:
        return self.layout(root).missing(root)

    def signature(self, root: Path) -> str:
        layout = self.layout(root)
        return f"{self.layouts.index(layout)} {tree_signature(root / layout.folder)}"

    def layout(self, root: Path) -> Layout:
        """The layout to be read: the first one that is whole, else the first one that is there in part."""
        whole = (layout for layout in self.layouts if layout.missing(root) is None)
        begun = (
            layout for layout in self.layouts if any((root / layout.folder / need).exists() for need in layout.needs)
        )
        there = (layout for layout in self.layouts if (root / layout.folder).is_dir())
        return next(whole, None) or next(begun, None) or next(there, self.layouts[0])

    def read(self, root: Path) -> Listing:
        layout = self.layout(root)
        missing = layout.missing(root)
        if missing is not None:
            raise UserError(f"{self.name} is incomplete: there is no {str(missing)!r}; to get it: {self.how_to_get}")
        layout.check(root)
        return self.read_layout(layout, root / layout.folder)

    @abstractmethod
    def read_layout(self, layout: Layout, home: Path) -> Listing:
        """List the images in `home`, which has all that `layout` needs; UserError names the first thing wrong."""

    @property
    def how_to_get(self) -> str:
        return self.source or super().how_to_get


def folders_signature(folder: Path) -> str:
    """A hash of every folder below `folder` (two levels down) with its time of change.

    For trees with too many files to look at each one whenever a command is given: files that come, go or are renamed
    change it, as does a folder that becomes a link; a file that is overwritten in place does not.
    """
    rows = []

    def walk(path: str, prefix: str, depth: int) -> None:
        rows.append(f"{prefix} {Path(path).stat().st_mtime_ns}")
        if not depth:
            return
        with os.scandir(path) as entries:
            inner = sorted((entry.name, link_mark(entry)) for entry in entries if entry.is_dir())
        for name, link in inner:
            walk(f"{path}/{name}", f"{prefix}/{name}{link}", depth - 1)

    walk(str(folder), "", 2)
    return signature(rows)
