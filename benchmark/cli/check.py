"""ltdi-bench check: tell whether a method keeps the contract."""

from __future__ import annotations

import click


@click.command("check")
@click.argument("method", metavar="NAME_OR_FILE")
def command(method: str) -> None:
    """Run the conformance kit on a method, by name or by the path of its .py file."""
    from benchmark.running.conformance import check_method
    from methods import registry

    registry.check_known(method)
    failed = 0
    for finding in check_method(method):
        failed += not finding.passed
        click.echo(f"{'ok  ' if finding.passed else 'FAIL'}  {finding.check:28} {finding.detail}")
    if failed:
        click.echo(f"{method} fails {failed} checks.")
        click.get_current_context().exit(1)
    click.echo(f"{method} keeps the contract.")
