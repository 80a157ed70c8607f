"""Files and folders that lie where something is looked for, but are called or placed a little otherwise."""

from __future__ import annotations

import os
import re
from pathlib import Path

from benchmark.data.junk import is_junk

_SAME = {"jpeg": "jpg", "valid": "val", "validation": "val", "training": "train", "testing": "test"}


def spelling(name: str) -> str:
    """The same for names that people take for one another: by case, hyphens, .jpeg for .jpg, validation for val."""
    return "".join(_SAME.get(word, word) for word in re.split(r"[-_. ]+", name.casefold()))


def near_match(path: Path) -> Path | None:
    """A name beside `path`, which is not there, that is spelt nearly so; None if there is none."""
    try:
        names = sorted(other.name for other in path.parent.iterdir())
    except OSError:
        return None
    wanted = spelling(path.name)
    return next((path.with_name(name) for name in names if spelling(name) == wanted and name != path.name), None)


def inner_folders(folder: Path) -> list[Path]:
    """The folders in a folder, by their names; none where it is not there."""
    try:
        with os.scandir(folder) as entries:
            return sorted(Path(entry.path) for entry in entries if entry.is_dir() and not is_junk(entry.name))
    except OSError:
        return []
