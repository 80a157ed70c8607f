"""Tasks that are harder than plain ones."""

import numpy as np
import pytest
import torch
from scipy import stats

from benchmark.running.evaluation import auroc
from benchmark.tasks.kinds.imbalanced import imbalanced
from benchmark.tasks.kinds.kind import UNKNOWN
from benchmark.tasks.kinds.open_set import unknown_classes, with_unknown
from benchmark.tasks.kinds.overlapping import overlapping_classes
from benchmark.tasks.sources import PartSource
from methods.episodes import sample_episodes
from methods.sources import feature_lookup
from methods.support import class_means

CPU = torch.device("cpu")


def line(classes=12, images=10, groups=None):
    """Features (class, 1, image within the class): class c's neighbours are c - 1 and c + 1, at an angle."""
    angle = torch.arange(classes).repeat_interleave(images) / classes * 2 * torch.pi
    image = torch.arange(images).repeat(classes).float()
    features = torch.stack([angle.cos() * 10, angle.sin() * 10, 0 * image], 1)
    counts = np.full(classes, images)
    return PartSource("key", counts, feature_lookup(features[None]), views=1, device=CPU, groups=groups)


def draw(rng, **options):
    return sample_episodes(rng, np.full(30, 20), 4000, way=5, shot=4, queries=3, **options)


def test_imbalanced_tasks_are_the_plain_ones_with_fewer_support_images():
    drawn = draw(np.random.default_rng(0))
    fewer = imbalanced(np.random.default_rng(1), drawn)
    assert np.array_equal(fewer.classes, drawn.classes) and np.array_equal(fewer.query, drawn.query)
    assert np.array_equal(fewer.support[fewer.kept], drawn.support[fewer.kept])
    shots = fewer.kept.sum(-1)
    assert set(shots.ravel()) == {1, 2, 3, 4}
    for slot in range(5):
        assert stats.chisquare(np.bincount(shots[:, slot], minlength=5)[1:]).pvalue > 1e-3
    padding = np.broadcast_to(drawn.support[..., :1], fewer.support.shape)
    assert np.array_equal(fewer.support[~fewer.kept], padding[~fewer.kept]), "what is left out cannot be seen"


def test_methods_are_told_what_is_padding():
    source = line()
    options = {"way": 3, "shot": 4, "queries": 2}
    change = lambda drawn: imbalanced(np.random.default_rng(2), drawn)  # noqa: E731
    plain = source.episodes(np.random.default_rng(0), 50, **options)
    (fewer,) = source.batches(np.random.default_rng(0), 50, 50, **options, change=change)
    assert plain.task.support.mask is None
    assert torch.equal(fewer.query.x, plain.query.x) and torch.equal(fewer.task.seeds, plain.task.seeds)
    assert 0.5 < fewer.task.support.mask.float().mean() < 0.75
    means = class_means(fewer.task, fewer.task.support.x)
    for slot in range(3):
        own = (fewer.task.support.y[7] == slot) & fewer.task.support.mask[7]
        torch.testing.assert_close(means[7, slot], fewer.task.support.x[7, own].mean(0))


def test_overlapping_classes_are_neighbours():
    classes = overlapping_classes(np.random.default_rng(0), line(), 500, 3).numpy()
    for row in classes:
        assert any(set(row) == {(c - 1) % 12, c, (c + 1) % 12} for c in range(12))
    for slot in range(3):
        assert stats.chisquare(np.bincount(classes[:, slot], minlength=12)).pvalue > 1e-3


def test_overlapping_classes_are_of_one_group():
    groups = np.repeat([0, 1, 2], [6, 4, 2])
    classes = overlapping_classes(np.random.default_rng(0), line(groups=groups), 300, 3).numpy()
    assert {tuple(set(groups[row])) for row in classes} == {(0,), (1,)}, "the third has two classes only"


def test_unknown_classes_are_any_but_the_tasks_own():
    known = sample_episodes(np.random.default_rng(0), np.full(9, 5), 3000, way=3, shot=1, queries=1).classes
    others = unknown_classes(np.random.default_rng(1), known, 9)
    both = np.sort(np.concatenate([known, others], axis=1))
    assert (np.diff(both) > 0).all() and both.max() == 8
    assert stats.chisquare(np.bincount(others.ravel(), minlength=9)).pvalue > 1e-3
    groups = np.repeat([0, 1], [4, 5])
    some = np.array([[0, 2], [8, 4]])
    for _ in range(20):
        found = unknown_classes(np.random.default_rng(_), some, 9, groups)
        assert set(found[0]) == {1, 3} and set(found[1]) < {5, 6, 7}


def test_unknown_queries_come_after_the_plain_ones():
    source = line()
    plain = source.episodes(np.random.default_rng(0), 20, way=3, shot=1, queries=4)
    classes = torch.from_numpy(unknown_classes(np.random.default_rng(1), plain.classes.numpy(), 12))
    options = {"way": 3, "shot": 0, "queries": 4, "classes": classes}
    opened = with_unknown(plain, source.episodes(np.random.default_rng(2), 20, **options))
    assert torch.equal(opened.query.x[:, :12], plain.query.x) and torch.equal(opened.query.y[:, :12], plain.query.y)
    assert opened.query.y.shape == (20, 24) and (opened.query.y[:, 12:] == UNKNOWN).all()
    supports, others = plain.task.support.x, opened.query.x[:, 12:]
    assert torch.cdist(supports, others).min() > 1, "no class of the task"


def test_auroc_is_the_mann_whitney_statistic():
    generator = torch.Generator().manual_seed(0)
    scores = torch.randint(8, (3, 30), generator=generator).float()  # with ties
    known = torch.zeros(3, 30, dtype=torch.bool)
    for task in range(3):
        known[task, torch.randperm(30, generator=generator)[:10]] = True
    for task, found in enumerate(auroc(scores, known)):
        own, others = scores[task, known[task]], scores[task, ~known[task]]
        assert found.item() == pytest.approx(stats.mannwhitneyu(own, others).statistic / 200)
    assert auroc(known.float(), known).tolist() == [1, 1, 1]
