"""Real copies of the photographs, where there are any: listed as a whole, decoded in part."""

import os
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from benchmark.data import catalogue

REAL = Path(os.environ.get("LTDI_BENCH_TEST_DATA") or "nowhere")
EVERY = {
    "cifar-fs": (100, ("train", "test"), 32),
    "mini-imagenet": (100, (), 84),
    "pacs": (7, ("art_painting", "cartoon", "photo", "sketch"), 84),
}


@pytest.mark.parametrize("name", EVERY)
def test_photographs(name):
    dataset = catalogue.get(name)
    if not dataset.complete(REAL):
        pytest.skip(f"LTDI_BENCH_TEST_DATA names no folder that holds {name}")
    classes, groups, size = EVERY[name]
    listing = dataset.read(REAL)
    assert len(set(listing.class_names)) == classes
    assert listing.group_names == groups
    assert (np.bincount(listing.labels, minlength=classes) >= 20).all()
    assert dataset.full_size // 3 < len(listing.labels) <= dataset.full_size
    split = dataset.split(dataset.splits[0])
    named = [name for part in ("train", "validation", "test") for name in split.selection(part).classes or ()]
    assert set(named) <= set(listing.class_names)
    sample = np.stack(list(islice(listing.images, 150))).astype(float)
    assert sample.shape == (150, size, size, 3)
    assert sample.std((1, 2)).mean() > 20
    assert ((sample.mean((0, 1, 2)) > 60) & (sample.mean((0, 1, 2)) < 220)).all()
    assert np.abs(sample[..., 0] - sample[..., 2]).mean() > 3
