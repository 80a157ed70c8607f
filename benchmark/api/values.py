"""Options as Python gives them: what the command takes as text between commas may be one value or a list.

Every function raises UserError, of one line, for what the option cannot be; most take the option's name to say it. None
stands for an option that is not given.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from numbers import Integral
from pathlib import Path
from typing import Any, overload

from methods.errors import UserError

Text = str | os.PathLike[str]


@overload
def name(option: str, value: Text) -> str: ...
@overload
def name(option: str, value: None) -> None: ...
def name(option: str, value: Text | None) -> str | None:
    """One name."""
    if value is None:
        return None
    if not isinstance(value, str | os.PathLike):
        raise UserError(f"{option}={value!r} is no name; give one, or leave it out.")
    if not os.fspath(value).strip():
        raise UserError(f"{option} is empty; give a value, or leave it out.")
    return os.fspath(value)


def names(option: str, value: Text | Iterable[Text] | None) -> list[str] | None:
    """Names, each once, from a list, one name or names between commas."""
    if value is None:
        return None
    given = value.split(",") if isinstance(value, str) else [value] if isinstance(value, os.PathLike) else value
    if not isinstance(given, Iterable) or not all(isinstance(each, str | os.PathLike) for each in given):
        raise UserError(f"{option}={value!r} are no names; give one, or a list of them.")
    return _some(option, [stripped for each in given if (stripped := os.fspath(each).strip())])


@overload
def path(option: str, value: Text) -> Path: ...
@overload
def path(option: str, value: None) -> None: ...
def path(option: str, value: Text | None) -> Path | None:
    """A path; "~" is the user's home. An empty one would mean the current folder."""
    text = name(option, value)
    return None if text is None else Path(text).expanduser()


@overload
def number(option: str, value: int, least: int) -> int: ...
@overload
def number(option: str, value: int | None, least: int) -> int | None: ...
def number(option: str, value: int | None, least: int) -> int | None:
    """A whole number that is not below the least."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise UserError(f"{option}={value!r} is not a whole number such as {max(least, 5)}.")
    if value < least:
        raise UserError(f"{option}={value} is too small; the least is {least}.")
    return int(value)


def numbers(option: str, value: int | Iterable[int] | None, least: int) -> list[int] | None:
    """Whole numbers, each once, from a list or a single one."""
    if value is None:
        return None
    given = value if isinstance(value, Iterable) and not isinstance(value, str) else [value]
    return _some(option, [number(option, each, least) for each in given])


def jobs(option: str, value: int | str) -> int | None:
    """A number of processes; None for "auto"."""
    if value == "auto":
        return None
    if isinstance(value, str) and value.isdecimal():  # as environment variables are
        value = int(value)
    return number(option, value, 1)  # text is refused there


def devices(value: str) -> str:
    """Names of devices between commas, as `resources.choose_devices` takes them."""
    for each in str(value).split(","):
        if not re.fullmatch(r"auto|cpu|cuda(:\d+)?", each.strip()):
            raise UserError(f"{each!r} is no device; give auto, cpu, cuda, or cuda:1 and the like.")
    return value


def changes(value: Mapping[str, Any] | Iterable[str]) -> list[tuple[str, str, str]]:
    """Changed hyper-parameters as (method, name, value), from {"METHOD.NAME": VALUE} or texts "METHOD.NAME=VALUE"."""
    if isinstance(value, str):
        value = [value]
    if isinstance(value, Mapping):
        from benchmark.planning.request import typed

        value = [f"{left}={typed(right)}" for left, right in value.items()]
    return [change(text) for text in value]


def change(text: Any) -> tuple[str, str, str]:
    """METHOD.NAME=VALUE, split into its three parts."""
    left, equals, value = str(text).partition("=")
    method, dot, hyperparameter = left.partition(".")
    if not (equals and dot and method and hyperparameter and value):
        raise UserError(f"{text!r} is not of the form METHOD.NAME=VALUE, such as lt-di.steps=500.")
    return method, hyperparameter, value


def _some(option: str, values: list) -> list:
    if not values:
        raise UserError(f"{option} is empty; give a value, or leave it out.")
    return list(dict.fromkeys(values))
