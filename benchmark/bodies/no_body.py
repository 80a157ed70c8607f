"""The stand-in for a body where the data are features already."""

from __future__ import annotations

from benchmark.bodies.architecture import Architecture, ImageShape, Network
from benchmark.bodies.recipe import Recipe

NONE = "none"
NO_BODY = Recipe(epochs=0, architecture=NONE)


class NoBody(Architecture):
    """Features stay as they are."""

    summary = "none: the data are features"

    def features(self, recipe: Recipe, image_shape: ImageShape | tuple[int]) -> int:
        return image_shape[0]

    def network(self, recipe: Recipe, image_shape: ImageShape) -> Network:
        raise TypeError("features need no network")
