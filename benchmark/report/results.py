"""A results folder as every report sees it: read once, summarised and tested."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.report.comparisons import DEFAULT_REFERENCES, Analysis, analyses, check_references
from benchmark.report.rows import MeasuredCell, measured_cells
from benchmark.report.selection import Selection
from benchmark.report.summary import SummaryRow, summarise
from benchmark.report.versions import newest
from benchmark.store.records import RecordStore
from benchmark.system.keys import digest
from methods.errors import UserError, unknown

EVERYTHING = Selection()


@dataclass(frozen=True)
class Results:
    """The cells of a results folder, and one analysis per sheet, of the newest versions of methods."""

    cells: list[MeasuredCell]  # of all versions
    rows: list[SummaryRow]
    analyses: list[Analysis]

    def of(self, entry: str, value: str, what: str) -> Results:
        """The results with this value of an entry of a sheet. UserError, which calls it `what`, if none has it."""
        known = {row.sheet[entry] for row in self.rows}
        if value not in known:
            raise unknown(f"{what} in the results", value, known)
        return Results(
            [cell for cell in self.cells if cell.key[entry] == value],
            [row for row in self.rows if row.sheet[entry] == value],
            [analysis for analysis in self.analyses if analysis.rows[0].sheet[entry] == value],
        )

    def settings_of(self, seed: int, methods: Sequence[str]) -> list[tuple[list[MeasuredCell], list[str]]]:
        """These methods' finished cells of a seed with their labels, by setting; UserError if there are none."""
        settings = []
        for analysis in self.analyses:
            for setting in dict.fromkeys(row.setting for row in analysis.rows):
                pairs = [
                    (cell, row.named())
                    for row in analysis.rows
                    if row.setting == setting and row.method in methods
                    for cell in row.cells
                    if cell.key["seed"] == seed and cell.outcome["status"] == "ok"
                ]
                if pairs:
                    settings.append(([cell for cell, _ in pairs], [label for _, label in pairs]))
        if not settings:
            wanted = ", ".join(methods)
            raise UserError(
                f"No record of {wanted} finished with seed {seed}; choose another --seed or other --methods."
            )
        return settings


def read_results(
    store: RecordStore,
    references: Sequence[str] | None = None,
    selection: Selection = EVERYTHING,
    keys: Iterable[Mapping[str, Any]] | None = None,
) -> Results:
    """The selected results of a store, with differences to `references` (by default the controls that it has).

    Of the records with `keys` only, where these are given. UserError where the store is empty or damaged, nothing is
    selected, or a reference is in none of the sheets.
    """
    cells = measured_cells(store)
    if keys is not None:
        wanted = set(map(digest, keys))
        cells = [cell for cell in cells if cell.outcome["key_hash"] in wanted]
    if not cells:
        raise UserError(
            f"There are no results in {str(store.root)!r}; run `ltdi-bench run fewshot` first, "
            "or name the folder that has them with --results."
        )
    cells = selection.of(cells)
    rows = summarise(newest(cells))
    if references is not None:
        check_references(rows, references)
    return Results(cells, rows, analyses(rows, DEFAULT_REFERENCES if references is None else references))
