"""ltdi-bench check: tell whether a method, a data set or a body keeps the contract."""

from __future__ import annotations

from pathlib import Path

import click

from benchmark.cli import _options


@click.command("check")
@click.argument("name", metavar="NAME_OR_FILE")
@_options.data
def command(name: str, data: Path | None) -> None:
    """Run the conformance kit on a method, a data set or a body.

    Each goes by its name, by the path of its .py file, or as FORMAT:PATH or timm:NAME.
    """
    from benchmark.running.conformance import check

    name = _options.at_home(name)
    kind, findings = check(name, data)
    failed = 0
    for finding in findings:
        failed += not finding.passed
        click.echo(f"{'ok  ' if finding.passed else 'FAIL'}  {finding.check:38} {finding.detail}")
    if failed:
        click.echo(f"The {kind} {name} fails {failed} checks.")
        click.get_current_context().exit(1)
    click.echo(f"The {kind} {name} keeps the contract.")
