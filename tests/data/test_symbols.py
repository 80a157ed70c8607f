"""The embedded data set of mathematical signs."""

from itertools import islice
from pathlib import Path

import numpy as np

from benchmark.data.sources.glyphs import DRAWINGS
from benchmark.data.sources.symbols import Symbols, classes

NOWHERE = Path("nowhere")


def test_signs_that_look_like_letters_or_like_other_signs_are_left_out():
    found = set(classes().values())
    assert {"∞", "∂", "≤", "√"} <= found
    assert not {"∑", "∆", "|", "∨"} & found, "a sigma, a delta, an l, a v"


def test_listing_has_twenty_drawings_of_each_sign():
    listing = Symbols().read(NOWHERE)
    assert len(listing.class_names) == len(classes()) > 50
    assert (np.bincount(listing.labels) == DRAWINGS).all()
    first, *others = islice(listing.images, DRAWINGS)
    assert first.shape == Symbols.image_shape and first.dtype == np.uint8 and first.max() > 200
    assert all((first != other).any() for other in others)


def test_splits_share_no_sign():
    split = Symbols().split("default")
    parts = [set(split.selection(part).classes) for part in ("train", "validation", "test")]
    assert set.union(*parts) == set(classes()) and sum(map(len, parts)) == len(classes())
