"""Names to methods, without importing any of them before it is asked for.

A method of this project is a module of `methods.algorithms` or `methods.controls`, named after it, with one class
that derives from Method. Others are found by entry point (group "ltdi_bench.methods") or by the path of their file.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Mapping
from importlib.metadata import EntryPoint, PackageNotFoundError, distribution, entry_points
from pathlib import Path
from typing import TYPE_CHECKING

from methods.containment import EndedProgram, contained
from methods.errors import UserError, unknown

if TYPE_CHECKING:
    from methods.interface import Method

PACKAGES = ("algorithms", "controls")
ENTRY_POINTS = "ltdi_bench.methods"


def names() -> list[str]:
    """All methods that go by a name: the project's own ones and those of installed packages."""
    return sorted({*_own(), *(point.name for point in entry_points(group=ENTRY_POINTS))})


def load(name: str) -> type[Method]:
    """The class of a method, by name or by the path of a .py file; UserError says which there are."""
    if is_path(name):
        return _only_method(_import_file(Path(name)), name)
    own = _own()
    if name in own:
        package = own[name].parent.name
        return _only_method(importlib.import_module(f"methods.{package}.{own[name].stem}"), name)
    for point in entry_points(group=ENTRY_POINTS):
        if point.name == name:
            return _load_point(point)
    raise unknown("method", name, names())


def _load_point(point: EntryPoint) -> type[Method]:
    from methods.interface import Method

    try:
        with contained(point.name):
            found = point.load()
    except Exception as error:  # another package's code
        raise UserError(
            f"The method {point.name!r} ({point.value}) cannot be imported: {_reason(error)}; mend or uninstall its "
            "package."
        ) from error
    if not (inspect.isclass(found) and issubclass(found, Method)):
        raise UserError(
            f"The method {point.name!r} ({point.value}) is no class that derives from Method; mend or uninstall its "
            "package."
        )
    return found


def label(name: str) -> str:
    """What a method is called in records and tables: its name, or that of its file."""
    return Path(name).stem.replace("_", "-") if is_path(name) else name


def is_path(name: str) -> bool:
    return name.endswith(".py")


def check_known(name: str) -> None:
    """UserError if there is no such method; imports nothing."""
    if is_path(name):
        if not Path(name).is_file():
            raise UserError(f"There is no method file {name!r}; give the path of an existing .py file.")
    elif name not in names():
        raise unknown("method", name, names())


def missing(requires: Mapping[str, str]) -> str | None:
    """What is not installed of a method's required packages, and how to install it; None if nothing is missing."""
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


def source(name: str) -> str | None:
    """A hash of a method's file, where it goes by its path: between two runs its author changes it at will."""
    return hashlib.sha256(Path(name).read_bytes()).hexdigest()[:12] if is_path(name) else None


def fingerprint(name: str) -> str:
    """Changes with any source that can change what the method's class says of itself."""
    package = Path(__file__).parent
    files = sorted(package.rglob("*.py"))
    if is_path(name):
        files.append(Path(name))
    digest = hashlib.sha256(sys.version.encode())
    for file in files:
        digest.update(file.read_bytes())
    for point in entry_points(group=ENTRY_POINTS):
        digest.update(f"{point.name} {point.value} {point.dist and point.dist.version}".encode())
    return digest.hexdigest()


def _own() -> dict[str, Path]:
    folder = Path(__file__).parent
    files = (file for package in PACKAGES for file in (folder / package).glob("*.py"))
    return {file.stem.replace("_", "-"): file for file in files if not file.stem.startswith("_")}


def _import_file(path: Path):
    check_known(str(path))
    spec = importlib.util.spec_from_file_location(f"ltdi_bench_method_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        with contained(path.name):
            spec.loader.exec_module(module)
    except EndedProgram as error:
        raise UserError(
            f"The method file {str(path)!r} cannot be imported: {error}; put what it does as a program under "
            "`if __name__ == '__main__':`."
        ) from error
    except Exception as error:
        raise UserError(f"The method file {str(path)!r} cannot be imported: {_reason(error)}") from error
    return module


def _reason(error: Exception) -> str:
    """The kind of an error and its text, in one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())


def _only_method(module, name: str) -> type[Method]:
    from methods.interface import Method

    own = [
        cls
        for _, cls in inspect.getmembers(module, inspect.isclass)
        if issubclass(cls, Method) and cls.__module__ == module.__name__
    ]
    found = [cls for cls in own if not inspect.isabstract(cls)]
    if len(own) == 1 and not found:
        lacking = " and ".join(sorted(own[0].__abstractmethods__))
        raise UserError(f"{own[0].__name__} in {name!r} has no {lacking}, which a method must define.")
    if len(found) != 1:
        raise UserError(f"{name!r} must define exactly one class that derives from Method, but has {len(found)}.")
    return found[0]
