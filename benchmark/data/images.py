"""Image files of any size and mode, decoded to RGB of one size."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Iterable, Iterator
from functools import partial
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from methods.errors import UserError

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp")
_TRANSPARENT = ("LA", "PA", "RGBA", "La", "RGBa")


def decoder(size: int, *, banner: int = 0):
    """`decode` for images of `size` x `size`; `banner` rows at the bottom of each file are no part of the picture."""
    return partial(decode, size=size, banner=banner)


def decode(files: Iterable[str | Path], size: int, banner: int = 0) -> Iterator[np.ndarray]:
    """Images (size, size, 3) uint8: the shorter side scaled to `size`, the middle of the longer one.

    UserError names the first file that is no image, or a damaged one.
    """
    for file in files:
        yield _decoded(file, size, banner, f"{str(file)!r}")


def decode_bytes(content: bytes, size: int, where: str) -> np.ndarray:
    """The same from the content of a file; `where` names it in errors."""
    return _decoded(BytesIO(content), size, 0, where)


def _decoded(source: str | Path | BytesIO, size: int, banner: int, where: str) -> np.ndarray:
    try:
        # Harmless oddities of metadata, such as those of some of ImageNet's files, are none of the user's business.
        with warnings.catch_warnings(), Image.open(source) as image:
            warnings.simplefilter("ignore")
            if not banner:
                image.draft("RGB", (2 * size, 2 * size))  # a large JPEG is read at a fraction of its size
            picture = _opaque(image)
            if banner:
                picture = picture.crop((0, 0, picture.width, picture.height - banner))
            if picture.size != (size, size):
                picture = ImageOps.fit(picture, (size, size), Image.Resampling.BICUBIC)
            return np.asarray(picture)
    except (OSError, SyntaxError, ValueError, struct.error, zlib.error, Image.DecompressionBombError) as error:
        raise UserError(f"{where} is not a readable image; replace it with the original file.") from error


def _opaque(image: Image.Image) -> Image.Image:
    """In RGB; greys become colours, what is transparent becomes white."""
    if image.mode in _TRANSPARENT or "transparency" in image.info:
        coloured = image.convert("RGBA")
        white = Image.new("RGBA", coloured.size, "white")
        return Image.alpha_composite(white, coloured).convert("RGB")
    return image.convert("RGB")
