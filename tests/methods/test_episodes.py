"""The sampler that all tasks come from."""

import itertools

import numpy as np
import pytest
from scipy import stats

from methods.episodes import sample_episodes, sample_images, sample_without_replacement
from methods.errors import UserError

COUNTS = np.array([20, 7, 9, 20, 12, 6, 30, 8])


def draw(seed=0, tasks=500, counts=COUNTS, way=5, shot=2, queries=4):
    return sample_episodes(np.random.default_rng(seed), counts, tasks, way=way, shot=shot, queries=queries)


def all_distinct(rows):
    ordered = np.sort(rows, axis=-1)
    return (ordered[..., 1:] != ordered[..., :-1]).all()


def test_shapes():
    drawn = draw()
    assert drawn.classes.shape == (500, 5)
    assert drawn.support.shape == (500, 5, 2)
    assert drawn.query.shape == (500, 5, 4)


def test_classes_of_a_task_are_distinct_and_exist():
    drawn = draw()
    assert all_distinct(drawn.classes)
    assert set(drawn.classes.ravel()) == set(range(len(COUNTS)))


def test_images_of_a_class_are_distinct_over_support_and_queries():
    drawn = draw()
    assert all_distinct(np.concatenate([drawn.support, drawn.query], axis=-1))


def test_every_image_of_every_class_is_drawn_and_no_other():
    """The class of six images gives all of them to every task; the one of thirty must not be cut to six."""
    drawn = draw(tasks=3000)
    images = np.concatenate([drawn.support, drawn.query], axis=-1)
    for number, count in enumerate(COUNTS):
        assert set(images[drawn.classes == number].ravel()) == set(range(count))


@pytest.mark.parametrize(("size", "count"), [(4, 2), (3, 3), (5, 3), (7, 1)])
def test_every_ordered_choice_is_equally_likely(size, count):
    possible = list(itertools.permutations(range(size), count))
    rows = 400 * len(possible)
    drawn = sample_without_replacement(np.random.default_rng(1), np.full(rows, size), count)
    choices, observed = np.unique(drawn, axis=0, return_counts=True)
    assert sorted(map(tuple, choices.tolist())) == possible
    assert stats.chisquare(observed).pvalue > 1e-3


def test_rows_of_different_sizes_stay_below_their_own_and_are_uniform():
    sizes = np.tile([3, 5, 11], 20_000)
    drawn = sample_without_replacement(np.random.default_rng(2), sizes, 3)
    assert all_distinct(drawn)
    for size in (3, 5, 11):
        own = drawn[sizes == size]
        assert own.min() == 0
        assert own.max() == size - 1
        for place in range(3):
            assert stats.chisquare(np.bincount(own[:, place], minlength=size)).pvalue > 1e-3


def test_every_class_is_equally_likely_in_every_slot():
    drawn = draw(tasks=20_000)
    for slot in range(5):
        assert stats.chisquare(np.bincount(drawn.classes[:, slot], minlength=8)).pvalue > 1e-3


def test_whether_an_image_supports_or_asks_is_chance():
    drawn = draw(tasks=20_000, counts=np.full(5, 6))
    supports = np.bincount(drawn.support.ravel(), minlength=6)
    assert stats.chisquare(supports).pvalue > 1e-3


def test_tasks_of_a_list_differ():
    drawn = draw()
    assert len(np.unique(drawn.classes, axis=0)) > 400


def test_same_seed_gives_the_same_list_and_another_seed_another():
    first, again, other = draw(seed=3), draw(seed=3), draw(seed=4)
    for part in ("classes", "support", "query"):
        assert np.array_equal(getattr(first, part), getattr(again, part))
        assert not np.array_equal(getattr(first, part), getattr(other, part))


def test_lists_are_the_same_in_every_version():
    """Other draws would make every record incomparable with older ones."""
    drawn = draw(tasks=1, way=3, shot=1, queries=2)
    assert drawn.classes.tolist() == [[0, 1, 3]]
    assert drawn.support.tolist() == [[[16], [5], [15]]]
    assert drawn.query.tolist() == [[[10, 0], [6, 3], [13, 0]]]


def test_all_classes_and_all_images_can_be_asked_for():
    drawn = draw(way=8, shot=1, queries=5)
    assert all_distinct(drawn.classes)
    with pytest.raises(UserError):
        draw(way=8, shot=1, queries=6)


def test_more_classes_than_there_are_is_an_error():
    with pytest.raises(UserError, match=r"9-way tasks need 9 classes, but there are 8; choose a smaller way"):
        draw(way=9)


def test_more_images_than_a_class_has_is_an_error():
    with pytest.raises(UserError, match=r"3 support and 4 query .* only 6; choose a smaller shot"):
        draw(tasks=500, shot=3, queries=4)


def test_images_of_given_classes():
    classes = np.array([[6, 1, 0], [1, 5, 3]])
    drawn = sample_images(np.random.default_rng(0), COUNTS, classes, shot=2, queries=4)
    assert np.array_equal(drawn.classes, classes)
    images = np.concatenate([drawn.support, drawn.query], axis=-1)
    assert (images < COUNTS[classes][..., None]).all()
    assert all_distinct(images)


def test_no_queries():
    drawn = draw(queries=0)
    assert drawn.support.shape == (500, 5, 2)
    assert drawn.query.shape == (500, 5, 0)


def test_no_tasks():
    drawn = draw(tasks=0)
    assert drawn.classes.shape == (0, 5)
    assert drawn.support.shape == (0, 5, 2)
    assert drawn.query.shape == (0, 5, 4)


GROUPS = np.array([0, 0, 0, 1, 1, 2, 2, 2])


def test_tasks_of_grouped_classes_are_of_one_group_each():
    drawn = sample_episodes(np.random.default_rng(0), COUNTS, 3000, way=3, shot=2, queries=4, groups=GROUPS)
    of = GROUPS[drawn.classes]
    assert (of == of[:, :1]).all()
    assert all_distinct(drawn.classes)
    chosen, observed = np.unique(of[:, 0], return_counts=True)
    assert chosen.tolist() == [0, 2]  # group 1 has too few classes
    assert stats.chisquare(observed).pvalue > 1e-3
    orders = np.unique(drawn.classes, axis=0)
    assert len(orders) == 12
    assert (np.maximum(drawn.support.max(-1), drawn.query.max(-1)) < COUNTS[drawn.classes]).all()


def test_groups_need_not_lie_together():
    groups = np.array([0, 1] * 4)
    drawn = sample_episodes(np.random.default_rng(0), COUNTS, 500, way=4, shot=2, queries=4, groups=groups)
    assert {tuple(sorted(row)) for row in drawn.classes.tolist()} == {(0, 2, 4, 6), (1, 3, 5, 7)}


def test_one_group_is_as_none():
    drawn = sample_episodes(np.random.default_rng(0), COUNTS, 500, way=5, shot=2, queries=4, groups=np.full(8, 3))
    assert np.array_equal(drawn.query, draw().query)


def test_too_few_classes_in_every_group_is_an_error():
    with pytest.raises(UserError, match="4-way tasks need 4 classes, but there are 3; choose a smaller way"):
        sample_episodes(np.random.default_rng(0), COUNTS, 5, way=4, shot=1, queries=1, groups=GROUPS)
