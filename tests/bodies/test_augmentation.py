"""Random views of images."""

import pytest
import torch
from torch.nn import functional as F

from benchmark.bodies.augmentation import random_views


def views(images, kind="photographs", seed=0):
    return random_views(images, torch.Generator().manual_seed(seed), kind)


def gradient(n, channels=3, side=20):
    """Images that get brighter to the right and, in the last channel, downwards."""
    across = torch.linspace(0.3, 0.6, side).expand(n, channels, side, side).clone()
    across[:, -1] = torch.linspace(0.3, 0.6, side)[:, None]
    return across


@pytest.mark.parametrize("kind", ["photographs", "characters"])
@pytest.mark.parametrize("channels", [1, 3])
def test_views_are_images_that_differ_and_depend_on_the_generator_alone(kind, channels):
    images = gradient(6, channels)
    found = views(images, kind)
    assert found.shape == images.shape
    assert found.min() >= 0 and found.max() <= 1
    assert all(not torch.allclose(found[0], found[i], atol=1e-3) for i in range(1, 6))
    assert torch.equal(found, views(images, kind))
    assert not torch.equal(found, views(images, kind, seed=1))
    assert torch.equal(images, gradient(6, channels))


def test_half_of_the_photographs_are_mirrored_and_no_character_is():
    images = gradient(400)
    mirrored = lambda found: (found[:, 0, :, 5] > found[:, 0, :, 14]).float().mean()  # noqa: E731
    assert 0.4 < mirrored(views(images)) < 0.6
    assert mirrored(views(images, "characters")[:, :, 5:15]) == 0


def test_photographs_are_never_upside_down():
    found = views(gradient(200))
    assert (found[:, 2, 5, 8:12] < found[:, 2, 14, 8:12]).all()
    assert found.min() >= 0
    assert found.max() < 0.61


def test_photographs_keep_their_size_and_colours_and_move_by_up_to_a_tenth_of_the_side():
    found, pixel = views(gradient(500)), 0.3 / 19
    torch.testing.assert_close((found[:, 0, 10, 14] - found[:, 0, 10, 5]).abs(), torch.full((500,), 9 * pixel))
    middle = 0.45
    across = (found[:, 0, 10, 9:11].mean(1) - middle) / pixel
    down = (found[:, 2, 9:11, 10].mean(1) - middle) / pixel
    for shift in (across, down):
        assert -2.01 < shift.min() < -1.9
        assert 1.9 < shift.max() < 2.01
    assert torch.stack([across, down]).corrcoef()[0, 1].abs() < 0.2


def test_grey_images_stay_grey():
    found = views(gradient(20)[:, :1].expand(-1, 3, -1, -1))
    torch.testing.assert_close(found[:, 0], found[:, 2])


def test_characters_are_drawn_on_black():
    found = views(torch.ones(100, 1, 16, 16), "characters")
    corners = F.pad(found, (-13, 0, -13, 0))
    assert (corners == 0).any()
    assert (found[:, :, 6:10, 6:10] > 0.99).all()
