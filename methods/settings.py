"""Checks of hyper-parameters. A ValueError names the first one that is wrong, and what is allowed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def at_least(settings: Any, least: float, *names: str) -> None:
    """These must not be below `least`; one that is not a number is."""
    for name in names:
        if not getattr(settings, name) >= least:
            raise ValueError(f"{name} must be at least {least:g}, not {getattr(settings, name)}")


def above(settings: Any, bound: float, *names: str) -> None:
    """These must be above `bound`; one that is not a number is not."""
    for name in names:
        if not getattr(settings, name) > bound:
            raise ValueError(f"{name} must be above {bound:g}, not {getattr(settings, name)}")


def one_of(settings: Any, name: str, allowed: Sequence[str]) -> None:
    """This must be one of the words that are allowed."""
    if getattr(settings, name) not in allowed:
        raise ValueError(f"{name} {getattr(settings, name)!r} is none of {', '.join(allowed)}")
