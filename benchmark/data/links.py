"""Links in data sets: those that lead elsewhere are followed only where the user says so."""

from __future__ import annotations

import os
from pathlib import Path

from benchmark.data.faults import Fault

VARIABLE = "LTDI_BENCH_FOLLOW_LINKS"


def followed() -> bool:
    """Whether links may lead out of their data set."""
    return os.environ.get(VARIABLE, "0") not in ("", "0")


def check_link(path: str | Path, inside: Path) -> None:
    """Fault for a link that leads nowhere or, unless links are followed, out of `inside` (which is no link itself)."""
    real = Path(os.path.realpath(path))
    if not real.exists():
        raise Fault(f"{str(path)!r}", "is a link that leads nowhere; restore what it leads to, or remove it")
    if not followed() and not real.is_relative_to(inside):
        raise Fault(
            f"{str(path)!r}",
            f"is a link that leads out of its data set; replace it with what it leads to, or set {VARIABLE}=1 to "
            "follow such links",
        )


def link_mark(entry: os.DirEntry) -> str:
    """The part of a signature for an entry that is a link; empty for others.

    Else a bank would still be taken for that of a folder in whose place a link was put.
    """
    return f" -> {Path(entry.path).readlink()}" if entry.is_symlink() else ""
