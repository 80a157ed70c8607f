"""Data sets that lie in a folder on disk, in one of the layouts in which users have them."""

from __future__ import annotations

import os
from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from benchmark.data.dataset import DataSet, Listing
from benchmark.data.junk import is_junk
from benchmark.data.links import check_link
from benchmark.data.nearby import inner_folders, near_match
from benchmark.data.signatures import tree_signature
from methods.errors import UserError

# What a download that failed may leave in a data set's folder.
_ARCHIVES = (".zip", ".tar", ".gz", ".tgz", ".part", ".partial", ".crdownload", ".download")


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

    def begun(self, root: Path) -> bool:
        """Whether anything that is needed is there."""
        return any((root / self.folder / name).exists() for name in self.needs)

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
        """Whether a folder of it holds anything but junk and archives: what a failed download leaves is no data set."""
        return any(layout.begun(root) or _filled(root / layout.folder) for layout in self.layouts)

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
        begun = (layout for layout in self.layouts if layout.begun(root))
        there = (layout for layout in self.layouts if (root / layout.folder).is_dir())
        return next(whole, None) or next(begun, None) or next(there, self.layouts[0])

    def read(self, root: Path) -> Listing:
        layout = self.layout(root)
        missing = layout.missing(root)
        if missing is not None:
            raise UserError(
                f"{self.name} is incomplete: there is no {str(missing)!r}{self._instead(root, missing)}; to get it: "
                f"{self.how_to_get}"
            )
        layout.check(root)
        return self.read_layout(layout, root / layout.folder)

    @abstractmethod
    def read_layout(self, layout: Layout, home: Path) -> Listing:
        """List the images in `home`, which has all that `layout` needs; UserError names what is wrong."""

    @property
    def how_to_get(self) -> str:
        return self.source or super().how_to_get

    def elsewhere(self, root: Path) -> str:
        for layout in self.layouts:
            if all((root / name).exists() for name in layout.needs):
                called = "" if root.absolute().name == layout.folder else f", and call this one {layout.folder!r}"
                return f"that folder is the data set itself: name the one above it with --data{called}"
            near = near_match(root / layout.folder)
            if near is not None and near.is_dir():
                return f"there is {str(near)!r}: rename it to {layout.folder!r} if it is the one"
        return ""

    def _instead(self, root: Path, missing: Path) -> str:
        """The things in the place of something that is missing, as the end of a sentence; "" if there are none."""
        near = near_match(missing)
        if near is not None:
            return f", but {str(near)!r}: rename it to {missing.name!r} if it is the one"
        for layout in self.layouts:
            for folder in inner_folders(root / layout.folder):
                if all((folder / name).exists() for name in layout.needs):
                    return f", but all of it is in {str(folder)!r}: move it up to {str(root / layout.folder)!r}"
        return ""


def _filled(folder: Path) -> bool:
    try:
        with os.scandir(folder) as entries:
            return any(not is_junk(entry.name) and not entry.name.lower().endswith(_ARCHIVES) for entry in entries)
    except OSError:
        return False
