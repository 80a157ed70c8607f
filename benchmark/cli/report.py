"""`ltdi-bench report`: tables of the results so far."""

from __future__ import annotations

from pathlib import Path

import click

from benchmark.cli import _options


@click.command("report")
@_options.results
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "markdown", "latex", "csv", "json", "records"]),
    default="table",
    show_default=True,
    help="records lists every record as JSON; the others summarise over seeds.",
)
@click.option(
    "--reference",
    "references",
    type=_options.Listed(),
    help="Methods to test the others against.  [default: prototypes and regression, where they are]",
)
@_options.selection
def command(results: Path, form: str, references: tuple[str, ...] | None, **chosen) -> None:
    """Show the results so far, beside the published numbers."""
    from benchmark.records import RecordStore
    from benchmark.report.results import read_results
    from benchmark.report.selection import Selection
    from benchmark.report.tables import FORMATS

    click.echo(FORMATS[form](read_results(RecordStore(results), references, Selection(**chosen))), nl=False)
