"""Random versions of training images."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def random_crops(images: Tensor, generator: torch.Generator, *, least_area: float, mirror: bool) -> Tensor:
    """Images (n, c, h, w), each cropped at random and brought back to its size; with `mirror`, half of them mirrored.

    A crop has a share of the area between `least_area` and 1, and its sides a ratio from 3:4 to 4:3 (Szegedy et al.
    2015) as far as they fit into the image.
    """
    n = len(images)

    def uniform(low: float, high: float) -> Tensor:
        return low + (high - low) * torch.rand(n, generator=generator)

    area, ratio = uniform(least_area, 1), torch.exp(uniform(math.log(3 / 4), math.log(4 / 3)))
    width = torch.minimum((area * ratio).sqrt().maximum(area), torch.ones(n))
    height = area / width
    x, y = uniform(-1, 1) * (1 - width), uniform(-1, 1) * (1 - height)  # of the centre; the image spans -1 to 1
    if mirror:
        width = torch.where(torch.rand(n, generator=generator) < 0.5, -width, width)
    zero = torch.zeros(n)
    maps = torch.stack([torch.stack([width, zero, x], 1), torch.stack([zero, height, y], 1)], 1)
    grid = F.affine_grid(maps.to(images.device), list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode="border", align_corners=False)
