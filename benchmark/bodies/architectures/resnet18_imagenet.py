"""ResNet-18 with the weights of others."""

from __future__ import annotations

from benchmark.bodies.from_timm import FROZEN, IMAGENET, FromTimm


class ResNet18ImageNetBody(FromTimm):
    """Not trained here; its weights have seen classes that other data sets test on."""

    summary = f"ResNet-18 of timm with its weights from {IMAGENET}, which have seen test classes; not trained further"
    settings = FROZEN
    model = "resnet18.a1_in1k"
    size = 512
    trained_here = "resnet18"
