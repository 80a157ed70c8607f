"""`ltdi-bench merge`: combine the results of several machines."""

from __future__ import annotations

from pathlib import Path

import click

from benchmark.cli import _options


@click.command("merge")
@click.argument("folders", nargs=-1, required=True, type=_options.Place(file_okay=False), metavar="DIR...")
@_options.results
def command(folders: tuple[Path, ...], results: Path) -> None:
    """Copy the records, latencies, trajectories and checkpoints of every DIR into --results.

    If a cell has different results in two folders, the command names all such cells, copies nothing, and ends with
    exit code 1.
    """
    from benchmark.report.escaping import plain
    from benchmark.store.merging import carry_out, plan_merge
    from benchmark.store.records import RecordStore
    from methods.errors import UserError

    for folder in folders:
        if folder.resolve() == results.resolve():
            raise UserError(f"{str(folder)!r} is the folder to merge into; name other folders, or another --results.")
    target = RecordStore(results)
    merge = plan_merge([RecordStore(folder) for folder in folders], target)
    if merge.conflicts:
        for conflict in merge.conflicts:
            click.echo(plain(f"{conflict.what}: {conflict.about} in {conflict.first} and {conflict.second}"))
        click.echo(
            f"{len(merge.conflicts)} cells have different results; nothing was copied. "
            "Delete the wrong files and merge again."
        )
        click.get_current_context().exit(1)
    carry_out(merge, target)
    click.echo(f"{len(merge.files)} files copied to {results}; {merge.already_there} were there already.")
