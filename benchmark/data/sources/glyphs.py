"""Glyphs: letters and digits drawn from the fonts that matplotlib brings, 20 drawings each, 28x28."""

from __future__ import annotations

import functools
import hashlib
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from PIL import features

from benchmark.data.dataset import ClassSplit, DataSet, Listing
from benchmark.data.rendering import Face, differences, distorted, groups
from benchmark.system.drawing import matplotlib
from methods.seeding import derive_seed

DRAWING_CODE = 1  # to be raised whenever this module or benchmark.data.rendering draws anything differently
DRAWINGS = 20
SIZE = 28
ALIKE = 0.37  # by eye: the largest limit that still keeps O from theta, which have letters in between

FAMILIES = {
    "sans": ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSans-BoldOblique"),
    "mono": ("DejaVuSansMono", "DejaVuSansMono-Bold", "DejaVuSansMono-Oblique", "DejaVuSansMono-BoldOblique"),
    "serif": ("DejaVuSerif", "DejaVuSerif-Bold", "DejaVuSerif-Italic", "DejaVuSerif-BoldItalic"),
    "stix": ("STIXGeneral", "STIXGeneralBol", "STIXGeneralItalic", "STIXGeneralBolIta"),
    "computer-modern": ("cmr10", "cmb10", "cmss10", "cmtt10"),  # not cmti10, which only newer ones bring
}
# Some letters look alike in one style only: Cyrillic te is a Latin m in the italics.
COMPARED = (
    "DejaVuSans",
    "DejaVuSansMono",
    "DejaVuSerif",
    "DejaVuSerif-Italic",
    "STIXGeneral",
    "STIXGeneralItalic",
)


class Glyphs(DataSet):
    """Made when first used. A class is a letter or digit, with all those that look like it in some face."""

    summary = "letters and digits of several scripts x 20 drawings, 28x28, made from matplotlib's fonts"
    image_shape = (SIZE, SIZE, 1)
    splits = ("default",)
    embedded = True

    def present(self, root: Path) -> bool:
        return True

    def signature(self, root: Path) -> str:
        digest = hashlib.sha256(f"{DRAWING_CODE} {features.version('freetype2')}".encode())
        for names in FAMILIES.values():
            for name in names:
                digest.update(_font_file(name).read_bytes())
        return digest.hexdigest()

    def read(self, root: Path) -> Listing:
        names = tuple(classes())
        labels = np.repeat(np.arange(len(names), dtype=np.int32), DRAWINGS)
        return Listing(labels, names, (image for name in names for image in drawings(name)))

    def split(self, name: str) -> ClassSplit:
        return split_by_hash("glyphs", classes())

    def split_content(self, name: str) -> None:
        return None  # it follows from the names of the classes, which the fingerprint covers


def split_by_hash(dataset: str, names: Iterable[str]) -> ClassSplit:
    """Classes in three parts, 60, 20 and 20 %.

    By hash, so that a class more or less, as other fonts may have, moves only those at the two cuts.
    """
    names = sorted(names, key=lambda each: derive_seed(0, dataset, "split", each))
    train, test = round(0.6 * len(names)), round(0.8 * len(names))
    return ClassSplit(*(tuple(sorted(part)) for part in (names[:train], names[train:test], names[test:])))


@functools.cache
def faces() -> dict[str, Face]:
    """All faces by name."""
    return {name: Face(_font_file(name)) for names in FAMILIES.values() for name in names}


@functools.cache
def classes() -> dict[str, str]:
    """The characters of each class, the one that is drawn first; by the Unicode name of that one, sorted."""
    characters = sorted(c for c in set().union(*(face.characters for face in faces().values())) if _usable(c))
    apart = 1 - np.eye(len(characters))
    for name in COMPARED:
        face = faces()[name]
        indices = [i for i, character in enumerate(characters) if character in face.characters]
        block = np.ix_(indices, indices)
        apart[block] = np.minimum(apart[block], differences(face.ink(characters[i]) for i in indices))
    members: dict[int, str] = {}
    for character, group in zip(characters, groups(apart, ALIKE), strict=True):
        members[group] = members.get(group, "") + character
    return dict(sorted((unicodedata.name(alike[0]), alike) for alike in members.values()))


def drawings(name: str) -> Iterator[np.ndarray]:
    """The drawings (28, 28, 1) uint8 of one of `classes`, bright on dark; they take turns at the faces."""
    character = classes()[name][0]
    its_faces = [face for face in faces().values() if character in face.characters]
    order = np.random.default_rng(derive_seed(0, "glyphs", "faces", name)).permutation(len(its_faces))
    for number in range(DRAWINGS):
        rng = np.random.default_rng(derive_seed(0, "glyphs", "drawing", name, number))
        ink = its_faces[order[number % len(its_faces)]].ink(character)
        yield distorted(ink, rng, SIZE)[..., None]


def _usable(character: str) -> bool:
    """A letter or digit that two families have, and no variant of others (accented, ligature, positional)."""
    if unicodedata.category(character) not in ("Lu", "Ll", "Lo", "Nd"):
        return False
    if unicodedata.normalize("NFKD", character) != character:
        return False
    families = [names for names in FAMILIES.values() if any(character in faces()[n].characters for n in names)]
    return len(families) > 1


def _font_file(name: str) -> Path:
    return Path(matplotlib.get_data_path(), "fonts", "ttf", f"{name}.ttf")
