"""The embedded data set of characters drawn from fonts."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from benchmark.data.sources import glyphs
from benchmark.data.sources.glyphs import DRAWINGS, Glyphs, classes, drawings, faces

NOWHERE = Path("nowhere")
SOME = 60


@pytest.fixture(scope="module")
def some_drawings() -> np.ndarray:
    """(60, 20, 28, 28) drawings of classes chosen at random."""
    names = np.random.default_rng(0).permutation(list(classes()))[:SOME]
    return np.stack([np.stack(list(drawings(name))) for name in names])[..., 0]


def test_is_always_there():
    assert Glyphs.embedded
    assert Glyphs().present(NOWHERE)
    assert Glyphs().signature(NOWHERE) == Glyphs().signature(Path("elsewhere"))


def test_signature_depends_on_the_drawing_code(monkeypatch):
    before = Glyphs().signature(NOWHERE)
    monkeypatch.setattr(glyphs, "DRAWING_CODE", glyphs.DRAWING_CODE + 1)
    assert Glyphs().signature(NOWHERE) != before


def test_listing_has_hundreds_of_classes_with_twenty_drawings_each():
    listing = Glyphs().read(NOWHERE)
    assert len(listing.class_names) == len(set(listing.class_names)) > 500
    assert (np.bincount(listing.labels) == DRAWINGS).all()
    assert len(listing.labels) == len(listing.class_names) * DRAWINGS
    assert (np.diff(listing.labels) >= 0).all()
    images = list(islice(listing.images, DRAWINGS + 1))
    assert all(image.shape == Glyphs.image_shape and image.dtype == np.uint8 for image in images)
    assert np.array_equal(images[-1], next(drawings(listing.class_names[1])))


def test_drawings_are_the_same_every_time():
    name = list(classes())[-1]
    assert np.array_equal(list(drawings(name)), list(drawings(name)))


def test_drawings_of_a_class_differ(some_drawings):
    for of_a_class in some_drawings:
        assert len(np.unique(of_a_class.reshape(DRAWINGS, -1), axis=0)) == DRAWINGS


def test_ink_is_bright_complete_and_never_missing(some_drawings):
    assert some_drawings.max((2, 3)).min() > 200
    assert some_drawings.mean((2, 3)).max() < 128
    inner = some_drawings[..., 1:-1, 1:-1].astype(float)
    cut_off = some_drawings.sum((2, 3)) - inner.sum((2, 3))
    assert np.mean(cut_off > 0) < 0.02


def test_every_face_has_ink_for_every_letter_it_draws():
    for members in classes().values():
        own = [face for face in faces().values() if members[0] in face.characters]
        assert own and all(face.ink(members[0]).size for face in own)


def test_face_knows_what_it_lacks():
    face = faces()["cmr10"]
    assert "A" in face.characters
    assert "Ж" not in face.characters
    assert face.ink(" ").size == 0


@pytest.mark.parametrize("alike", ["A\N{GREEK CAPITAL LETTER ALPHA}\N{CYRILLIC CAPITAL LETTER A}", "Ss", "mт", "Il"])
def test_letters_that_look_alike_are_one_class(alike):
    assert sum(set(alike) <= set(members) for members in classes().values()) == 1


@pytest.mark.parametrize("different", ["MW", "ZN", "69", "un", "bd", "O0Q\N{GREEK CAPITAL LETTER THETA}", "EF", "ءأ"])
def test_letters_that_look_different_are_not(different):
    assert all(len(set(different) & set(members)) < 2 for members in classes().values())


def test_no_letter_is_in_two_classes_or_made_of_others():
    characters = "".join(classes().values())
    assert len(characters) == len(set(characters))
    assert not set("ÄÉﬁ²") & set(characters)


def test_split_covers_all_classes_once():
    parts = Glyphs().split("default")
    named = [*parts.train, *parts.validation, *parts.test]
    assert sorted(named) == list(classes())
    assert min(len(parts.validation), len(parts.test)) >= 60
    assert len(parts.train) / len(named) == pytest.approx(0.6, abs=0.01)
    assert parts == Glyphs().split("default")


def test_nearest_centroid_on_pixels_is_neither_lost_nor_perfect(some_drawings):
    rng = np.random.default_rng(0)
    scores = []
    for _ in range(200):
        picked = some_drawings[rng.choice(SOME, 5, replace=False)].reshape(5, DRAWINGS, -1).astype(np.float32)
        picked = picked[:, rng.permutation(DRAWINGS)]
        support, query = picked[:, 0], picked[:, 1:]
        nearest = np.square(query[:, :, None] - support).sum(-1).argmin(-1)
        scores.append(np.mean(nearest == np.arange(5)[:, None]))
    assert 0.4 < np.mean(scores) < 0.8
