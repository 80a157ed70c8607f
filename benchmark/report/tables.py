"""The formats in which results are shown."""

from __future__ import annotations

import json
from collections.abc import Callable

from rich.console import Console

from benchmark.records import RecordStore
from benchmark.report import markup, terminal
from benchmark.report.frame import summary_frame
from benchmark.report.rows import flat_records, measured_cells
from benchmark.report.sheets import Sheet, lay_out
from benchmark.report.summary import SummaryRow, summarise


def as_table(store: RecordStore, console: Console | None = None) -> str:
    """Tables for a console, by default that of standard output."""
    return terminal.render(_sheets(store), console or Console())


def as_markdown(store: RecordStore) -> str:
    """Tables for a README or an issue."""
    return markup.render_markdown(_sheets(store))


def as_latex(store: RecordStore) -> str:
    """Tables for a paper."""
    return markup.render_latex(_sheets(store))


def as_csv(store: RecordStore) -> str:
    """The summary with one line per row."""
    return summary_frame(_summary(store)).to_csv(index=False, lineterminator="\n")


def as_json(store: RecordStore) -> str:
    """Every record as it is, not summarised: a list with one object per line."""
    return "[\n" + ",\n".join(map(json.dumps, flat_records(store))) + "\n]\n"


FORMATS: dict[str, Callable[[RecordStore], str]] = {
    "table": as_table,
    "markdown": as_markdown,
    "latex": as_latex,
    "csv": as_csv,
    "json": as_json,
}


def _summary(store: RecordStore) -> list[SummaryRow]:
    return summarise(measured_cells(store))


def _sheets(store: RecordStore) -> list[Sheet]:
    return lay_out(_summary(store))
