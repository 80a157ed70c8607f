"""`ltdi-bench report`: tables of the results so far."""

from __future__ import annotations

from pathlib import Path

import click

from methods.errors import UserError


@click.command("report")
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    default=Path("ltdi-results"),
    show_default=True,
    help="Folder that `ltdi-bench run` wrote to.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "markdown", "latex", "csv", "json"]),
    default="table",
    show_default=True,
    help="json lists every record; the others summarise over seeds.",
)
def command(results: Path, form: str) -> None:
    """Show the results so far, beside the published numbers."""
    from benchmark.records import RecordStore
    from benchmark.report.tables import FORMATS

    store = RecordStore(results)
    if next(store.records(), None) is None:
        raise UserError(
            f"There are no results in {str(results)!r}; run `ltdi-bench run fewshot` first, "
            "or name the folder that has them with --results."
        )
    click.echo(FORMATS[form](store), nl=False)
