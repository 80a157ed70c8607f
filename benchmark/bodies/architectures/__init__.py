"""The networks that a body can be, by name. Imports no torch.

A network of this project is a module here, named after it, with one class that derives from Architecture. Others are
found by entry point (group "ltdi_bench.bodies"), by the path of their file, or as timm:NAME.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from benchmark.bodies.architecture import Architecture, ImageShape, Network
from benchmark.bodies.from_timm import PREFIX, TimmModel
from benchmark.bodies.no_body import NONE, NoBody
from benchmark.bodies.recipe import Recipe
from methods.errors import UserError
from methods.extensions import Extensions, is_path, label, source

BODIES = Extensions("body", (__name__,), "ltdi_bench.bodies", lambda: Architecture)
DEFAULT = "conv4"


def names() -> list[str]:
    """All that go by a name: the project's own ones and those of installed packages."""
    return BODIES.names()


def is_known(name: str) -> bool:
    """Whether a body that a record names is there without a file of its own."""
    return name.startswith(PREFIX) or name in names()


def get(name: str) -> Architecture:
    """An architecture by name, by the path of a .py file, or as timm:NAME; UserError says which there are."""
    if name.startswith(PREFIX):
        return _timm_model(name)
    if name == NONE:
        return NoBody()
    BODIES.check_known(name)
    if is_path(name) and label(name) in names():
        raise UserError(f"{name!r} would be recorded as {label(name)!r}, as another body is; rename the file.")
    return _loaded(name, source(name))


def changes(name: str) -> dict[str, Any]:
    """The entries of a recipe for a body: the architecture, its file's content, and the settings that differ for it."""
    return {"architecture": name, "source": source(name), **get(name).settings}


def features(recipe: Recipe, image_shape: tuple[int, ...]) -> int:
    """The number of features that such a body makes of images (height, width, channels), or that data (d,) have."""
    return get(recipe.architecture).features(recipe, image_shape)


def build(recipe: Recipe, image_shape: ImageShape) -> Network:
    """A network for images (height, width, channels), with new weights or with those of others.

    UserError if its file was changed after the recipe was made: results would be recorded as those of another one.
    """
    architecture = get(recipe.architecture)
    if source(recipe.architecture) != recipe.source:
        raise UserError(f"{recipe.architecture!r} was changed since this run began; run the command again.")
    return architecture.network(recipe, image_shape)


@cache
def _loaded(name: str, source: str | None) -> Architecture:
    """`source` tells what the file held: after a change it is loaded again."""
    return BODIES.load(name)()


@cache
def _timm_model(name: str) -> TimmModel:
    return TimmModel(name.removeprefix(PREFIX))
