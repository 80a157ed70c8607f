"""The same question answered by several versions of a method: reports show the one that was run last.

A method's file that is changed runs anew, and its old records stay.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from benchmark.keys import digest
from benchmark.report.rows import MeasuredCell

VERSIONS = ("method_version", "method_source", "protocol")  # entries of a key that tell the code, not the question


def newest(cells: Sequence[MeasuredCell]) -> list[MeasuredCell]:
    """The cells without those whose question another version was asked later, if for a single seed only."""
    last_run: dict[str, dict[tuple, datetime]] = defaultdict(dict)  # by question and version
    for cell in cells:
        runs, version = last_run[_question(cell)], _version(cell)
        started = datetime.fromisoformat(cell.outcome["started"])
        runs[version] = max(started, runs.get(version, started))
    kept = []
    for cell in cells:
        runs = last_run[_question(cell)]
        if _version(cell) == max(runs, key=runs.get):
            kept.append(replace(cell, other_versions=len(runs) - 1))
    return kept


def _question(cell: MeasuredCell) -> str:
    return digest({name: value for name, value in cell.key.items() if name not in ("seed", *VERSIONS)})


def _version(cell: MeasuredCell) -> tuple:
    return tuple(cell.key.get(name) for name in VERSIONS)
