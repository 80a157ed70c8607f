"""Four convolutions (Vinyals et al. 2016), the default."""

from __future__ import annotations

from benchmark.bodies.architecture import Architecture, ImageShape, Network
from benchmark.bodies.recipe import Recipe
from methods.errors import UserError

HALVED = 16  # four times by two


class Conv4Body(Architecture):
    """The features are what the last convolution makes of each of 16 x 16 pixels."""

    summary = "four convolutions of 64 channels (Vinyals et al. 2016); 1,600 features of 84x84 images"

    def features(self, recipe: Recipe, image_shape: ImageShape) -> int:
        return recipe.width * (image_shape[0] // HALVED) * (image_shape[1] // HALVED)

    def network(self, recipe: Recipe, image_shape: ImageShape) -> Network:
        from methods.networks.conv4 import Conv4

        height, width, channels = image_shape
        if min(height, width) < HALVED:
            raise UserError(
                f"conv4 halves images four times, but these have {height}x{width} pixels; choose another --body."
            )
        return Network(Conv4(channels, recipe.width), (height, width), self.features(recipe, image_shape))
