"""Estimates of what cells take, from records of cells like them. Imports no torch."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmark.store.records import BESIDE
from benchmark.system.keys import digest

# Entries of a key that cells have in common with those that they are judged by: all of the first line, else of the
# second, and so on.
_LIKENESS = (
    ("method", "profile", "dataset", "body", "hyperparameters", "way", "shot", "tasks"),
    ("method", "profile", "dataset", "body", "hyperparameters"),
    ("method", "profile", "dataset"),
    ("method", "profile"),
)
_OWN = ("meta-training", "evaluation")  # phases of each cell itself; what others prepare may be shared

# What is estimated: seconds of meta-training and evaluation, of these with what is prepared, and of what methods
# share; bytes of memory, and of the checkpoint on the disk.
OWN, WHOLE, SHARED, MEMORY, CHECKPOINT = "own", "whole", "shared", "memory", "checkpoint"


class Estimates:
    """Medians over cells by what they have in common."""

    def __init__(self, records: Iterable[Mapping[str, Any]] = ()) -> None:
        """`records` as a store has them; those that failed say nothing."""
        self._seen: dict[tuple[str, str], list[float]] = {}
        for record in records:
            self.add(record)

    def add(self, record: Mapping[str, Any]) -> None:
        """Learn from one more record."""
        if record["status"] == "ok":
            measured = _measured(record["provenance"])
            for like in likeness(record["key"]):
                for what, value in measured.items():
                    self._seen.setdefault((what, like), []).append(value)

    def of(self, what: str, like: Sequence[str]) -> float | None:
        """The cost of a cell; None where no record of its method in its profile tells it."""
        return next((statistics.median(self._seen[what, name]) for name in like if (what, name) in self._seen), None)


def likeness(key: Mapping[str, Any]) -> tuple[str, ...]:
    """Hashes of what a cell of this key has in common with cells like it, the most alike first."""
    return tuple(digest({entry: key.get(entry) for entry in entries}) for entries in _LIKENESS)


def _measured(provenance: Mapping[str, Any]) -> dict[str, float]:
    """The costs in a record's provenance; older ones tell less."""
    measured: dict[str, float] = {}
    if seconds := provenance.get("seconds"):
        measured[OWN] = sum(seconds.get(phase, 0.0) for phase in _OWN)
        measured[WHOLE] = sum(took for phase, took in seconds.items() if not phase.endswith(BESIDE))
    if shared := provenance.get("shared_seconds"):
        measured[SHARED] = shared.get("body", 0.0) + shared.get("features", 0.0)
    return measured | {what: provenance[what] for what in (MEMORY, CHECKPOINT) if provenance.get(what) is not None}
