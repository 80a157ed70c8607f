"""Which images of a bank a part of a split consists of."""

import numpy as np
import pytest

from benchmark.data.dataset import ClassSplit, ImageSplit, Selection
from benchmark.data.selection import halves, kept, select

CLASSES, GROUPS = ("a", "b", "c"), ("x", "y")
COUNTS = np.array([[3, 5], [20, 10], [0, 4]])
STARTS = np.array([[0, 3], [8, 28], [38, 38]])


def units(**selection):
    return select(Selection(**selection), COUNTS, CLASSES, GROUPS)


def rows(found):
    """(class, group, images) of every unit."""
    ends = np.cumsum(found.counts)
    images = np.split(found.images, ends[:-1])
    return [(c, g, i.tolist()) for c, g, i in zip(found.classes.tolist(), found.groups.tolist(), images, strict=True)]


def test_classes_with_all_their_images_in_the_order_of_the_selection():
    assert rows(units(classes=("c", "a"))) == [(2, 0, [38, 39, 40, 41]), (0, 0, list(range(8)))]


def test_no_classes_named_are_all():
    assert units().classes.tolist() == [0, 1, 2]
    assert units().images.tolist() == list(range(42))


def test_named_groups_are_told_apart():
    found = units(groups=("y", "x"), classes=("a", "b"))
    assert rows(found) == [
        (0, 1, list(range(3, 8))),
        (1, 1, list(range(28, 38))),
        (0, 0, list(range(3))),
        (1, 0, list(range(8, 28))),
    ]
    assert found.widest == 2


def test_units_without_images_are_left_out():
    assert rows(units(groups=("x",))) == [(0, 0, [0, 1, 2]), (1, 0, list(range(8, 28)))]


def test_widest_is_the_group_with_most_classes():
    assert units(groups=("x", "y")).widest == 3
    assert units().widest == 3
    assert units(classes=()).widest == 0
    assert units(classes=()).images.shape == (0,)


@pytest.mark.parametrize("groups", [None, ("x", "y")])
def test_shares_have_no_image_in_common_and_leave_none_out(groups):
    parts = [units(groups=groups, share=share) for share in ((0.0, 0.3), (0.3, 0.9), (0.9, 1.0))]
    together = np.concatenate([part.images for part in parts])
    assert sorted(together.tolist()) == list(range(42))
    assert {(c, g): len(i) for c, g, i in rows(units(groups=("x",), share=(0.0, 0.3)))} == {(0, 0): 1, (1, 0): 6}


def test_share_is_drawn_at_random_and_always_the_same():
    found = units(classes=("b",), groups=("x",), share=(0.0, 0.5)).images
    assert len(found) == 10
    assert not np.array_equal(found, np.arange(8, 18))
    assert np.array_equal(found, units(classes=("b",), groups=("x",), share=(0.0, 0.5)).images)
    assert (np.diff(found) > 0).all()


def test_kept_classes_keep_all_their_units_and_images():
    found = kept(units(groups=("x", "y")), {1})
    assert rows(found) == [(1, 0, list(range(8, 28))), (1, 1, list(range(28, 38)))]


def test_halves_share_no_class_and_differ_by_pair_of_seeds():
    whole = select(Selection(), np.full((40, 2), 3), tuple(map(str, range(40))), ("x", "y"))
    drawn = {seed: halves(whole, seed) for seed in (0, 1, 2)}
    for first, second in drawn.values():
        assert len(first.counts) == len(second.counts) == 20
        assert sorted([*first.classes, *second.classes]) == list(range(40))
        assert sorted([*first.images, *second.images]) == list(range(240))
    assert set(drawn[0][0].classes) != set(drawn[2][0].classes)
    for mine, others in zip(drawn[0], drawn[1][::-1], strict=True):
        assert rows(mine) == rows(others), "the other way round"
    assert rows(halves(whole, 0)[0]) == rows(drawn[0][0])


def test_a_class_is_in_one_half_whatever_its_groups():
    first, second = halves(units(groups=("x", "y")), 0)
    assert len(set(first.classes)) == 1 and len(set(second.classes)) == 2
    assert not {*first.classes} & {*second.classes}


@pytest.mark.parametrize("wrong", [{"classes": ("d",)}, {"groups": ("z",)}])
def test_unknown_names_are_errors(wrong):
    with pytest.raises(KeyError):
        units(**wrong)


def test_class_split_gives_the_classes_of_a_part_with_all_images():
    assert ClassSplit(("a",), ("b",), ("c",)).selection("validation") == Selection(("b",))
    split = ImageSplit(*(Selection(groups=(group,)) for group in "xyz"))
    assert split.selection("test") == Selection(groups=("z",))
