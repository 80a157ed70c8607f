"""How long cells take, judged by records of cells like them. Imports no torch."""

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


class Estimates:
    """Seconds of cells by what they have in common."""

    def __init__(self, records: Iterable[Mapping[str, Any]] = ()) -> None:
        """`records` as a store has them; those that failed say nothing."""
        self._own: dict[str, list[float]] = {}
        self._whole: dict[str, list[float]] = {}
        for record in records:
            self.add(record)

    def add(self, record: Mapping[str, Any]) -> None:
        """Learn from one more record."""
        seconds = record["provenance"].get("seconds")
        if record["status"] != "ok" or not seconds:
            return
        own = sum(seconds.get(phase, 0.0) for phase in _OWN)
        whole = sum(took for phase, took in seconds.items() if not phase.endswith(BESIDE))
        for name in likeness(record["key"]):
            self._own.setdefault(name, []).append(own)
            self._whole.setdefault(name, []).append(whole)

    def seconds(self, like: Sequence[str]) -> float | None:
        """With all that is prepared for a cell; None where no record is of its method in its profile."""
        return _closest(self._whole, like)

    def own_seconds(self, like: Sequence[str]) -> float | None:
        """Of meta-training and evaluation alone."""
        return _closest(self._own, like)


def likeness(key: Mapping[str, Any]) -> tuple[str, ...]:
    """Hashes of what a cell of this key has in common with cells like it, the most alike first."""
    return tuple(digest({entry: key.get(entry) for entry in entries}) for entries in _LIKENESS)


def _closest(seen: Mapping[str, list[float]], like: Sequence[str]) -> float | None:
    return next((statistics.median(seen[name]) for name in like if name in seen), None)
