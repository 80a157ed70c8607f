"""The formats in which results are shown."""

from __future__ import annotations

import json
from collections.abc import Callable

from rich.console import Console

from benchmark.report import markup, terminal
from benchmark.report.frame import summary_frame, summary_lines
from benchmark.report.layout import lay_out
from benchmark.report.results import Results
from benchmark.report.rows import flat_record


def as_table(results: Results, console: Console | None = None) -> str:
    """Tables for a console, by default that of standard output."""
    return terminal.render(lay_out(results.analyses), console or Console())


def as_markdown(results: Results) -> str:
    """Tables for a README or an issue."""
    return markup.render_markdown(lay_out(results.analyses))


def as_latex(results: Results) -> str:
    """Tables for a paper."""
    return markup.render_latex(lay_out(results.analyses))


def as_csv(results: Results) -> str:
    """The summary with one line per row."""
    return summary_frame(results.analyses).to_csv(index=False, lineterminator="\n")


def as_summary_json(results: Results) -> str:
    """The summary with one object per row; numbers are those of the CSV."""
    return json.dumps(summary_lines(results.analyses), indent=1) + "\n"


def as_json(results: Results) -> str:
    """Every record without any summary: a JSON list with one object per line."""
    return "[\n" + ",\n".join(json.dumps(flat_record(cell)) for cell in results.cells) + "\n]\n"


FORMATS: dict[str, Callable[[Results], str]] = {
    "table": as_table,
    "markdown": as_markdown,
    "latex": as_latex,
    "csv": as_csv,
    "json": as_json,
    "summary-json": as_summary_json,
}
