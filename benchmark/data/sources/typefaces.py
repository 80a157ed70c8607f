"""Ten digits in three families of typefaces, as domains: what suites of several domains run on without any data."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np

from benchmark.data.arrange import arrange
from benchmark.data.dataset import DataSet, ImageSplit, Listing, Selection
from benchmark.data.domains import leave_out
from benchmark.data.rendering import distorted
from benchmark.data.sources import glyphs
from methods.seeding import derive_seed

DRAWINGS = 68  # of a digit in a family, of which a source domain holds out 20
DOMAINS = ("serif", "sans", "computer-modern")
OFFICIAL = "official"
DIGITS = {unicodedata.name(digit): digit for digit in "0123456789"}


class Typefaces(DataSet):
    """Made when first used, from the fonts of `glyphs`. The split "official" tells its parts apart by images alone."""

    summary = "10 digits in 3 families of matplotlib's fonts x 68 drawings, 28x28"
    image_shape = (glyphs.SIZE, glyphs.SIZE, 1)
    domains = DOMAINS
    splits = (*DOMAINS, OFFICIAL)
    class_count = len(DIGITS)
    embedded = True

    def present(self, root: Path) -> bool:
        return True

    def signature(self, root: Path) -> str:
        return f"{DRAWINGS} {glyphs.Glyphs().signature(root)}"

    def read(self, root: Path) -> Listing:
        drawings = {
            (name, domain): [(name, domain, number) for number in range(DRAWINGS)]
            for name in DIGITS
            for domain in DOMAINS
        }
        return arrange(drawings, DOMAINS, lambda items: (_drawing(*item) for item in items))

    def split(self, name: str) -> ImageSplit:
        if name == OFFICIAL:
            return ImageSplit(*(Selection(share=share) for share in ((0.0, 0.6), (0.6, 0.7), (0.7, 1.0))))
        return leave_out(name, self.domains)


def _drawing(name: str, family: str, number: int) -> np.ndarray:
    """A drawing (28, 28, 1) uint8 of a digit; drawings of a family take turns at its faces."""
    rng = np.random.default_rng(derive_seed(0, "typefaces", "drawing", name, family, number))
    fonts = glyphs.FAMILIES[family]
    return distorted(glyphs.faces()[fonts[number % len(fonts)]].ink(DIGITS[name]), rng, glyphs.SIZE)[..., None]
