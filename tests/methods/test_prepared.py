"""Prepared heads: what they are trained on, and how they are had again."""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from methods import prepared
from methods.algorithms.lv_di import LvDi
from methods.heads import unit_scale
from methods.prepared import PreparedHeads, trained_heads
from methods.stores import MemoryStore
from methods.trajectories import Preparation
from tests.methods.generators import SMALL, built
from tests.methods.sources import clusters, context, fitted


@pytest.fixture
def small_blocks(monkeypatch):
    monkeypatch.setattr(prepared, "BLOCK", 8)
    monkeypatch.setattr("methods.weight_generator.BLOCK", 8)


def heads(settings=None, *, count=24, beside=False, artefacts=None, **sources):
    learned_from = replace(context(**sources), artefacts=artefacts or MemoryStore())
    made = PreparedHeads(learned_from, count, settings or Preparation(steps=12), beside=beside)
    made.take(count)
    return made


def test_heads_prepared_beside_are_those_prepared_before(small_blocks):
    before, beside = heads(), heads(beside=True)
    assert torch.equal(before.points, beside.points)
    assert torch.equal(before.classes, beside.classes)
    assert before.points.shape == (24, 3, before.points.shape[2])


def test_more_heads_are_the_same_and_others(small_blocks):
    """Blocks are artefacts of their own: asking for more prepares only what is missing."""
    few, many = heads(count=8), heads(count=24)
    assert torch.equal(many.points[:8], few.points)
    assert len(many.points.flatten(1).unique(dim=0)) == 24


def test_beside_meta_training_starts_with_the_first_heads(small_blocks, monkeypatch):
    """Which heads a step draws from depends on the step alone."""
    seen = []
    whole = LvDi._batch
    monkeypatch.setattr(
        LvDi,
        "_batch",
        lambda self, c, p, chosen, *rest: seen.append(len(p.points)) or whole(self, c, p, chosen, *rest),
    )
    fitted(LvDi, context(), **SMALL, preparation="beside")
    assert seen == [8 * math.ceil(math.ceil(2 * step / 30 * 24) / 8) for step in range(1, 16)] + [24] * 15


def test_beside_gives_the_same_method_twice(small_blocks):
    one, two = (fitted(LvDi, context(), **SMALL, preparation="beside")[0] for _ in range(2))
    for a, b in zip(one.state_dict().values(), two.state_dict().values(), strict=True):
        assert torch.equal(a, b)


def test_a_stopped_preparation_leaves_no_thread(small_blocks):
    threads = torch.get_num_threads()
    fit = built(LvDi, preparation="beside").fit(context())
    next(fit), next(fit)
    fit.close()
    assert torch.get_num_threads() == threads


def test_points_lead_from_the_end_of_training_back_to_its_beginning():
    """Each is where a training of so many steps ends."""
    of, made = context(), heads(count=8)
    for point, steps in enumerate((12, 8, 4)):
        shorter = Preparation(steps=steps, trajectory_length=2)
        end = trained_heads(of, of.train, made.classes, shorter)[:, 0]
        torch.testing.assert_close(made.points[:, point], end)


def test_vanilla_reads_the_end_of_the_same_trajectories(monkeypatch):
    artefacts = MemoryStore()
    long = heads(Preparation(steps=12), artefacts=artefacts)
    monkeypatch.setattr(prepared, "_prepare", lambda *arguments: pytest.fail("prepared twice"))
    short = heads(Preparation(steps=12, trajectory_length=2), artefacts=artefacts)
    assert torch.equal(short.points, long.points[:, :1])


@pytest.mark.parametrize("changes", [{"sam_rho": 0.0}, {"augmentation": False}, {"learning_rate": 0.02}])
def test_preparation_settings_change_the_heads(changes):
    settings = Preparation(steps=12)
    one = heads(settings, views=3)
    other = heads(replace(settings, **changes), views=3)
    assert torch.equal(one.classes, other.classes)
    assert not torch.allclose(one.points, other.points, atol=1e-4)


