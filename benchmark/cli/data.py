"""ltdi-bench data: list, download and verify data sets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmark.cli import _options

if TYPE_CHECKING:
    from benchmark.data.dataset import DataSet


@click.group("data")
def command() -> None:
    """List, download and verify data sets."""


@command.command("list")
@click.argument("names", nargs=-1)
@_options.data
def list_data(names: tuple[str, ...], data: Path | None) -> None:
    """List which data sets are present, and print how to get the others.

    Give NAMES to list those alone; FORMAT:PATH and .py files are names too.
    """
    from benchmark.data import catalogue
    from benchmark.system.paths import data_folder

    root = data_folder(data)
    click.echo(f"data folder: {root}")
    for name in names or catalogue.names():
        dataset = catalogue.get(name, root)
        click.echo(f"{name:16} {'embedded' if dataset.embedded else _state(dataset, root)}")


def _state(dataset: DataSet, root: Path) -> str:
    if not dataset.present(root):
        return f"missing; to get it: {dataset.how_to_get}"
    lacking = dataset.missing(root)
    return "present" if lacking is None else f"incomplete: there is no {lacking}; to get it: {dataset.how_to_get}"


@command.command("download")
@click.argument("name")
@_options.data
def download(name: str, data: Path | None) -> None:
    """Fetch a data set into the data folder."""
    from benchmark.data import catalogue, downloads
    from benchmark.system.paths import data_folder
    from methods.errors import UserError

    root = data_folder(data)
    dataset = catalogue.get(name, root)
    if dataset.embedded or dataset.complete(root):
        click.echo(f"{name} is already present.")
        return
    downloads.download(dataset, root)
    lacking = dataset.missing(root)
    if lacking is not None:  # what was there stays, and may be in the way
        raise UserError(
            f"{name} is still incomplete: there is no {lacking}; remove what is there and download it again."
        )
    click.echo(f"{name} is in {root}.")


@command.command("verify")
@click.argument("name")
@_options.data
def verify(name: str, data: Path | None) -> None:
    """Read every image of a data set, check its splits, and compare the packed copy with its fingerprint."""
    from benchmark.data import catalogue
    from benchmark.system.paths import data_folder

    located = catalogue.locate(name, data_folder(data))
    bank = located.bank(verify=True)
    located.check_splits()
    if located.dataset.notice:
        click.echo(located.dataset.notice, err=True)
    counts, published = bank.counts, located.dataset.full_size
    part = f" of the {published} published" if published and len(bank.labels) < published else ""
    click.echo(
        f"{name}: {len(bank.class_names)} classes, {len(bank.labels)} images{part} "
        f"({counts.min()} to {counts.max()} a class), fingerprint {bank.fingerprint[:16]}"
    )
