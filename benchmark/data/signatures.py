"""Signatures of folders: they change when the files do, and open none of them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from benchmark.data.junk import is_junk
from benchmark.data.links import followed, link_mark


def signature(rows: Iterable[str]) -> str:
    """A hash of lines that name files, whose names may be of bytes that are no text."""
    return hashlib.sha256("\n".join(rows).encode("utf-8", "surrogateescape")).hexdigest()


def tree_signature(folder: Path) -> str:
    """A hash of every path, size and time of change below `folder`, and of what links lead to."""
    rows = []
    through = followed()

    def walk(path: str, prefix: str, above: tuple[str, ...]) -> None:
        with os.scandir(path) as entries:
            for entry in entries:
                if is_junk(entry.name):
                    continue
                if entry.is_dir(follow_symlinks=False) or (through and entry.is_dir() and _leads_down(entry, above)):
                    walk(entry.path, f"{prefix}{entry.name}{link_mark(entry)}/", (*above, os.path.realpath(entry.path)))
                else:
                    stat = entry.stat(follow_symlinks=through and entry.is_file())
                    rows.append(f"{prefix}{entry.name}{link_mark(entry)} {stat.st_size} {stat.st_mtime_ns}")

    walk(str(folder), "", (os.path.realpath(folder),))
    return signature(sorted(rows))


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
            inner = sorted((e.name, link_mark(e)) for e in entries if e.is_dir() and not is_junk(e.name))
        for name, link in inner:
            walk(f"{path}/{name}", f"{prefix}/{name}{link}", depth - 1)

    walk(str(folder), "", 2)
    return signature(rows)


def _leads_down(entry: os.DirEntry, above: tuple[str, ...]) -> bool:
    """Whether a link does not lead to a folder that it lies in, which would have no end."""
    return os.path.realpath(entry.path) not in above
