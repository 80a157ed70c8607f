"""Random versions of training images."""

import torch

from methods.augmentation import random_crops, random_strokes


def ramps(count):
    """Images whose first channel grows from left to right and whose second does from top to bottom, -1 to 1."""
    line = (torch.arange(32) + 0.5) / 16 - 1
    one = torch.stack([line.expand(32, 32), line.expand(32, 32).T])
    return one.expand(count, 2, 32, 32).clone()


def edges(count=2000):
    """Left, right, top and bottom edges of crops of the ramps."""
    out = random_crops(ramps(count), torch.Generator().manual_seed(0))
    across, down = (out[:, 0, 16, 16] - out[:, 0, 16, 15]) / 2, (out[:, 1, 16, 16] - out[:, 1, 15, 16]) / 2
    x, y = out[:, 0, 16, 15:17].mean(1), out[:, 1, 15:17, 16].mean(1)
    return x - 32 * across, x + 32 * across, y - 32 * down, y + 32 * down


def test_crops_lie_within_the_image_and_have_the_published_area():
    left, right, top, bottom = edges()
    assert min(left.min(), right.min(), top.min()) > -1.001 and max(left.max(), right.max(), bottom.max()) < 1.001
    width, height = (right - left).abs() / 2, (bottom - top) / 2
    area, ratio = width * height, width / height
    assert 0.079 < area.min() < 0.1 and 0.95 < area.max() < 1.001
    assert 0.74 < ratio.min() < 0.77 and 1.3 < ratio.max() < 1.34
    assert (left + right).std() > 0.1 and (top + bottom).std() > 0.1


def test_half_of_the_crops_are_mirrored_from_left_to_right():
    left, right, top, bottom = edges()
    assert 0.45 < (right < left).float().mean() < 0.55
    assert (bottom > top).all()


def test_drawings_are_turned_scaled_and_shifted_a_little_and_never_mirrored():
    out = random_strokes(ramps(2000), torch.Generator().manual_seed(0))
    steps = 16 * torch.stack([out[..., 16, 16] - out[..., 16, 15], out[..., 16, 16] - out[..., 15, 16]], -1)
    determinant = steps[:, 0, 0] * steps[:, 1, 1] - steps[:, 0, 1] * steps[:, 1, 0]
    assert 0.8 < determinant.min() < 0.83 and 1.19 < determinant.max() < 1.22
    angle = torch.rad2deg(torch.atan2(steps[:, 1, 0], steps[:, 0, 0]))
    assert -10.1 < angle.min() < -9.5 and 9.5 < angle.max() < 10.1
    centre = out[..., 15:17, 15:17].mean((2, 3))
    assert centre.abs().amax(0).min() > 0.13 and centre.abs().max() < 0.145
