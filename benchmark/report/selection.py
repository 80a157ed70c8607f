"""The selection of records for a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

from benchmark.report.rows import MeasuredCell
from methods.errors import UserError, unknown

_KEYS = {  # the entry of a record's key that a field is about, and what a user calls it
    "suites": ("suite", "suite"),
    "datasets": ("dataset", "data set"),
    "ways": ("way", "number of ways"),
    "shots": ("shot", "number of shots"),
    "methods": ("method", "method"),
    "profiles": ("profile", "profile"),
}


@dataclass(frozen=True)
class Selection:
    """Allowed values; None allows all."""

    suites: Sequence[str] | None = None
    datasets: Sequence[str] | None = None
    ways: Sequence[int] | None = None
    shots: Sequence[int] | None = None
    methods: Sequence[str] | None = None
    profiles: Sequence[str] | None = None

    def of(self, cells: list[MeasuredCell]) -> list[MeasuredCell]:
        """The selected cells; UserError for a value that no record has, or if nothing is left."""
        for field in fields(self):
            cells = self._only(cells, field.name, getattr(self, field.name))
        return cells

    @staticmethod
    def _only(cells: list[MeasuredCell], field: str, allowed: Sequence[Any] | None) -> list[MeasuredCell]:
        if allowed is None:
            return cells
        entry, name = _KEYS[field]
        there = {cell.key[entry] for cell in cells}
        for value in allowed:
            if value not in there:
                if isinstance(value, str):
                    raise unknown(f"{name} in the chosen records", value, there)
                raise UserError(f"None of the chosen records has {value} {field}; there are: {sorted(there)}.")
        return [cell for cell in cells if cell.key[entry] in allowed]
