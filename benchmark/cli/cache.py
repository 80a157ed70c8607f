"""ltdi-bench cache: list what runs keep for later, and free space."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from benchmark.store.cache import Shelf


@click.group("cache")
def command() -> None:
    """List and clear what runs keep for later: packed data sets, bodies, features, trajectories."""


@command.command("list")
def list_cache() -> None:
    """List the kinds of files with their size and the time that making them took."""
    from benchmark.store.cache import shelves
    from benchmark.system.paths import cache_folder

    root = cache_folder()
    click.echo(f"cache folder: {root}")
    for kind, shelf in shelves(root).items():
        if shelf.entries:
            click.echo(_line(kind, shelf))


@command.command("clear")
@click.argument("kinds", nargs=-1, required=True)
def clear_cache(kinds: tuple[str, ...]) -> None:
    """Remove all files of some KINDS, such as `trajectories`. Do not do this during a run.

    Records stay. The next run that needs the files makes them again.
    """
    from benchmark.store.cache import clear
    from benchmark.system.paths import cache_folder

    for kind, shelf in clear(cache_folder(), list(kinds)).items():
        click.echo(f"removed {_line(kind, shelf)}")


def _line(kind: str, shelf: Shelf) -> str:
    made = f", {shelf.seconds:,.0f} seconds to make" if shelf.seconds else ""
    return f"{kind:16} {len(shelf.entries):6,} of {shelf.size / 1e6:,.0f} MB in all{made}"
