"""From a recipe to the network that it names."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from benchmark.bodies import architectures
from benchmark.bodies.recipe import Recipe
from methods.errors import UserError
from methods.networks.conv4 import Conv4
from methods.networks.resnet12 import ResNet12

SWIN_STEP = 32  # Swin's image sizes: four stages, each of half the size of the one before, of patches of 4 x 4
SWIN_WINDOW = 4  # so that images of 32 pixels have two windows in a row; timm's 7 is made for 224


@dataclass(frozen=True)
class Network:
    """A network (n, channels, *image_size) -> (n, feature_size), and what it expects."""

    module: nn.Module
    image_size: tuple[int, int]  # images of another one are scaled to it
    feature_size: int
    mean: tuple[float, ...] | None = None  # of pixels from 0 to 1, where its weights were trained with these
    std: tuple[float, ...] | None = None


def build(recipe: Recipe, image_shape: tuple[int, int, int]) -> Network:
    """A network for images of a data set (height, width, channels), with new weights or with those of others."""
    height, width, channels = image_shape
    if recipe.architecture == "conv4":
        features = architectures.features(recipe, image_shape)
        return Network(Conv4(channels, recipe.width), (height, width), features)
    if recipe.architecture == "resnet12":
        return Network(ResNet12(channels, recipe.width), (height, width), architectures.features(recipe, image_shape))
    return _from_timm(recipe, image_shape)


def _from_timm(recipe: Recipe, image_shape: tuple[int, int, int]) -> Network:
    import timm  # takes seconds

    name = architectures.get(recipe.architecture).timm
    height, width, channels = image_shape
    options = {}
    if recipe.pretrained is None and name.startswith("swin"):
        height, width = (-(-side // SWIN_STEP) * SWIN_STEP for side in (height, width))
        options = {"img_size": (height, width), "window_size": SWIN_WINDOW}
    try:
        module = timm.create_model(
            name, pretrained=recipe.pretrained is not None, in_chans=channels, num_classes=0, **options
        )
    except (OSError, RuntimeError) as error:
        if recipe.pretrained is None:
            raise
        raise UserError(
            f"The weights of {recipe.architecture} could not be downloaded ({type(error).__name__}: {error}); choose "
            f"{recipe.architecture.removesuffix('-imagenet')!r}, which is trained here."
        ) from error
    if recipe.pretrained is None:
        return Network(module, (height, width), module.num_features)
    seen = module.pretrained_cfg
    mean, std = (tuple(seen[each]) if channels == 3 else (sum(seen[each]) / 3,) * channels for each in ("mean", "std"))
    return Network(module, tuple(seen["input_size"][1:]), module.num_features, mean, std)
