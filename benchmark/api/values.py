"""Options as Python gives them: what the command takes as text between commas may be one value or a list."""

from __future__ import annotations

import os
from collections.abc import Iterable
from numbers import Integral
from typing import Any

from methods.errors import UserError


def names(option: str, value: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] | None) -> list[str] | None:
    """Names of an option, each once, from a list, one name or names between commas; None for none given.

    UserError for an empty list and for what is no name.
    """
    if value is None:
        return None
    given = value.split(",") if isinstance(value, str) else [value] if isinstance(value, os.PathLike) else value
    if not isinstance(given, Iterable) or not all(isinstance(each, str | os.PathLike) for each in given):
        raise UserError(f"{option}={value!r} are no names; give one, or a list of them.")
    return _some(option, [stripped for each in given if (stripped := os.fspath(each).strip())])


def numbers(option: str, value: int | Iterable[int] | None, least: int) -> list[int] | None:
    """Whole numbers of an option, each once, from a list or a single one; None for none given.

    UserError for an empty list, for what is no whole number and for one below the least.
    """
    if value is None:
        return None
    given = list(value) if isinstance(value, Iterable) and not isinstance(value, str) else [value]
    return _some(option, [number(option, each, least) for each in given])


def number(option: str, value: Any, least: int) -> int:
    """A whole number of an option; UserError for anything else, and for one below the least."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise UserError(f"{option}={value!r} is not a whole number such as {max(least, 5)}.")
    if value < least:
        raise UserError(f"{option}={value} is too small; the least is {least}.")
    return int(value)


def _some(option: str, values: list) -> list:
    if not values:
        raise UserError(f"{option} names nothing; give a value, or leave it out.")
    return list(dict.fromkeys(values))
