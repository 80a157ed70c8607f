"""Which checks something has to pass: those of a method or of a body, as its name or its file says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from benchmark.bodies.architectures import BODIES, is_known
from benchmark.running.conformance.body import check_body
from benchmark.running.conformance.finding import Finding
from benchmark.running.conformance.method import check_method
from methods.errors import UserError, unknown
from methods.extensions import import_file, is_path
from methods.registry import METHODS

Checks = Callable[[str], Iterator[Finding]]

KINDS = ((METHODS, check_method), (BODIES, check_body))


def check(name: str) -> tuple[str, Iterator[Finding]]:
    """What kind of thing goes by a name or path, in words, and what its checks find.

    UserError if there is none, or if a file holds nothing that can be checked.
    """
    if is_known(name):
        return BODIES.kind, check_body(name)
    words = " or ".join(kind.kind for kind, _ in KINDS)
    if is_path(name):
        module = import_file(Path(name), words)
        for kind, checks in KINDS:
            if kind.classes(module):
                return kind.kind, checks(name)
        bases = " or ".join(kind.base().__name__ for kind, _ in KINDS)
        raise UserError(f"{name!r} defines no {words}; it needs a class that derives from {bases}.")
    for kind, checks in KINDS:
        if name in kind.names():
            return kind.kind, checks(name)
    raise unknown(words, name, (known for kind, _ in KINDS for known in kind.names()))
