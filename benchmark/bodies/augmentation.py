"""Random views of training images, of a whole batch at once."""

from __future__ import annotations

import torch
from torch import Tensor

from methods.augmentation import around, random_strokes, sampled

LUMA = (0.299, 0.587, 0.114)  # how bright red, green and blue are (ITU-R BT.601)
JITTER = 0.4  # brightness, contrast and saturation change by up to this factor
SHIFT = 0.1  # of the side, at most, in each direction


def random_views(images: Tensor, generator: torch.Generator, augmentation: str) -> Tensor:
    """Images (n, c, h, w) float from 0 to 1, each one changed at random in the way that suits what it shows."""
    return {"characters": random_strokes, "photographs": _photographs}[augmentation](images, generator)


def _photographs(images: Tensor, generator: torch.Generator) -> Tensor:
    """Shifted by up to 10 % of the side, mirrored half of the time, in other brightness, contrast and colours."""
    n = len(images)
    flip = 1.0 - 2.0 * (torch.rand(n, generator=generator) < 0.5)
    across, down = (around(n, 2 * SHIFT, generator) for _ in range(2))  # the image spans -1 to 1
    none, same = torch.zeros(n), torch.ones(n)
    views = sampled(images, [[flip, none, across], [none, same, down]], "zeros")
    return _jittered(views, generator)


def _jittered(images: Tensor, generator: torch.Generator) -> Tensor:
    n, channels = images.shape[:2]
    brightness, contrast, saturation = (
        (1 + around(n, JITTER, generator)).to(images.device)[:, None, None, None] for _ in range(3)
    )
    images = images * brightness
    weights = torch.tensor(LUMA if channels == 3 else (1 / channels,) * channels, device=images.device)
    grey = (images * weights[:, None, None]).sum(1, keepdim=True)
    images = grey + saturation * (images - grey) if channels == 3 else images
    mean = grey.mean((2, 3), keepdim=True)
    return (mean + contrast * (images - mean)).clamp(0, 1)
