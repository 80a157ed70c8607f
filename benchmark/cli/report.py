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
    type=click.Choice(["table", "markdown", "latex", "csv", "json", "summary-json"]),
    help="json lists every record; the others summarise over seeds.  [default: table]",
)
@click.option(
    "--reference",
    "references",
    type=_options.Listed(),
    help="Methods to test the others against.  [default: prototypes and regression, where they are]",
)
@click.option("--html", type=_options.Place(dir_okay=False), help="Write a page to this file instead.")
@click.option("--serve", is_flag=True, help="Open the page on 127.0.0.1 instead, made anew for every visit.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Of --serve.  [default: a free one]")
@click.option(
    "--update",
    type=_options.Place(dir_okay=False),
    help="Renew instead the parts of this Markdown file that are made from results.",
)
@click.option("--check", is_flag=True, help="With --update: write nothing; exit code 1 where a part is out of date.")
@click.option(
    "--against",
    type=_options.Place(file_okay=False),
    help="Show instead what changed since the records in this folder; exit code 1 if anything got worse.",
)
@_options.selection
def command(
    results: Path,
    form: str | None,
    references: tuple[str, ...] | None,
    html: Path | None,
    serve: bool,
    port: int,
    against: Path | None,
    update: Path | None,
    check: bool,
    **chosen,
) -> None:
    """Show the results so far, beside the published numbers."""
    from benchmark.report.results import Results, read_results
    from benchmark.report.selection import Selection
    from benchmark.store.records import RecordStore

    def read(folder: Path = results) -> Results:
        return read_results(RecordStore(folder), references, Selection(**chosen))

    if check and not update:
        raise click.UsageError("--check says whether a file is up to date: name it with --update.")
    asked = {"--html": html, "--serve": serve, "--update": update, "--against": against}
    instead = [option for option, value in asked.items() if value]
    if form and instead:
        raise click.UsageError(f"--format is of tables, and {instead[0]} shows none: leave one of them out.")
    if against and len(instead) > 1:
        raise click.UsageError(f"--against shows changes only: leave {instead[0]} out.")
    if against:
        from benchmark.report.changes import compare_results, describe_changes, is_regression

        changes = compare_results(read().rows, read(against).rows)
        click.echo(describe_changes(changes), nl=False)
        click.get_current_context().exit(int(any(map(is_regression, changes))))
    if update:
        _update(update, read(), RecordStore(results), check)
    if html:
        from benchmark.report.page import render_page
        from benchmark.system.paths import write_whole

        write_whole(html, render_page(read()))
        click.echo(f"{html} is written.")
    if serve:
        from benchmark.report.page import render_page

        _serve(lambda: render_page(read()), port)
    if not (html or serve or update):
        from benchmark.report.tables import FORMATS

        click.echo(FORMATS[form or "table"](read()), nl=False)


def _update(file: Path, results, store, check: bool) -> None:
    from benchmark.report.embedding import carry_out, plan_update

    update = plan_update(file, results, store)
    if check and update.stale:
        click.echo(f"Out of date in {file}: {'; '.join(update.stale)}. Renew with the same command without --check.")
        click.get_current_context().exit(1)
    carry_out(update, file)
    click.echo(f"Renewed in {file}: {'; '.join(update.stale)}." if update.stale else f"{file} is up to date.")


def _serve(page, port: int) -> None:
    import webbrowser

    from benchmark.report.server import HOST, make_server

    page()  # what is wrong with the records is said here, not in the browser
    with make_server(page, port) as server:
        address = f"http://{HOST}:{server.server_port}/"
        click.echo(f"The report is at {address} until Ctrl-C.")
        webbrowser.open(address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("Stopped.")
