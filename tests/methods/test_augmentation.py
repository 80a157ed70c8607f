"""Random crops of training images."""

import torch

from methods.augmentation import random_crops


def ramps(count):
    """Images whose first channel grows from left to right and whose second does from top to bottom, -1 to 1."""
    line = (torch.arange(32) + 0.5) / 16 - 1
    one = torch.stack([line.expand(32, 32), line.expand(32, 32).T])
    return one.expand(count, 2, 32, 32).clone()


def crops(count=400, **settings):
    """Left, right, top and bottom edges of crops of the ramps."""
    out = random_crops(ramps(count), torch.Generator().manual_seed(0), **settings)
    step = (out[:, 0, 16, 16] - out[:, 0, 16, 15]) / 2, (out[:, 1, 16, 16] - out[:, 1, 15, 16]) / 2
    x, y = out[:, 0, 16, 15:17].mean(1), out[:, 1, 15:17, 16].mean(1)
    return x - 32 * step[0], x + 32 * step[0], y - 32 * step[1], y + 32 * step[1]


def test_crops_lie_within_the_image_and_have_the_asked_area():
    left, right, top, bottom = crops(least_area=0.3, mirror=False)
    assert min(left.min(), top.min()) > -1.001 and max(right.max(), bottom.max()) < 1.001
    width, height = (right - left) / 2, (bottom - top) / 2
    area, ratio = width * height, width / height
    assert 0.299 < area.min() < 0.33 and 0.95 < area.max() < 1.001
    assert 0.74 < ratio.min() < 0.8 and 1.25 < ratio.max() < 1.34
    assert (left + right).std() > 0.1 and (top + bottom).std() > 0.1


def test_half_of_the_images_are_mirrored_only_if_asked():
    left, right, top, bottom = crops(least_area=0.5, mirror=True)
    assert 0.4 < (right < left).float().mean() < 0.6
    assert (bottom > top).all()
    left, right, _, _ = crops(least_area=0.5, mirror=False)
    assert (right > left).all()


def test_the_whole_area_is_the_image_itself():
    torch.testing.assert_close(
        random_crops(ramps(3), torch.Generator(), least_area=1.0, mirror=False), ramps(3), atol=1e-5, rtol=0
    )
