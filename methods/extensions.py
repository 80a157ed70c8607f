"""Classes that go by a name: those of a package here, of installed packages, or of a file of the user's own.

A kind of extension is a class that others derive from, such as Method. Each module of a package here defines one such
class and gives it its name. An installed package adds others by entry points. A path that ends in .py names a file
with exactly one. Nothing is imported before it is asked for.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import pkgutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from methods.containment import EndedProgram, contained
from methods.errors import UserError, unknown


def is_path(name: str) -> bool:
    """Whether a name is the path of a file of the user's own."""
    return name.endswith(".py")


def label(name: str) -> str:
    """Its name in records and tables: its own, or that of its file."""
    return Path(name).stem.replace("_", "-") if is_path(name) else name


def source(name: str) -> str | None:
    """A hash of a file of the user's own, which changes at will between two runs; None for a name."""
    return hashlib.sha256(Path(name).read_bytes()).hexdigest()[:12] if is_path(name) else None


@dataclass(frozen=True)
class Extensions:
    """All classes of one kind."""

    kind: str  # in words: "method"
    packages: tuple[str, ...]  # whose modules define one each
    group: str  # of entry points
    base: Callable[[], type]  # imports and gives the class that they derive from

    def names(self) -> list[str]:
        """All that go by a name, sorted."""
        return sorted({*self._modules(), *(point.name for point in entry_points(group=self.group))})

    def check_known(self, name: str) -> None:
        """UserError if there is none of that name or path; imports nothing."""
        if is_path(name):
            if not Path(name).is_file():
                raise _no_file(self.kind, name)
        elif name not in self.names():
            raise unknown(self.kind, name, self.names())

    def load(self, name: str) -> type:
        """The class of a name or path; UserError says which there are, or what is wrong with it."""
        if is_path(name):
            return self._only_class(import_file(Path(name), self.kind), name)
        modules = self._modules()
        if name in modules:
            return self._only_class(importlib.import_module(modules[name]), name)
        for point in entry_points(group=self.group):
            if point.name == name:
                return self._load_point(point)
        raise unknown(self.kind, name, self.names())

    def classes(self, module: ModuleType) -> list[type]:
        """The classes of this kind that a module defines, whole or not."""
        members = inspect.getmembers(module, inspect.isclass)
        return [cls for _, cls in members if issubclass(cls, self.base()) and cls.__module__ == module.__name__]

    def _modules(self) -> dict[str, str]:
        """Full names of the modules here, by the name that each gives to its class."""
        return {
            module.name.replace("_", "-"): f"{package}.{module.name}"
            for package in self.packages
            for module in pkgutil.iter_modules(importlib.import_module(package).__path__)
            if not module.name.startswith("_")
        }

    def _load_point(self, point: EntryPoint) -> type:
        where = f"The {self.kind} {point.name!r} ({point.value})"
        try:
            with contained(point.name):
                cls = point.load()
        except Exception as error:  # another package's code
            reason = _reason(error)
            raise UserError(f"{where} cannot be imported: {reason}; fix or uninstall its package.") from error
        base = self.base()
        if not (inspect.isclass(cls) and issubclass(cls, base)):
            raise UserError(f"{where} is no class that derives from {base.__name__}; fix or uninstall its package.")
        return cls

    def _only_class(self, module: ModuleType, name: str) -> type:
        base, defined = self.base(), self.classes(module)
        concrete = [cls for cls in defined if not inspect.isabstract(cls)]
        if len(defined) == 1 and not concrete:
            lacking = " and ".join(sorted(getattr(defined[0], "__abstractmethods__", ())))
            raise UserError(f"{defined[0].__name__} in {name!r} has no {lacking}, which a {self.kind} must define.")
        if len(concrete) != 1:
            raise UserError(
                f"{name!r} must define exactly one class that derives from {base.__name__}, but has {len(concrete)}."
            )
        return concrete[0]


def import_file(path: Path, kind: str) -> ModuleType:
    """The module of a file; UserError if it cannot be imported. `kind` says in words what it should hold."""
    if not path.is_file():
        raise _no_file(kind, str(path))
    spec = importlib.util.spec_from_file_location(f"ltdi_bench_{kind.replace(' ', '_')}_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        with contained(path.name):
            spec.loader.exec_module(module)
    except EndedProgram as error:
        raise UserError(
            f"The {kind} file {str(path)!r} cannot be imported: {error}; put what it does as a program under "
            "`if __name__ == '__main__':`."
        ) from error
    except Exception as error:
        raise UserError(f"The {kind} file {str(path)!r} cannot be imported: {_reason(error)}") from error
    return module


def _reason(error: Exception) -> str:
    """The kind of an error and its text, in one line."""
    return " ".join(f"{type(error).__name__}: {error}".split())


def _no_file(kind: str, name: str) -> UserError:
    return UserError(f"There is no {kind} file {name!r}; give the path of an existing .py file.")
