"""Random views of training images."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def random_views(images: Tensor, generator: torch.Generator, *, mirror: bool) -> Tensor:
    """Images (n, c, h, w), each under its own random affine map, and mirrored half of the time if `mirror`.

    Up to 10 degrees of rotation, 10 % of scale and of shear, and 7 % of the width of shift.
    """
    n = len(images)

    def uniform(extent: float) -> Tensor:
        return (torch.rand(n, generator=generator) * 2 - 1) * extent

    angle, scale, shear = uniform(math.radians(10)), 1 + uniform(0.1), uniform(0.1)
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    flip = 1 - 2 * (torch.rand(n, generator=generator) < 0.5) if mirror else 1
    shift = 0.14  # grid_sample's coordinates run from -1 to 1
    maps = torch.stack(
        [
            torch.stack([cos * flip, -sin + shear * cos, uniform(shift)], 1),
            torch.stack([sin * flip, cos + shear * sin, uniform(shift)], 1),
        ],
        1,
    ).to(images.device)
    grid = F.affine_grid(maps, list(images.shape), align_corners=False)
    padding = "reflection" if mirror else "zeros"
    return F.grid_sample(images, grid, padding_mode=padding, align_corners=False)
