"""ltdi-bench list: list what the other commands accept."""

from __future__ import annotations

import click


@click.command("list")
@click.argument("what", type=click.Choice(["suites", "methods", "datasets", "bodies", "profiles"]))
def command(what: str) -> None:
    """List the suites, methods, datasets, bodies or profiles."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False)
    listed = {
        "suites": _suites,
        "methods": _methods,
        "datasets": _datasets,
        "bodies": _bodies,
        "profiles": _profiles,
    }
    for name, text in listed[what]():
        table.add_row(Text(name, no_wrap=True), Text(text))
    Console().print(table)


def _suites():
    from benchmark import suites

    for name in suites.names():
        yield name, suites.get(name).summary


def _methods():
    from benchmark.cells.descriptions import describe
    from methods import registry
    from methods.errors import UserError

    for name in registry.names():
        try:
            described = describe(name)
        except UserError as error:  # a broken method of another package
            yield name, str(error)
            continue
        yield name, f"{described.summary} ({described.missing})" if described.missing else described.summary


def _datasets():
    from benchmark.data import catalogue, formats
    from methods.errors import UserError

    for name in catalogue.names():
        try:
            dataset = catalogue.get(name)
        except UserError as error:  # another package's, and broken
            yield name, str(error)
            continue
        yield name, f"{dataset.summary}; splits: {', '.join(dataset.splits)}"
    yield from formats.usages().items()


def _bodies():
    from benchmark.bodies import architectures
    from methods.errors import UserError

    for name in architectures.names():
        try:
            yield name, architectures.get(name).summary
        except UserError as error:  # another package's, and broken
            yield name, str(error)


def _profiles():
    from benchmark.cells.profiles import PROFILES

    for profile in PROFILES.values():
        yield profile.name, profile.summary
