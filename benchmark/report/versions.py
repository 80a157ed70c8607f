"""The same question answered by several versions of a method: reports show the one that was run last.

A method's file that is changed runs anew, and its old records stay.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from benchmark.report.rows import MeasuredCell
from benchmark.system.keys import digest

VERSIONS = ("method_version", "method_source", "protocol")  # entries of a key that tell the code, not the question


def newest(cells: Sequence[MeasuredCell]) -> list[MeasuredCell]:
    """The cells without those whose question another version was asked later, if for a single seed only."""
    asked = [(cell, _question(cell), _version(cell)) for cell in cells]
    last_run: dict[str, dict[tuple, datetime]] = defaultdict(dict)  # by question and version
    for cell, question, version in asked:
        started = datetime.fromisoformat(cell.outcome["started"])
        last_run[question][version] = max(started, last_run[question].get(version, started))
    return [
        replace(cell, other_versions=len(last_run[question]) - 1)
        for cell, question, version in asked
        if version == max(last_run[question], key=last_run[question].get)
    ]


def _question(cell: MeasuredCell) -> str:
    return digest({name: value for name, value in cell.key.items() if name not in ("seed", *VERSIONS)})


def _version(cell: MeasuredCell) -> tuple:
    return tuple(cell.key.get(name) for name in VERSIONS)
