"""What the project has of its own is what learn2learn has: the network, and the distribution of tasks."""

import random
from collections import Counter

import numpy as np
import pytest
import torch
from scipy import stats

from methods.episodes import sample_episodes
from methods.networks.conv4 import Conv4

pytestmark = pytest.mark.learn2learn

CLASSES, IMAGES = 6, 5
WAY, SHOT, QUERIES = 3, 1, 2
DRAWS = 4000
ALIKE = 1e-3  # of a test's p-value; the seeds are fixed


@pytest.fixture(scope="module")
def l2l():
    import learn2learn

    return learn2learn


@pytest.mark.parametrize(("channels", "size", "width"), [(1, 28, 64), (3, 84, 32)])
@pytest.mark.parametrize("training", [True, False])
def test_conv4_gives_what_theirs_gives(l2l, channels, size, width, training):
    torch.manual_seed(0)
    theirs = l2l.vision.models.CNN4Backbone(hidden_size=width, channels=channels, max_pool=True)
    ours = Conv4(channels, width)
    for block, their in zip(list(ours)[:4], theirs, strict=True):
        with torch.no_grad():
            block[0].weight.copy_(their.conv.weight)
            their.normalize.bias.normal_()
            their.normalize.running_mean.normal_()
            their.normalize.running_var.uniform_(0.5, 2)
            # Their convolution has a bias. Normalising a batch takes it away again; afterwards it is part of the mean.
            their.conv.bias.normal_()
        block[1].load_state_dict(their.normalize.state_dict())
        block[1].running_mean -= their.conv.bias.detach()
    ours.train(training), theirs.train(training)
    x = torch.rand(4, channels, size, size)
    a, b = ours(x), theirs(x)
    assert a.shape == b.shape == (4, width * (size // 16) ** 2)
    assert b.std() > 0.01
    torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-4)


@pytest.fixture(scope="module")
def drawn(l2l):
    """Our tasks and theirs, alike: rows of (class, image) of a class's support image and its queries, by slot."""
    ours = sample_episodes(
        np.random.default_rng(0), np.full(CLASSES, IMAGES), DRAWS, way=WAY, shot=SHOT, queries=QUERIES
    )
    images = np.concatenate([ours.support, ours.query], axis=-1)
    return {"ours": (ours.classes, images), "theirs": their_tasks(l2l)}


def their_tasks(l2l):
    numbers = torch.arange(CLASSES * IMAGES)
    data = l2l.data.MetaDataset(torch.utils.data.TensorDataset(numbers, numbers // IMAGES))
    transforms = l2l.data.transforms
    tasks = l2l.data.Taskset(
        data,
        task_transforms=[
            transforms.NWays(data, WAY),
            transforms.KShots(data, SHOT + QUERIES),
            transforms.LoadData(data),
            transforms.RemapLabels(data),
            transforms.ConsecutiveLabels(data),
        ],
    )
    random.seed(0)
    classes, images = [], []
    for _ in range(DRAWS):
        number, slot = tasks.sample()
        by_slot = number[torch.argsort(slot, stable=True)].reshape(WAY, SHOT + QUERIES)
        classes.append(by_slot[:, 0] // IMAGES)
        assert (by_slot // IMAGES == classes[-1][:, None]).all()
        images.append(by_slot % IMAGES)
    return torch.stack(classes).numpy(), torch.stack(images).numpy()


def homogeneous(drawn, describe):
    """Whether what `describe` makes of a task is distributed alike, and evenly, on both sides."""
    ours, theirs = (Counter(map(describe, *drawn[side])) for side in ("ours", "theirs"))
    kinds = sorted(ours.keys() | theirs.keys())
    table = np.array([[side[kind] for kind in kinds] for side in (ours, theirs)])
    alike = stats.chi2_contingency(table).pvalue
    even = [stats.chisquare(row).pvalue for row in table]
    return len(kinds), min(alike, *even)


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_classes_and_images_are_drawn_without_replacement(drawn, side):
    classes, images = drawn[side]
    assert classes.shape == (DRAWS, WAY) and images.shape == (DRAWS, WAY, SHOT + QUERIES)
    assert (np.diff(np.sort(classes), axis=-1) > 0).all()
    assert (np.diff(np.sort(images), axis=-1) > 0).all()  # support and queries of a class are disjoint


def test_every_ordered_choice_of_classes_is_as_likely_there_as_here(drawn):
    kinds, p = homogeneous(drawn, lambda classes, images: tuple(classes))
    assert kinds == 6 * 5 * 4
    assert p > ALIKE


@pytest.mark.parametrize("slot", range(WAY))
def test_every_choice_of_support_and_queries_is_as_likely_there_as_here(drawn, slot):
    kinds, p = homogeneous(drawn, lambda classes, images: tuple(images[slot]))
    assert kinds == 5 * 4 * 3
    assert p > ALIKE


def test_images_do_not_depend_on_the_class_there_nor_here(drawn):
    kinds, p = homogeneous(drawn, lambda classes, images: (classes[0], images[0, 0]))
    assert kinds == CLASSES * IMAGES
    assert p > ALIKE


def test_a_sampler_that_leans_is_found(drawn):
    """Else the tests above could not fail."""
    classes, images = (part.copy() for part in drawn["ours"])
    classes[:400] = np.sort(classes[:400])  # a tenth of the tasks has its classes in order
    leaning = {"ours": (classes, images), "theirs": drawn["theirs"]}
    assert homogeneous(leaning, lambda classes, images: tuple(classes))[1] < ALIKE
