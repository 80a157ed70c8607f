"""Which classes of a source are left out for a target, and that stand-ins have the groups they claim."""

import numpy as np
import pytest

from benchmark.data.dataset import Selection
from benchmark.data.selection import select
from benchmark.data.sources.typefaces import DIGITS, DOMAINS, DRAWINGS, Typefaces
from benchmark.data.transfer import Source, Target, same


@pytest.mark.parametrize(
    ("word", "expected"),
    [("Arctic fox", True), ("fox", True), ("Fox", True), ("foxglove", False), ("fox terrier", False), ("ox", False)],
)
def test_a_class_is_the_same_by_its_name_or_as_a_kind(word, expected):
    assert same(word, ["wolf", "fox"]) is expected


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("pickup", "pickup truck"),
        ("basset", "basset hound"),
        ("Leonberg", "leonberger"),
        ("German short-haired pointer", "german shorthaired"),
        ("bell pepper", "sweet pepper"),
    ],
)
def test_other_names_of_a_class(word, other):
    assert same(word, ["wolf", other])
    assert not same(word, ["wolf"])


def test_source_leaves_out_what_the_target_has(dots):
    from benchmark.data import catalogue

    located = catalogue.locate("dots", dots)
    units, names = located.units("default"), located.class_names()
    avoided = names[units["train"].classes[0]], names[units["test"].classes[1]]
    source = Source(located, "default", avoided)
    assert source.left_out == sorted(avoided)
    found = source.units()
    assert found["train"].classes.tolist() == units["train"].classes.tolist()[1:]
    held = [*units["validation"].classes.tolist(), *np.delete(units["test"].classes, 1).tolist()]
    assert found["validation"].classes.tolist() == held
    for part in found.values():
        assert part.counts.sum() == len(part.images)
        bank = located.bank()
        assert (bank.labels[part.images] == np.repeat(part.classes, part.counts)).all()


def test_target_leaves_out_what_was_learned_from(dots, monkeypatch):
    from benchmark.data import catalogue

    located = catalogue.locate("dots", dots)
    target = Target(located, "default", located, "default")
    whole, names = located.units("default"), located.class_names()
    assert target.left_out == []
    assert target.units().classes.tolist() == whole["test"].classes.tolist()
    # Either may be the kind of the other.
    first, second, *_ = whole["test"].classes
    learned = whole["train"].classes[0]
    called = {names[first]: "arctic fox", names[second]: "dog", names[learned]: "fox"}
    monkeypatch.setattr(type(located.dataset), "words", lambda self, name: called.get(name, name))
    assert Target(located, "default", located, "default").left_out == ["arctic fox"]
    called[names[learned]] = "wild dog"
    assert Target(located, "default", located, "default").units().classes.tolist() == [
        number for number in whole["test"].classes.tolist() if number != second
    ]


def test_small_units_are_left_out():
    counts = np.array([[30, 3], [30, 30]])
    found = select(Selection(groups=("x", "y"), fewest=20), counts, ("a", "b"), ("x", "y"))
    assert list(zip(found.classes.tolist(), found.groups.tolist(), strict=True)) == [(0, 0), (1, 0), (1, 1)]
    share = select(Selection(groups=("x", "y"), share=(0.0, 0.5), fewest=20), counts, ("a", "b"), ("x", "y"))
    assert len(share.classes) == 0


def test_typefaces_have_every_digit_in_every_family(tmp_path):
    listing = Typefaces().read(tmp_path)
    assert listing.class_names == tuple(sorted(DIGITS))
    places = listing.labels.astype(int) * len(DOMAINS) + listing.groups
    assert (np.bincount(places) == DRAWINGS).all()
    first, second = next(listing.images), next(listing.images)
    assert first.shape == (28, 28, 1)
    assert first.max() > 128
    assert (first != second).any()


def test_domains_of_typefaces_are_apart(tmp_path):
    counts = np.full((len(DIGITS), len(DOMAINS)), DRAWINGS)
    split = Typefaces().split("sans")
    parts = {
        part: select(split.selection(part), counts, tuple(sorted(DIGITS)), DOMAINS)
        for part in ("train", "validation", "test")
    }
    assert set(parts["test"].groups) == {DOMAINS.index("sans")}
    assert DOMAINS.index("sans") not in parts["train"].groups
    assert not set(parts["train"].images) & set(parts["validation"].images)
    assert parts["validation"].counts.min() == 20
