"""Task sources over features in memory."""

import numpy as np
import pytest
import torch

from methods import FeatureSource, UserError

LABELS = np.array([7, 3, 7, 3, 9, 3, 9, 7, 9, 20, 20, 20])


def numbered(**options):
    """Features (number of the example, its label), of four classes with three examples each."""
    return FeatureSource(np.stack([np.arange(12), LABELS], 1), LABELS, **options)


def draw(source, way=3, shot=1, queries=2, tasks=50):
    return source.episodes(np.random.default_rng(0), tasks, way=way, shot=shot, queries=queries)


def test_tasks_hold_each_example_once_under_the_class_of_its_label():
    source = numbered()
    episodes = draw(source)
    classes = torch.tensor([3, 7, 9, 20])  # in ascending order of the labels
    for examples in (episodes.task.support, episodes.query):
        assert torch.equal(examples.x[..., 1].long(), classes[episodes.classes.gather(1, examples.y)])
    both = torch.cat([episodes.task.support.x, episodes.query.x], 1)[..., 0]
    assert all(len(row.unique()) == 9 for row in both)
    assert source.class_count == 4 and source.input_shape == (2,)
    assert sorted(source.examples(torch.tensor([[0]])).x[0, :, 0].tolist()) == [1, 3, 5]


def test_class_vectors_follow_their_classes():
    vectors = torch.tensor([3.0, 7.0, 9.0, 20.0])[:, None]
    train, held_out = numbered(class_vectors=vectors).split(0.5)
    for source in (train, held_out):
        episodes = draw(source, way=2)
        assert torch.equal(episodes.task.semantics[..., 0].gather(1, episodes.query.y), episodes.query.x[..., 1])


def test_a_split_shares_no_class_and_loses_none():
    train, held_out = numbered().split(0.3, seed=1)
    labels = [set(draw(source, way=2).query.x[..., 1].flatten().tolist()) for source in (train, held_out)]
    assert labels[0] | labels[1] == {3, 7, 9, 20} and not labels[0] & labels[1]
    assert draw(held_out, way=3).task.way == 2, "tasks narrow"
    with pytest.raises(UserError, match="3-way tasks need 3 classes"):
        draw(train, way=3)
    others = {tuple(numbered().split(0.3, seed=seed)[1].examples(torch.tensor([[0]])).x[0, :, 0]) for seed in range(9)}
    assert len(others) > 1, "the seed chooses"


def test_the_key_tells_contents_apart():
    features = np.stack([np.arange(12), LABELS], 1)
    assert numbered().key == numbered().key
    others = [FeatureSource(features + 1, LABELS), FeatureSource(features, LABELS[::-1].copy())]
    others += [numbered(class_vectors=np.eye(4)), *numbered().split()]
    assert len({numbered().key, *(source.key for source in others)}) == 6


@pytest.mark.parametrize(
    ("features", "labels", "message"),
    [
        (np.ones(3), [0, 1, 1], r"features \(3,\) and labels \(3,\) do not fit together"),
        (np.ones((3, 2)), [0, 1], r"features \(3, 2\) and labels \(2,\) do not fit together"),
        (np.ones((2, 2)), [0.0, 1.0], "labels must hold integers, not float"),
        ([[1.0, np.nan]], [0], "features holds NaN or infinite numbers"),
        ("many", [0], "features must be an array or a tensor of numbers, not str"),
        (np.ones((1, 1)), ["cat"], "labels must be an array or a tensor of integers, not list"),
    ],
)
def test_what_does_not_fit_is_named_in_one_line(features, labels, message):
    with pytest.raises(UserError, match=message) as error:
        FeatureSource(features, labels)
    assert "\n" not in str(error.value)


def test_impossible_splits_and_vectors_are_refused():
    with pytest.raises(UserError, match="Of 4 classes, 3 cannot train and 2 be held out"):
        numbered().split(least=3)
    with pytest.raises(UserError, match="share must be between 0 and 1"):
        numbered().split(1.5)
    with pytest.raises(UserError, match="one row for each of the 4 classes"):
        numbered(class_vectors=np.eye(3))
