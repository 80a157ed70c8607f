"""Symbols: mathematical signs drawn from matplotlib's fonts, 20 drawings each, 28x28; none looks like a letter."""

from __future__ import annotations

import functools
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmark.data.dataset import ClassSplit, DataSet, Listing
from benchmark.data.rendering import differences, distorted
from benchmark.data.sources import glyphs
from methods.seeding import derive_seed

FACES = ("DejaVuSans", "DejaVuSansMono", "DejaVuSerif", "STIXGeneral", "STIXGeneralBol")
COMPARED = FACES[0]


class Symbols(DataSet):
    """Made when first used: what methods that learned from `glyphs` are tested on where there are no other data."""

    summary = "mathematical signs x 20 drawings, 28x28, made from matplotlib's fonts"
    image_shape = (glyphs.SIZE, glyphs.SIZE, 1)
    splits = ("default",)
    embedded = True

    def present(self, root: Path) -> bool:
        return True

    def signature(self, root: Path) -> str:
        return f"symbols {glyphs.Glyphs().signature(root)}"

    def read(self, root: Path) -> Listing:
        names = tuple(classes())
        labels = np.repeat(np.arange(len(names), dtype=np.int32), glyphs.DRAWINGS)
        return Listing(labels, names, (image for name in names for image in _drawings(name)))

    def split(self, name: str) -> ClassSplit:
        return glyphs.split_by_hash("symbols", classes())

    def split_content(self, name: str) -> None:
        return None  # it follows from the names of the classes, which the fingerprint covers


@functools.cache
def classes() -> dict[str, str]:
    """The signs that all faces have, by their Unicode names, sorted; none like a letter or digit or another sign."""
    faces = glyphs.faces()
    signs = sorted(c for c in frozenset.intersection(*(faces[name].characters for name in FACES)) if _usable(c))
    letters = [c for alike in glyphs.classes().values() for c in alike if c in faces[COMPARED].characters]
    apart = differences(faces[COMPARED].ink(character) for character in letters + signs)
    chosen: list[int] = []
    for number in range(len(letters), len(letters) + len(signs)):
        if apart[number, [*range(len(letters)), *chosen]].min() > glyphs.ALIKE:
            chosen.append(number)
    return dict(sorted((unicodedata.name(sign), sign) for sign in (signs[n - len(letters)] for n in chosen)))


def _drawings(name: str) -> Iterator[np.ndarray]:
    """The drawings (28, 28, 1) uint8 of one of `classes`, bright on dark; they take turns at the faces."""
    for number in range(glyphs.DRAWINGS):
        rng = np.random.default_rng(derive_seed(0, "symbols", "drawing", name, number))
        ink = glyphs.faces()[FACES[number % len(FACES)]].ink(classes()[name])
        yield distorted(ink, rng, glyphs.SIZE)[..., None]


def _usable(character: str) -> bool:
    """A mathematical sign, and no variant of others."""
    return unicodedata.category(character) == "Sm" and unicodedata.normalize("NFKD", character) == character
