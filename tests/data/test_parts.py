"""The classes of one part of a split, turned or not."""

import numpy as np
import pytest
import torch

from benchmark.data.bank import ImageBank
from benchmark.data.dataset import Selection
from benchmark.data.parts import Part
from benchmark.data.selection import select

COUNTS = np.array([3, 5, 2, 4])
LABELS = np.repeat(np.arange(4), COUNTS)
IMAGES = np.random.default_rng(0).integers(256, size=(14, 6, 6, 2), dtype=np.uint8)
BANK = ImageBank(IMAGES, LABELS, ("a", "b", "c", "d"), "fingerprint")
CHOSEN = np.array([2, 0, 3])
UNITS = select(Selection(("c", "a", "d")), COUNTS[:, None], BANK.class_names, ())


def as_images(pixels):
    return pixels.permute(0, 2, 3, 1).numpy()


def test_part_has_the_images_of_its_classes_in_their_order():
    part = Part.of(BANK, UNITS)
    assert part.counts.tolist() == [2, 3, 4]
    assert part.labels.tolist() == [0, 0, 1, 1, 1, 2, 2, 2, 2]
    expected = np.concatenate([IMAGES[np.equal(LABELS, number)] for number in CHOSEN])
    pixels = part.pixels(np.arange(9))
    assert pixels.dtype == torch.uint8
    assert pixels.shape == (9, 2, 6, 6)
    assert np.array_equal(as_images(pixels), expected)


def test_turned_part_has_four_classes_for_each():
    part = Part.of(BANK, UNITS, turned=True)
    assert part.counts.tolist() == [2, 3, 4] * 4
    assert np.array_equal(part.labels, np.repeat(np.arange(12), [2, 3, 4] * 4))
    assert len(part.images) == len(part.turns) == len(part.labels) == 36


def test_images_of_turned_classes_are_the_originals_turned():
    part, originals = Part.of(BANK, UNITS, turned=True), Part.of(BANK, UNITS)
    expected = as_images(originals.pixels(np.arange(9)))
    for turn in range(4):
        turned = as_images(part.pixels(np.arange(9) + 9 * turn))
        assert np.array_equal(turned, np.rot90(expected, turn, axes=(1, 2)))


def test_members_may_come_in_any_order_and_more_than_once():
    part = Part.of(BANK, UNITS, turned=True)
    every = part.pixels(np.arange(36))
    members = np.random.default_rng(1).integers(36, size=100)
    assert torch.equal(part.pixels(members), every[torch.from_numpy(members)])


@pytest.mark.parametrize("turned", [False, True])
def test_no_members_are_no_images(turned):
    assert Part.of(BANK, UNITS, turned=turned).pixels(np.array([], dtype=np.int64)).shape == (0, 2, 6, 6)


def test_bank_is_not_changed():
    before = IMAGES.copy()
    Part.of(BANK, UNITS, turned=True).pixels(np.arange(36)).zero_()
    assert np.array_equal(before, IMAGES)
