"""The contents of the cache, and their removal: a run that needs a removed file makes it again."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.system.keys import digest
from benchmark.system.paths import left_behind, remove_whole
from methods.errors import UserError, unknown

# The marks of artefacts and packed data sets, and the names of single files. Nothing else is removed: the user names
# the cache folder, and it may hold other things.
_FILES = re.compile(r"[0-9a-f]{20}\.(checkpoint|json)")
_MARKS = (("key.json", "tensors.safetensors"), ("bank.json", "images.npy", "labels.npy"))


@dataclass(frozen=True)
class Shelf:
    """The entries of one kind, such as `trajectories`."""

    entries: tuple[Path, ...]  # also half-made ones that killed processes left
    size: int  # bytes
    seconds: float  # that making them took, where that is known


def artefact_folder(root: Path, kind: str, key: Mapping[str, Any]) -> Path:
    """The folder of an artefact of this key, whether it is there or not."""
    return root / kind / digest(key)[:20]


def shelves(root: Path) -> dict[str, Shelf]:
    """The contents of a cache folder by kind, the largest first."""
    folders = [folder for folder in root.iterdir() if folder.is_dir()] if root.is_dir() else []
    by_kind = {folder.name: _shelf(folder) for folder in folders if not folder.name.startswith(".")}
    return dict(sorted(by_kind.items(), key=lambda item: -item[1].size))


def clear(root: Path, kinds: list[str]) -> dict[str, Shelf]:
    """Remove all entries of some kinds from a cache folder, and return them.

    Raises UserError, and removes nothing, where there is no such kind.
    """
    there = shelves(root)
    if not there:
        raise UserError(f"The cache folder {str(root)!r} holds nothing.")
    for kind in kinds:
        if kind not in there:
            raise unknown("kind", kind, there)
    removed = {kind: there[kind] for kind in kinds}
    for shelf in removed.values():
        for entry in shelf.entries:
            remove_whole(entry)
    return removed


def _shelf(folder: Path) -> Shelf:
    entries = tuple(sorted([*filter(_made_here, folder.iterdir()), *left_behind(folder)]))
    return Shelf(entries, sum(map(_size, entries)), sum(map(_seconds, entries)))


def _made_here(entry: Path) -> bool:
    if entry.name.startswith("."):  # half made, by a process that may still run
        return False
    if entry.is_dir():
        return any(all((entry / name).is_file() for name in names) for names in _MARKS)
    return _FILES.fullmatch(entry.name) is not None


def _size(entry: Path) -> int:
    return sum(file.stat().st_size for file in (entry.iterdir() if entry.is_dir() else [entry]))


def _seconds(entry: Path) -> float:
    try:
        return float(json.loads((entry / "key.json").read_bytes())["seconds"])
    except (OSError, ValueError, KeyError, TypeError):
        return 0.0
