"""An image is encoded once, and tasks are those that encoding every image of every task would give."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from benchmark.tasks.encoding import EncodedOnce, encoded_examples, encoded_task, encodes
from benchmark.tasks.sources import PairedSource, PartSource
from methods.controls.classifier_baseline import ClassifierBaseline, ClassifierSettings
from methods.controls.prototypes import Prototypes
from methods.interface import Problem

SHAPE = (1, 16, 16)
COUNTS = np.array([6, 7, 8, 6, 7, 8])


@pytest.fixture
def method():
    torch.manual_seed(0)
    made = ClassifierBaseline(ClassifierSettings(width=4))
    made.build(Problem(3, 2, SHAPE))
    return made.eval().requires_grad_(False)


def source(seed=0):
    images = torch.rand(int(COUNTS.sum()), *SHAPE, generator=torch.Generator().manual_seed(seed))
    device = torch.device("cpu")
    return PartSource("images", COUNTS, lambda members, _: images[torch.from_numpy(members)], views=1, device=device)


@pytest.mark.parametrize("paired", [False, True])
def test_tasks_are_the_same_and_no_image_is_encoded_twice(method, paired):
    plain = PairedSource(source(), source(1)) if paired else source()
    asked = []

    def encode(x):
        asked.extend(map(tuple, x.flatten(1).tolist()))
        return method.encode(x)

    through = plain.seen_through(lambda lookup, images: EncodedOnce(lookup, images, encode))
    size = {"way": 3, "shot": 2, "queries": 3}
    batches = list(through.batches(np.random.default_rng(5), 20, 7, **size))
    expected = list(plain.batches(np.random.default_rng(5), 20, 7, **size))
    for ours, pixels in zip(batches, expected, strict=True):
        assert torch.equal(ours.task.support.y, pixels.task.support.y) and torch.equal(ours.query.y, pixels.query.y)
        reference = encoded_task(method, pixels.task).support.x, encoded_examples(method, pixels.query).x
        for got, wanted in zip((ours.task.support.x, ours.query.x), reference, strict=True):
            torch.testing.assert_close(got, wanted, atol=1e-2, rtol=1e-2)
    seen = {
        tuple(x.flatten().tolist())
        for e in expected
        for x in [*e.task.support.x.flatten(0, 1), *e.query.x.flatten(0, 1)]
    }
    assert set(asked) == seen

    assert len(asked) == len(seen)


def test_many_images_are_encoded_in_batches(method, monkeypatch):
    monkeypatch.setattr("benchmark.tasks.encoding.PIXELS", 5 * 16 * 16)
    sizes = []

    def encode(x):
        sizes.append(len(x))
        return x.flatten(1)

    plain = source()
    members = np.arange(42).reshape(6, 7)
    through = EncodedOnce(plain._lookup, 42, encode)
    assert torch.equal(through(members, members), plain._lookup(members, members).flatten(2))
    assert sum(sizes) == 42 and max(sizes) <= 5


def test_methods_without_an_encoder_get_what_there_is(method):
    prototypes = Prototypes()
    assert encodes(method) and not encodes(prototypes)
    episodes = source().episodes(np.random.default_rng(0), 2, way=3, shot=1, queries=2)
    assert encoded_task(prototypes, episodes.task) is episodes.task
    assert encoded_examples(prototypes, episodes.query) is episodes.query
    without = replace(episodes.task, support=None)
    assert encoded_task(method, without) is without
