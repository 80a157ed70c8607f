"""Closer looks at fitted methods that take too long for `Method.diagnostics`; a suite asks for one by name.

A study is a module of this package, named after it. It defines `Subject`, a class or a runtime-checkable protocol that
says what a method must have to be studied, and `study(method, context)`, which gives a `methods.interface.Study`.
Methods know nothing of studies: one that has what a study needs can be studied.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from methods.errors import unknown

if TYPE_CHECKING:
    from methods.interface import Context, Method, Study


class StudyModule(Protocol):
    """The contract of a study's module."""

    Subject: type

    def study(self, method: Method, context: Context) -> Study:
        """The findings about a fitted method; `context` is that of the method's meta-training."""
        ...


def names() -> list[str]:
    """The studies there are; imports none of them."""
    files = Path(__file__).parent.glob("*.py")
    return sorted(file.stem.replace("_", "-") for file in files if not file.stem.startswith("_"))


def load(name: str) -> StudyModule:
    """The module of a study; UserError says which there are."""
    if name not in names():
        raise unknown("study", name, names())
    return importlib.import_module(f"{__name__}.{name.replace('-', '_')}")


def suits(name: str, method: type[Method]) -> bool:
    """Whether a method has what a study needs; UserError if there is no such study."""
    return issubclass(method, load(name).Subject)
