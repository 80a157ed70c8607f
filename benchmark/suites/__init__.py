"""The suites by name; a suite is a module of this package."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import TYPE_CHECKING

from methods.errors import unknown

if TYPE_CHECKING:
    from benchmark.suites.suite import Suite


def names() -> list[str]:
    """All suites."""
    return [m.name.replace("_", "-") for m in pkgutil.iter_modules(__path__) if m.name != "suite" and m.name[0] != "_"]


def get(name: str) -> Suite:
    """A suite by name; UserError says which there are."""
    from benchmark.suites.suite import Suite

    if name not in names():
        raise unknown("suite", name, names())
    module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    for _, member in inspect.getmembers(module, inspect.isclass):
        if issubclass(member, Suite) and member.__module__ == module.__name__:
            return member()
    raise TypeError(f"{module.__name__} defines no Suite")
