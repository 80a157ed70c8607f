"""The residual network of few-shot learning (Chen et al. 2021)."""

from __future__ import annotations

from typing import ClassVar

from benchmark.bodies.architecture import Architecture, ImageShape, Network
from benchmark.bodies.recipe import Recipe


class ResNet12Body(Architecture):
    """The features are means over the image."""

    summary = "residual network of 12 layers, 64-128-256-512 channels (Chen et al. 2021); 512 features"
    settings: ClassVar = {"learning_rate": 2e-3}

    def features(self, recipe: Recipe, image_shape: ImageShape) -> int:
        return 8 * recipe.width

    def network(self, recipe: Recipe, image_shape: ImageShape) -> Network:
        from methods.networks.resnet12 import ResNet12

        height, width, channels = image_shape
        return Network(ResNet12(channels, recipe.width), (height, width), self.features(recipe, image_shape))