def test_sam_ends_in_flatter_minima():
    """The mean loss rise under random perturbations of the final weights is smaller with it."""
    rises = {}
    for rho in (0.0, 0.5):
        of = context(spread=0.6)
        made = PreparedHeads(of, 64, Preparation(steps=100, sam_rho=rho), beside=False)
        made.take(64)
        head, final = of.problem.head, made.points[:, 0]
        data = of.train.examples(made.classes)

        def loss(weights, head=head, data=data):
            return torch.nn.functional.cross_entropy(head.apply(weights, data.x).flatten(0, 1), data.y.flatten())

        noise = torch.randn(20, *final.shape, generator=torch.Generator().manual_seed(0)) * 0.1
        rises[rho] = torch.stack([loss(final + one) for one in noise]).mean() - loss(final)
    assert rises[0.5] < 0.9 * rises[0.0]


def test_augmentation_trains_on_all_views():
    """An epoch has every image of every view; without augmentation, of the plain view alone."""
    source = context(views=4).train
    settings = Preparation()
    for augmentation, views in ((True, 4), (False, 1)):
        rng = np.random.default_rng(0)
        batches = prepared._batches(source, torch.tensor([[0, 1]]), replace(settings, augmentation=augmentation), rng)
        inputs = torch.cat([batch.x[0, :, :-1] for batch in batches])
        assert len(inputs.unique(dim=0)) == views * 2 * 12


UNEQUAL = {"classes": 6, "images": 23, "sizes": (3, 8, 5, 12, 9, 23), "views": 3}


def test_a_head_is_trained_as_if_alone():
    """Whatever the sizes of the classes beside its own."""
    of, classes = context(**UNEQUAL), torch.tensor([[0, 1, 2, 3], [5, 4, 3, 2], [2, 0, 4, 1]])
    together = trained_heads(of, of.train, classes, Preparation(steps=40))
    for own, trained in zip(classes, together, strict=True):
        torch.testing.assert_close(trained_heads(of, of.train, own[None], Preparation(steps=40))[0], trained)


def test_batches_have_as_many_images_of_each_class():
    """Of classes of unequal size too, and over an epoch all images of each."""
    source, inputs = clusters("train", **UNEQUAL)
    settings = Preparation(augmentation=False)
    classes = torch.tensor([[0, 3], [5, 2]])
    batches = prepared._batches(source, classes, settings, np.random.default_rng(0))
    for batch in batches:
        assert (batch.targets.sum(-1) == batch.targets.sum(-1)[0, 0]).all()
        torch.testing.assert_close(batch.weights.sum(-1), torch.ones(2, 1))
    x, targets = torch.cat([b.x for b in batches], 1), torch.cat([b.targets for b in batches], 2)
    for head, row in enumerate(classes.tolist()):
        for slot, number in enumerate(row):
            seen = x[head, targets[head, slot] == 1]
            own = unit_scale(inputs[number, : UNEQUAL["sizes"][number]])
            distance = torch.cdist(own, seen)
            assert (distance.amin(0) < 1e-4).all(), "only its own"
            assert (distance.amin(1) < 1e-4).all(), "all of them"


def test_smaller_classes_begin_anew_where_they_end():
    """Only when all of a class's images were seen."""
    sizes = np.array([[3, 20, 7]])
    (orders,) = prepared._own_order(sizes, np.random.default_rng(0).permutation(20))
    for size, order in zip(sizes[0], orders, strict=True):
        assert sorted(order[:size]) == list(range(size))
        assert np.array_equal(order[size:], order[:-size])


def test_batches_that_no_step_takes_are_not_made():
    source, _ = clusters("train", views=3)
    some, whole = (
        prepared._batches(source, torch.tensor([[0, 1]]), Preparation(steps=steps), np.random.default_rng(0))
        for steps in (4, 120)
    )
    assert (len(some), len(whole)) == (4, 6)
    for one, other in zip(some, whole, strict=False):
        assert torch.equal(one.x, other.x)
