"""Characters as pictures: read from font files, compared with one another, and distorted into drawings."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, cached_property
from pathlib import Path

import numpy as np
from fontTools.ttLib import TTFont
from PIL import Image, ImageFont
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.ndimage import gaussian_filter, gaussian_filter1d, map_coordinates
from scipy.spatial.distance import pdist, squareform

TYPE_SIZE = 64  # pixels per em, about three times what the drawings need
ROTATION = np.deg2rad(12)
SCALE = (0.8, 1.1)
SHEAR = 0.1
SHIFT = 1.5  # pixels of the drawing, as are the next three
BEND = 0.6  # root mean square of the elastic displacement
BEND_WIDTH = 4.0  # how far apart points must be to be displaced independently
LONGER_SIDE = 18.0  # of a character at scale 1
SAMPLES = 2  # per pixel and direction

THUMBNAIL = 28
THUMBNAIL_SIDE = 24


class Face:
    """One font file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def characters(self) -> frozenset[str]:
        """Those with a glyph of their own; for any other the font would draw an empty box."""
        with TTFont(self._path, lazy=True) as font:
            return frozenset(chr(code) for code, glyph in font.getBestCmap().items() if glyph != ".notdef")

    @cached_property
    def _font(self) -> ImageFont.FreeTypeFont:
        return ImageFont.truetype(str(self._path), TYPE_SIZE, layout_engine=ImageFont.Layout.BASIC)

    def ink(self, character: str) -> np.ndarray:
        """The character (height, width) uint8, ink 255, cut to its ink; of size 0 if there is none."""
        mask = self._font.getmask(character, mode="L")
        picture = np.array(mask, dtype=np.uint8).reshape(mask.size[::-1])
        rows, columns = (np.flatnonzero(picture.any(axis)) for axis in (1, 0))
        if not len(rows):
            return np.zeros((0, 0), np.uint8)
        return picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def distorted(ink: np.ndarray, rng: np.random.Generator, size: int) -> np.ndarray:
    """A drawing (size, size) uint8 of `ink` (height, width) uint8, moved and bent at random."""
    angle = rng.uniform(-ROTATION, ROTATION)
    scale = rng.uniform(*SCALE)
    shear = rng.uniform(-SHEAR, SHEAR)
    shift = rng.uniform(-SHIFT, SHIFT, 2)
    fine = size * SAMPLES
    blur = _blur(fine, BEND_WIDTH * SAMPLES)
    bend = blur @ rng.standard_normal((2, fine, fine)) @ blur.T
    bend *= BEND / bend.std()

    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    forward = turn @ np.array([[1, 0], [shear, 1]]) * scale * LONGER_SIDE / max(ink.shape)
    pixels = (np.indices((fine, fine)) + 0.5) / SAMPLES - size / 2 - shift[:, None, None] + bend
    middle = (np.array(ink.shape) - 1) / 2
    source = np.tensordot(np.linalg.inv(forward), pixels, 1) + middle[:, None, None]
    samples = map_coordinates(ink.astype(np.float32), source, order=1)
    return samples.reshape(size, SAMPLES, size, SAMPLES).mean((1, 3)).round().astype(np.uint8)


@cache
def _blur(size: int, width: float) -> np.ndarray:
    """A Gaussian filter of that standard deviation as a matrix (size, size): for a wide one, products are faster."""
    return gaussian_filter1d(np.eye(size), width, axis=0)


def differences(inks: Iterable[np.ndarray]) -> np.ndarray:
    """Pairwise differences (N, N), 0 to 1, of pictures (height, width) uint8.

    It is the largest difference anywhere, once size and position are the same and a slight blur has made
    stroke widths count less: so an additional dot counts more than a bolder stroke.
    """
    blurred = gaussian_filter(np.stack([_thumbnail(ink) for ink in inks]).astype(np.float32), (0, 1, 1))
    blurred /= blurred.max((1, 2), keepdims=True)
    return squareform(pdist(blurred.reshape(len(blurred), -1), "chebyshev"))


def groups(distances: np.ndarray, limit: float) -> np.ndarray:
    """Group numbers (N,) from distances (N, N): items at most `limit` apart share one, as do their chains."""
    return fcluster(linkage(squareform(distances), "single"), limit, "distance")


def _thumbnail(ink: np.ndarray) -> np.ndarray:
    """The picture scaled to one size, centred."""
    height, width = (max(1, round(n * THUMBNAIL_SIDE / max(ink.shape))) for n in ink.shape)
    top, left = (THUMBNAIL - height) // 2, (THUMBNAIL - width) // 2
    small = np.zeros((THUMBNAIL, THUMBNAIL), np.uint8)
    small[top : top + height, left : left + width] = np.asarray(
        Image.fromarray(ink).resize((width, height), Image.Resampling.BOX)
    )
    return small
