"""Folders of folders of image files: one folder a class, within one folder a group."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from benchmark.data.images import SUFFIXES
from methods.errors import UserError

Found = dict[tuple[str, str], list[str]]


def read_tree(home: Path, groups: Mapping[str, str]) -> Found:
    """The image files of every class and group, sorted; `groups` says in which folder of `home` a group lies.

    Names that begin with a dot are passed over. UserError names the first thing that does not belong there: a file
    that is no image, a class without images, a link that leads out of `home`.
    """
    inside = Path(os.path.realpath(home))
    found: Found = {}
    for group, folder in groups.items():
        for of_class in _entries(home / folder, inside):
            if not of_class.is_dir():
                raise UserError(f"{of_class.path!r} is no folder of a class; move it away.")
            found[of_class.name, group] = image_files(Path(of_class.path), inside)
    return found


def image_files(folder: Path, inside: Path) -> list[str]:
    """The image files of a folder, sorted by name; UserError if there are none, or anything else."""
    files = []
    for entry in _entries(folder, inside):
        if not entry.name.lower().endswith(SUFFIXES) or not entry.is_file():
            raise UserError(f"{entry.path!r} is no image file ({', '.join(SUFFIXES)}); move it away.")
        files.append(entry.path)
    if not files:
        raise UserError(f"The class folder {str(folder)!r} is empty; restore its images.")
    return files


def check_link(path: str | Path, inside: Path) -> None:
    """UserError for a link that leads out of the folder `inside` (which is no link itself), or nowhere."""
    real = Path(os.path.realpath(path))
    if not real.is_relative_to(inside) or not real.exists():
        raise UserError(f"{str(path)!r} is a link that leads out of its data set; replace it with what it should be.")


def check_classes(found: Found, groups: Mapping[str, str], count: int, home: Path) -> None:
    """UserError unless every group has the same classes, `count` of them."""
    names = {name for name, _ in found}
    for group, folder in groups.items():
        own = {name for name, of in found if of == group}
        if len(own) != count:
            raise UserError(f"{str(home / folder)!r} must have {count} class folders, but has {len(own)}.")
        if own != names:
            raise UserError(
                f"{str(home / folder)!r} has no class {min(names - own)!r}, as other folders of {str(home)!r} have; "
                "restore or rename its folder."
            )


def _entries(folder: Path, inside: Path) -> list[os.DirEntry]:
    with os.scandir(folder) as entries:
        found = sorted((entry for entry in entries if not entry.name.startswith(".")), key=lambda entry: entry.name)
    for entry in found:
        if entry.is_symlink():
            check_link(entry.path, inside)
    return found
