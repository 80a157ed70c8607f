"""Folders of folders of image files: one folder a class, within one folder a group."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from benchmark.data.dataset import Split
from benchmark.data.faults import Fault, Faults
from benchmark.data.images import SUFFIXES
from benchmark.data.junk import is_junk
from benchmark.data.links import check_link
from benchmark.data.lists import check_same_classes
from methods.errors import UserError

Found = dict[tuple[str, str], list[str]]


def read_tree(home: Path, groups: Mapping[str, str]) -> Found:
    """The image files of every class and group, sorted; `groups` says in which folder of `home` a group lies.

    Junk is passed over. UserError names all that does not belong there: a file that is no image, a class without
    images, a link that leads out of `home`.
    """
    inside = Path(os.path.realpath(home))
    files: Found = {}
    faults = Faults()
    for group, folder in groups.items():
        for of_class in class_folders(home / folder, inside, faults):
            with faults.noted():
                files[of_class.name, group] = image_files(of_class, inside, faults)
    faults.check()
    return files


def read_parts(home: Path, folders: Mapping[str, str], split: Split, whose: str) -> Found:
    """The images of every class, where each part of a split of classes has a folder of its own; `folders` names them.

    UserError where a folder has other classes than its part.
    """
    files: Found = {}
    for part, folder in folders.items():
        of_part = read_tree(home, {"": folder})
        check_same_classes((name for name, _ in of_part), split.selection(part).classes or (), home / folder, whose)
        files |= of_part
    return files


def class_folders(folder: Path, inside: Path, faults: Faults) -> list[Path]:
    """The folders in a folder, sorted by name; what is none is a fault, as is a link out of `inside`."""
    folders = []
    for entry in _entries(folder, inside, faults):
        with faults.noted():
            if not entry.is_dir():
                raise Fault(f"{entry.path!r}", "is no folder of a class; move it away")
            folders.append(Path(entry.path))
    return folders


def image_files(folder: Path, inside: Path, faults: Faults, suffixes: tuple[str, ...] = SUFFIXES) -> list[str]:
    """The image files of a folder, sorted by name; what is none is noted. Fault if there is nothing at all."""
    files, entries = [], _entries(folder, inside, faults)
    for entry in entries:
        with faults.noted():
            if not entry.name.lower().endswith(suffixes) or not entry.is_file():
                raise Fault(f"{entry.path!r}", f"is no image file ({', '.join(suffixes)}); move it away")
            files.append(entry.path)
    if not entries:
        raise Fault(f"The class folder {str(folder)!r}", "is empty; restore its images")
    return files


def check_classes(files: Found, groups: Mapping[str, str], count: int, home: Path) -> None:
    """UserError unless every group has the same classes, `count` of them."""
    names = {name for name, _ in files}
    for group, folder in groups.items():
        actual = {name for name, lies_in in files if lies_in == group}
        if len(actual) != count:
            raise UserError(f"{str(home / folder)!r} must have {count} class folders, but has {len(actual)}.")
        if actual != names:
            raise UserError(
                f"{str(home / folder)!r} has no class {min(names - actual)!r}, as other folders of {str(home)!r} have; "
                "restore or rename its folder."
            )


def _entries(folder: Path, inside: Path, faults: Faults) -> list[os.DirEntry]:
    """The entries of a folder, sorted by name, without junk and without links that lead out, which are noted."""
    with os.scandir(folder) as entries:
        listed = sorted((entry for entry in entries if not is_junk(entry.name)), key=lambda entry: entry.name)
    sound = []
    for entry in listed:
        with faults.noted():
            if entry.is_symlink():
                check_link(entry.path, inside)
            sound.append(entry)
    return sound
