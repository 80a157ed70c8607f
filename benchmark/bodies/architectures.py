"""The networks that a body can be, by name, and what each one changes in the recipe. Imports no torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from methods.errors import unknown

if TYPE_CHECKING:
    from benchmark.bodies.recipe import Recipe

IMAGENET = "ImageNet-1k"
_FROZEN = {"epochs": 0, "pretrained": IMAGENET}


@dataclass(frozen=True)
class Architecture:
    """A network, and the settings of a recipe that differ for it."""

    summary: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    timm: str | None = None  # timm's name for it, where it comes from there
    size: int | None = None  # features, where neither the width nor the images change their number


ARCHITECTURES = {
    "conv4": Architecture("four convolutions of 64 channels (Vinyals et al. 2016); 1,600 features of 84x84 images"),
    "resnet12": Architecture(
        "residual network of 12 layers, 64-128-256-512 channels (Chen et al. 2021); 512 features",
        {"learning_rate": 2e-3},
    ),
    "resnet18": Architecture("ResNet-18 of timm; 512 features", {"learning_rate": 2e-3}, "resnet18", 512),
    "mobilenetv2": Architecture(
        "MobileNetV2 of timm; 1,280 features", {"learning_rate": 2e-3}, "mobilenetv2_100", 1280
    ),
    "swin": Architecture(
        "Swin Transformer (tiny) of timm; 768 features", {"learning_rate": 5e-4}, "swin_tiny_patch4_window7_224", 768
    ),
    **{
        f"{name}-imagenet": Architecture(
            f"{title} of timm with its weights from {IMAGENET}, which have seen test classes; not trained further",
            _FROZEN,
            timm,
            size,
        )
        for name, title, timm, size in (
            ("resnet18", "ResNet-18", "resnet18.a1_in1k", 512),
            ("mobilenetv2", "MobileNetV2", "mobilenetv2_100.ra_in1k", 1280),
            ("swin", "Swin Transformer (tiny)", "swin_tiny_patch4_window7_224.ms_in1k", 768),
        )
    },
}
DEFAULT = "conv4"


def get(name: str) -> Architecture:
    """An architecture by name; UserError says which there are."""
    if name not in ARCHITECTURES:
        raise unknown("body", name, ARCHITECTURES)
    return ARCHITECTURES[name]


def features(recipe: Recipe, image_shape: tuple[int, int, int]) -> int:
    """How many features such a body has of images (height, width, channels)."""
    if recipe.architecture == "conv4":
        return recipe.width * (image_shape[0] // 16) * (image_shape[1] // 16)
    if recipe.architecture == "resnet12":
        return 8 * recipe.width
    return get(recipe.architecture).size
