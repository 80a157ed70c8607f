"""Swin Transformer (Liu et al. 2021) of timm, for images that are smaller than its own."""

from __future__ import annotations

from typing import Any

from benchmark.bodies.from_timm import TRANSFORMERS, FromTimm

STEP = 32  # of image sizes: four stages, each of half the size of the one before, of patches of 4 x 4
WINDOW = 4  # so that images of 32 pixels have two windows in a row; timm's 7 is made for 224


class SwinBody(FromTimm):
    """Trained here, on images whose size its stages can halve."""

    summary = "Swin Transformer (tiny) of timm; 768 features"
    settings = TRANSFORMERS
    model = "swin_tiny_patch4_window7_224"
    size = 768

    def fitting(self, size: tuple[int, int]) -> tuple[tuple[int, int], dict[str, Any]]:
        height, width = (-(-side // STEP) * STEP for side in size)
        return (height, width), {"img_size": (height, width), "window_size": WINDOW}
