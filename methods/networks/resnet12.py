"""The 12-layer residual body of few-shot learning (Lee et al. 2019; here with the widths of Chen et al. 2021)."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

SLOPE = 0.1  # of the leaky ReLU


class ResNet12(nn.Sequential):
    """Four residual blocks, each followed by 2x2 max pooling, then the mean over places.

    (n, channels, h, w) -> (n, 8 * width); the blocks have `width` times 1, 2, 4 and 8 channels.
    """

    def __init__(self, channels: int, width: int = 64) -> None:
        widths = [width * factor for factor in (1, 2, 4, 8)]
        blocks = (Block(i, o) for i, o in zip([channels, *widths], widths, strict=False))
        super().__init__(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten())


class Block(nn.Module):
    """Three 3x3 convolutions with batch norm, added to a 1x1 convolution of the input."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.first, self.second = _normed(inputs, outputs, 3), _normed(outputs, outputs, 3)
        self.third, self.shortcut = _normed(outputs, outputs, 3), _normed(inputs, outputs, 1)

    def forward(self, x: Tensor) -> Tensor:
        y = F.leaky_relu(self.first(x), SLOPE)
        y = F.leaky_relu(self.second(y), SLOPE)
        y = self.third(y) + self.shortcut(x)
        # The leaky ReLU rises everywhere, so that it may come after pooling: the same on a quarter of the numbers.
        return F.leaky_relu(F.max_pool2d(y, 2), SLOPE)


def _normed(inputs: int, outputs: int, size: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, size, padding=size // 2, bias=False),
        nn.BatchNorm2d(outputs),
    )
