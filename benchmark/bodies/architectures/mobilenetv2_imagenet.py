"""MobileNetV2 with the weights of others."""

from __future__ import annotations

from benchmark.bodies.from_timm import FROZEN, IMAGENET, FromTimm


class MobileNetV2ImageNetBody(FromTimm):
    """Not trained here; its weights have seen classes that other data sets test on."""

    summary = f"MobileNetV2 of timm with its weights from {IMAGENET}, which have seen test classes; not trained further"
    settings = FROZEN
    model = "mobilenetv2_100.ra_in1k"
    size = 1280
    trained_here = "mobilenetv2"
