"""Options that several commands share, and lists written with commas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from benchmark.api import values
from benchmark.system.paths import expanded
from methods.errors import UserError


class _Given(click.ParamType):
    """Refuses an empty value, which an unset variable of a script leaves."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            self.fail("the value is empty; give one, or leave the option out.", param, ctx)
        return super().convert(value, param, ctx)


class Place(_Given, click.Path):
    """A path, `~` for the user's home. An empty one would mean the current folder."""

    def __init__(self, **allowed: Any) -> None:
        super().__init__(path_type=Path, **allowed)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return super().convert(at_home(value) if isinstance(value, str) else value, param, ctx)


def at_home(text: str) -> str:
    """A name as it is; the path of a file or folder with `~` as the home folder that it stands for."""
    return str(expanded(text)) if text.startswith("~") else text


class Name(_Given):
    """A name. An empty one would pass for none."""

    name = "text"


results = click.option(
    "--results",
    type=Place(file_okay=False),
    default=Path("ltdi-results"),
    show_default=True,
    help="Keep the records in this folder.",
)
data = click.option(
    "--data",
    type=Place(),
    help="Read data sets from this folder.  [default: LTDI_BENCH_DATA, else the user's data folder]",
)


class Jobs(click.ParamType):
    """A number of processes; None for "auto"."""

    name = "N|auto"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int | None:
        if value == "auto":
            return None
        return click.IntRange(min=1).convert(value, param, ctx)


class Devices(click.ParamType):
    """Names of devices separated by commas, as `resources.choose_devices` takes them."""

    name = "DEVICE,..."

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        try:
            return values.devices(value)
        except UserError as error:
            self.fail(str(error), param, ctx)


class Listed(click.ParamType):
    """Values separated by commas."""

    name = "a,b,..."

    def __init__(self, item_type: type = str, least: int | None = None) -> None:
        self.item_type, self.least = item_type, least

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple:
        if isinstance(value, tuple):
            return value
        items = [at_home(item.strip()) for item in str(value).split(",") if item.strip()]
        if not items:
            self.fail("the list is empty; give values separated by commas.", param, ctx)
        try:
            values = tuple(dict.fromkeys(self.item_type(item) for item in items))
        except ValueError:
            self.fail(f"{value!r} is not a list of whole numbers such as 5,20.", param, ctx)
        if self.least is not None and min(values) < self.least:
            self.fail(f"{min(values)} is too small; the least is {self.least}.", param, ctx)
        return values


class Change(click.ParamType):
    """METHOD.NAME=VALUE, split into its three parts."""

    name = "METHOD.NAME=VALUE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str, str]:
        try:
            return values.change(value)
        except UserError as error:
            self.fail(str(error), param, ctx)


def selection(command):
    """Options that choose which records a report is about."""
    options = (
        click.option("--suites", type=Listed(), help="Show only these suites."),
        click.option("--datasets", type=Listed(), help="Show only these data sets."),
        click.option(
            "--ways", type=Listed(int, least=2), help="Show only these numbers of classes per task, such as 5,20."
        ),
        click.option(
            "--shots",
            type=Listed(int, least=0),
            help="Show only these numbers of support images per class, such as 1,5.",
        ),
        click.option("--methods", type=Listed(), help="Show only these methods."),
        click.option("--profiles", type=Listed(), help="Show only these profiles."),
    )
    for option in reversed(options):
        command = option(command)
    return command
