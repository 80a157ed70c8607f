"""Random views of training images, of a whole batch at once."""

from __future__ import annotations

import torch
from torch import Tensor

from methods.augmentation import around, random_strokes, sampled

SHIFT = 0.1  # of the side


def random_views(images: Tensor, generator: torch.Generator, augmentation: str) -> Tensor:
    """Images (n, c, h, w) float from 0 to 1, each one changed at random in the way that suits what it shows."""
    return {"characters": random_strokes, "photographs": _photographs}[augmentation](images, generator)


def _photographs(images: Tensor, generator: torch.Generator) -> Tensor:
    """Shifted by up to 10 % of the side in each direction, mirrored half of the time."""
    n = len(images)
    flip = 1.0 - 2.0 * (torch.rand(n, generator=generator) < 0.5)
    across, down = (around(n, 2 * SHIFT, generator) for _ in range(2))  # the image spans -1 to 1
    none, same = torch.zeros(n), torch.ones(n)
    return sampled(images, [[flip, none, across], [none, same, down]], "zeros")
