"""Random versions of training images."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

LEAST_AREA = 0.08  # share of a photograph that a crop shows


def random_crops(images: Tensor, generator: torch.Generator) -> Tensor:
    """Photographs (n, c, h, w), each cropped at random and brought back to its size, and mirrored half of the time.

    A crop has a share of the area between 0.08 and 1, and its sides a ratio from 3:4 to 4:3 as far as they fit into
    the image (Szegedy et al. 2015).
    """
    n = len(images)
    area = uniform(n, LEAST_AREA, 1, generator)
    ratio = torch.exp(uniform(n, math.log(3 / 4), math.log(4 / 3), generator))
    width = torch.minimum((area * ratio).sqrt().maximum(area), torch.ones(n))
    height = area / width
    # Of the centre; the image spans -1 to 1.
    x, y = (uniform(n, -1, 1, generator) * (1 - side) for side in (width, height))
    width = torch.where(torch.rand(n, generator=generator) < 0.5, -width, width)
    zero = torch.zeros(n)
    return sampled(images, [[width, zero, x], [zero, height, y]], "border")


def random_strokes(images: Tensor, generator: torch.Generator) -> Tensor:
    """Drawings (n, c, h, w), each under a small affine map that leaves its class as it is.

    Up to 10 degrees of rotation, 10 % of scale and of shear, and 7 % of the width of shift.
    """
    n = len(images)
    angle, scale = around(n, math.radians(10), generator), 1 + around(n, 0.1, generator)
    shear = around(n, 0.1, generator)
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    shift = 0.14  # grid_sample's coordinates run from -1 to 1
    right, down = around(n, shift, generator), around(n, shift, generator)
    return sampled(images, [[cos, shear * cos - sin, right], [sin, cos + shear * sin, down]], "zeros")


def uniform(n: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    """Numbers (n,) between `low` and `high`."""
    return low + (high - low) * torch.rand(n, generator=generator)


def around(n: int, extent: float, generator: torch.Generator) -> Tensor:
    """Numbers (n,) up to `extent` away from 0."""
    return (torch.rand(n, generator=generator) * 2 - 1) * extent


def sampled(images: Tensor, maps: list[list[Tensor]], padding: str) -> Tensor:
    """Images (n, c, h, w) under affine maps from places of the result to places of the original.

    `maps` holds two rows of three entries (n,); coordinates run from -1 to 1. `padding` is grid_sample's.
    """
    matrices = torch.stack([torch.stack(row, 1) for row in maps], 1).to(images.device)
    grid = F.affine_grid(matrices, list(images.shape), align_corners=False)
    return F.grid_sample(images, grid, padding_mode=padding, align_corners=False)
