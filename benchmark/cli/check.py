"""ltdi-bench check: does a method or a body keep to the contract?"""

from __future__ import annotations

import click


@click.command("check")
@click.argument("name", metavar="NAME_OR_FILE")
def command(name: str) -> None:
    """Run the conformance kit on a method or a body, by name or by the path of its .py file."""
    from benchmark.running.conformance import check

    kind, findings = check(name)
    failed = 0
    for finding in findings:
        failed += not finding.passed
        click.echo(f"{'ok  ' if finding.passed else 'FAIL'}  {finding.check:38} {finding.detail}")
    if failed:
        click.echo(f"The {kind} {name} fails {failed} checks.")
        click.get_current_context().exit(1)
    click.echo(f"The {kind} {name} keeps to the contract.")
