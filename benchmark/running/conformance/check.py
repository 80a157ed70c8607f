"""The checks of a method, a data set or a body, chosen by its name or its file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from benchmark.bodies import architectures
from benchmark.bodies.architectures import BODIES
from benchmark.data import formats
from benchmark.data.catalogue import DATA_SETS
from benchmark.running.conformance.body import check_body
from benchmark.running.conformance.dataset import check_data_set
from benchmark.running.conformance.finding import Finding
from benchmark.running.conformance.method import check_method
from benchmark.system.paths import data_folder
from methods.errors import UserError, unknown
from methods.extensions import Extensions, import_file, is_path
from methods.registry import METHODS

KINDS = (METHODS, DATA_SETS, BODIES)


def check(name: str, data: Path | None = None) -> tuple[str, Iterator[Finding]]:
    """The kind of thing that goes by a name or path, in words, and the findings of its checks.

    `data` is the folder in which data sets lie, None for the usual one. UserError if there is no such thing, or if a
    file holds nothing that can be checked.
    """
    checks: dict[Extensions, Callable[[str], Iterator[Finding]]] = {
        METHODS: check_method,
        DATA_SETS: lambda name: check_data_set(name, data_folder(data)),
        BODIES: check_body,
    }
    kind = _kind(name)
    return kind.kind, checks[kind](name)


def _kind(name: str) -> Extensions:
    if architectures.is_known(name):
        return BODIES
    if formats.is_own(name):
        return DATA_SETS
    words = ", ".join(kind.kind for kind in KINDS[:-1]) + f" or {KINDS[-1].kind}"
    if is_path(name):
        module = import_file(Path(name), words)
        for kind in KINDS:
            if kind.classes(module):
                return kind
        bases = " or ".join(kind.base().__name__ for kind in KINDS)
        raise UserError(f"{name!r} defines no {words}; it needs a class that derives from {bases}.")
    for kind in KINDS:
        if name in kind.names():
            return kind
    raise unknown(words, name, (known for kind in KINDS for known in kind.names()))
