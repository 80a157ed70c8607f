"""`ltdi-bench report`: show tables of the results so far."""

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
    help="Choose json to list every record; the others summarise over seeds.  [default: table]",
)
@click.option(
    "--reference",
    "references",
    type=_options.Listed(),
    help="Test the other methods against these.  [default: prototypes and regression, if present]",
)
@click.option("--html", type=_options.Place(dir_okay=False), help="Write a page to this file and print no tables.")
@click.option("--serve", is_flag=True, help="Serve the page on 127.0.0.1 and open it; every visit renews it.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Serve on this port.  [default: a free one]")
@click.option(
    "--update",
    type=_options.Place(dir_okay=False),
    help="Renew the parts of this Markdown file that are generated from results.",
)
@click.option(
    "--check", is_flag=True, help="With --update: write nothing; end with exit code 1 if a part is out of date."
)
@click.option(
    "--against",
    type=_options.Place(file_okay=False),
    help="Show what changed since the records in this folder; end with exit code 1 if anything got worse.",
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
    """Show the results so far next to published numbers."""
    from benchmark.report.results import Results, read_results
    from benchmark.report.selection import Selection
    from benchmark.store.records import RecordStore

    def read(folder: Path = results) -> Results:
        return read_results(RecordStore(folder), references, Selection(**chosen))

    if check and not update:
        raise click.UsageError("--check needs a file to check; name it with --update.")
    asked = {"--html": html, "--serve": serve, "--update": update, "--against": against}
    instead = [option for option, value in asked.items() if value]
    if form and instead:
        raise click.UsageError(f"{instead[0]} shows no tables, so --format does not apply; leave one of them out.")
    if against and len(instead) > 1:
        raise click.UsageError(f"--against shows only changes; leave {instead[0]} out.")
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
        click.echo(
            f"Out of date in {file}: {'; '.join(update.stale)}. Run the same command without --check to renew it."
        )
        click.get_current_context().exit(1)
    carry_out(update, file)
    click.echo(f"Renewed in {file}: {'; '.join(update.stale)}." if update.stale else f"{file} is up to date.")


def _serve(page, port: int) -> None:
    import webbrowser

    from benchmark.report.server import HOST, make_server

    page()  # errors in the records appear here, not in the browser
    with make_server(page, port) as server:
        address = f"http://{HOST}:{server.server_port}/"
        click.echo(f"The report is at {address} until Ctrl-C.")
        webbrowser.open(address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            click.echo("Stopped.")
