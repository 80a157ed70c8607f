"""Methods that generate or train classifier weights. Usable without the harness: nothing here imports `benchmark`.

In a notebook:

    from methods import FeatureSource, LtDi, train

    method = train(LtDi(), FeatureSource(features, labels), way=5, shot=1, seed=0)
    weights = method.generate_head(support_x, support_y)
    logits = method.head.apply(weights, query_x)

Every class of a method here can be imported like that. Modules are imported when one of their names is first asked for,
so that `methods.errors` and `methods.registry` can be used without PyTorch.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from methods.errors import UserError
    from methods.features import FeatureSource
    from methods.heads import Head
    from methods.interface import Context, Method, Problem, Progress
    from methods.registry import load
    from methods.stores import MemoryStore
    from methods.training import train

MODULES = {
    "Context": "methods.interface",
    "FeatureSource": "methods.features",
    "Head": "methods.heads",
    "MemoryStore": "methods.stores",
    "Method": "methods.interface",
    "Problem": "methods.interface",
    "Progress": "methods.interface",
    "UserError": "methods.errors",
    "load": "methods.registry",
    "train": "methods.training",
}
__all__ = [
    "Context",
    "FeatureSource",
    "Head",
    "MemoryStore",
    "Method",
    "Problem",
    "Progress",
    "UserError",
    "load",
    "train",
]


def __getattr__(name: str) -> Any:
    if name in MODULES:
        return getattr(importlib.import_module(MODULES[name]), name)
    # Methods are classes. A name in small letters may be a submodule, for which the import system looks next.
    for file in _files() if name[:1].isupper() else ():
        if f"\nclass {name}(" in file.read_text("utf-8") and (method := _method(file)).__name__ == name:
            return method
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *MODULES, *(_method(file).__name__ for file in _files())})


def _files() -> list[Path]:
    """The modules of the project's methods."""
    folders = (Path(__file__).parent / package for package in ("algorithms", "controls"))
    return [file for folder in folders for file in sorted(folder.glob("[!_]*.py"))]


def _method(file: Path) -> type[Method]:
    from methods import registry

    return registry.load(file.stem.replace("_", "-"))
