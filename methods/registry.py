"""Names to methods, without importing any of them before it is asked for.

A method of this project is a module of `methods.algorithms` or `methods.controls`, named after it, with one class
that derives from Method. Others are found by entry point (group "ltdi_bench.methods") or by the path of their file.
"""

from __future__ import annotations

import hashlib
import importlib
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution, entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from methods.errors import UserError
from methods.extensions import Extensions, is_path, label, source

if TYPE_CHECKING:
    from methods.interface import Method

__all__ = ["check_known", "check_requirements", "fingerprint", "is_path", "label", "load", "missing", "names", "source"]

METHODS = Extensions(
    "method",
    ("methods.algorithms", "methods.controls"),
    "ltdi_bench.methods",
    lambda: importlib.import_module("methods.interface").Method,
)


def names() -> list[str]:
    """All methods that go by a name: the project's own ones and those of installed packages."""
    return METHODS.names()


def load(name: str) -> type[Method]:
    """The class of a method, by name or by the path of a .py file; UserError says which there are."""
    return METHODS.load(name)


def check_known(name: str) -> None:
    """UserError if there is no such method; imports nothing."""
    METHODS.check_known(name)


def missing(requires: Mapping[str, str]) -> str | None:
    """A sentence on a required package that is not installed, and how to install it; None if all are installed."""
    for package, command in requires.items():
        try:
            distribution(package)
        except PackageNotFoundError:
            return f"needs {package}, which is not installed; install it with: {command}"
    return None


def check_requirements(name: str, requires: Mapping[str, str]) -> None:
    """UserError if a package that a method requires is not installed; imports nothing."""
    lack = missing(requires)
    if lack:
        raise UserError(f"{label(name)} {lack}")


def fingerprint(name: str) -> str:
    """Changes with any source that can change what the method's class says of itself."""
    package = Path(__file__).parent
    files = sorted(package.rglob("*.py"))
    if is_path(name):
        files.append(Path(name))
    digest = hashlib.sha256(sys.version.encode())
    for file in files:
        digest.update(file.read_bytes())
    for point in entry_points(group=METHODS.group):
        digest.update(f"{point.name} {point.value} {point.dist and point.dist.version}".encode())
        if point.name == name:  # its author may change it without another version
            files = _sources(point.value.partition(":")[0].partition(".")[0])
            digest.update(repr([(str(file), file.stat().st_mtime_ns) for file in files]).encode())
    return digest.hexdigest()


def _sources(package: str) -> list[Path]:
    """All source files of a package, or the one of a module; none that can be read of one that is not installed."""
    spec = importlib.util.find_spec(package)  # imports nothing, as the name has no dot
    if spec is None:
        return []
    folders = spec.submodule_search_locations
    if folders is None:
        return [Path(spec.origin)] if spec.has_location and spec.origin else []
    return sorted(file for folder in folders for file in Path(folder).rglob("*.py"))
