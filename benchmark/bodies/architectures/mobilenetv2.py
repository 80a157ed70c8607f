"""MobileNetV2 of timm."""

from __future__ import annotations

from benchmark.bodies.from_timm import CONVOLUTIONS, FromTimm


class MobileNetV2Body(FromTimm):
    """Trained here."""

    summary = "MobileNetV2 of timm; 1,280 features"
    settings = CONVOLUTIONS
    model = "mobilenetv2_100"
    size = 1280
