"""ResNet-18 of timm."""

from __future__ import annotations

from benchmark.bodies.from_timm import CONVOLUTIONS, FromTimm


class ResNet18Body(FromTimm):
    """Trained here."""

    summary = "ResNet-18 of timm; 512 features"
    settings = CONVOLUTIONS
    model = "resnet18"
    size = 512
