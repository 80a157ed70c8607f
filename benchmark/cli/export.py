"""`ltdi-bench export`: results as files for other programs."""

from __future__ import annotations

from pathlib import Path

import click

from benchmark.cli import _options


@click.command("export")
@click.argument("what", type=click.Choice(["records", "episodes", "summary"]))
@_options.results
@click.option(
    "--out",
    type=_options.Place(dir_okay=False),
    help="Write this file: .csv, or .parquet, which takes pyarrow.  [default: WHAT.csv]",
)
@_options.selection
def command(what: str, results: Path, out: Path | None, **chosen) -> None:
    """Write records, test episodes or the summary as CSV or Parquet, a line for each.

    docs/python.md describes the columns.
    """
    from benchmark.api.results import load_results
    from benchmark.report.export import FRAMES, checked_export, export

    file = checked_export(out or Path(f"{what}.csv"))
    frame = FRAMES[what](load_results(results, **chosen).read)
    export(frame, file)
    click.echo(f"{file} is written: {len(frame):,} lines of {len(frame.columns)} columns.")
