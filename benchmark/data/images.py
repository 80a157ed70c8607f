"""Image files of any size and mode, decoded to RGB of one size."""

from __future__ import annotations

import struct
import warnings
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TypeVar

import numpy as np
from PIL import Image, ImageOps

from benchmark.data.faults import Fault, Faults
from benchmark.data.pixels import UnknownPixels, flattened

SUFFIXES = (".jpg", ".jpeg", ".png", ".bmp")
_ERRORS = (OSError, SyntaxError, ValueError, EOFError, struct.error, zlib.error, Image.DecompressionBombError)

Item = TypeVar("Item")


def decoder(size: int, *, banner: int = 0) -> Callable[[Iterable[str | Path]], Iterator[np.ndarray]]:
    """`decode` for images of `size` x `size`; `banner` rows at the bottom of each file are no part of the picture."""
    return partial(decode, size=size, banner=banner)


def decode(files: Iterable[str | Path], size: int, banner: int = 0) -> Iterator[np.ndarray]:
    """Images (size, size, 3) uint8: the shorter side scaled to `size`, the middle of the longer one.

    UserError names all files that are no images, damaged ones, or of pixels that are not understood.
    """
    return decoded(files, lambda file: _picture(file, size, banner, f"{str(file)!r}"))


def decode_bytes(content: bytes, size: int, where: str) -> np.ndarray:
    """The same from the content of a file; `where` names it in errors."""
    return _picture(BytesIO(content), size, 0, where)


def decoded(items: Iterable[Item], decode_one: Callable[[Item], np.ndarray]) -> Iterator[np.ndarray]:
    """The results of `decode_one` for each item, until one is damaged.

    From there on the others are only looked at: UserError names all that are damaged, at the end.
    """
    faults = Faults()
    for item in items:
        image = None
        with faults.noted():
            image = decode_one(item)
        if not faults:
            yield image
    faults.check()


@contextmanager
def opened(source: str | Path | BytesIO, where: str) -> Iterator[Image.Image]:
    """An image file; Fault, which names `where`, for what is none, is damaged, or has pixels of unknown meaning."""
    try:
        # Harmless oddities of metadata, such as those of some of ImageNet's files, are none of the user's business.
        with warnings.catch_warnings(), Image.open(source) as image:
            warnings.simplefilter("ignore")
            yield image
    except UnknownPixels as error:
        raise Fault(where, f"has {error}, which cannot be told as grey or colours; convert it to 8 bits") from error
    except _ERRORS as error:
        raise Fault(where, "is not a readable image; replace it with the original file") from error


def _picture(source: str | Path | BytesIO, size: int, banner: int, where: str) -> np.ndarray:
    with opened(source, where) as image:
        if not banner:
            image.draft("RGB", (2 * size, 2 * size))  # a large JPEG is read at a fraction of its size
        picture = flattened(image).convert("RGB")
        if banner:
            picture = picture.crop((0, 0, picture.width, picture.height - banner))
        if picture.size != (size, size):
            picture = ImageOps.fit(picture, (size, size), Image.Resampling.BICUBIC)
        return np.asarray(picture)
