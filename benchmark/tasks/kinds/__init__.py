"""The kinds of test tasks by name; a kind is a module of this package."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import TYPE_CHECKING

from methods.errors import unknown

if TYPE_CHECKING:
    from benchmark.tasks.kinds.kind import TaskKind

PLAIN = "plain"


def names() -> list[str]:
    """All kinds, the plain one too."""
    return [m.name.replace("_", "-") for m in pkgutil.iter_modules(__path__) if m.name != "kind" and m.name[0] != "_"]


def get(name: str) -> TaskKind:
    """A kind by name; UserError says which there are."""
    from benchmark.tasks.kinds.kind import TaskKind

    if name not in names():
        raise unknown("kind of tasks", name, names())
    module = importlib.import_module(f"{__name__}.{name.replace('-', '_')}")
    for _, member in inspect.getmembers(module, inspect.isclass):
        if issubclass(member, TaskKind) and member.__module__ == module.__name__:
            return member()
    raise TypeError(f"{module.__name__} defines no TaskKind")
