"""Swin Transformer (tiny) with the weights of others."""

from __future__ import annotations

from benchmark.bodies.from_timm import FROZEN, IMAGENET, FromTimm


class SwinImageNetBody(FromTimm):
    """Not trained here; its weights have seen classes that other data sets test on."""

    summary = (
        f"Swin Transformer (tiny) of timm with its weights from {IMAGENET}, which have seen test classes; not trained "
        "further"
    )
    settings = FROZEN
    model = "swin_tiny_patch4_window7_224.ms_in1k"
    size = 768
    trained_here = "swin"
