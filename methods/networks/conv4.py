"""The four-block convolutional body of few-shot learning (Vinyals et al. 2016)."""

from __future__ import annotations

from itertools import pairwise

from torch import nn

SMALLEST = 16  # pixels of a side, of which four poolings leave one


def check_size(image_shape: tuple[int, ...]) -> None:
    """ValueError for images (channels, height, width) of which `Conv4` would leave nothing."""
    _, height, width = image_shape
    if min(height, width) < SMALLEST:
        raise ValueError(f"images must have {SMALLEST} pixels a side for Conv4, not {height} x {width}")


class Conv4(nn.Sequential):
    """Four times 3x3 convolution, batch norm, ReLU, 2x2 max pooling; (n, c, h, w) -> (n, width * h//16 * w//16)."""

    def __init__(self, channels: int, width: int = 64) -> None:
        sizes = [channels, width, width, width, width]
        super().__init__(*(block(i, o) for i, o in pairwise(sizes)), nn.Flatten())


def block(inputs: int, outputs: int) -> nn.Sequential:
    """One block of `Conv4`. ReLU comes after pooling: the same function, on a quarter of the numbers."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.MaxPool2d(2),
        nn.ReLU(),
    )
