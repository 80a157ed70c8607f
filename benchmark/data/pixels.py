"""The meaning of an image file's pixels, whatever its mode: 8-bit grey or colours, upright, on white."""

from __future__ import annotations

import struct

import numpy as np
from PIL import Image, ImageOps

ORIENTATION = 0x0112  # EXIF's tag
_DIRECT = ("1", "L", "P", "RGB", "RGBX", "CMYK", "YCbCr")
_ALPHA = {"LA": "RGBA", "PA": "RGBA", "RGBA": "RGBA", "La": "LA", "RGBa": "RGBA"}  # and what each is converted to
_DEEP = ("I", "I;16", "I;16L", "I;16B", "I;16N")


class UnknownPixels(Exception):
    """A mode whose numbers do not say how bright they are."""


def flattened(image: Image.Image) -> Image.Image:
    """The first picture of a file, in mode "L" or "RGB": turned as its EXIF data say, what is transparent white.

    Greys of 16 bits are scaled to 8. UnknownPixels for floats, integers of unknown range, and colour spaces that are
    not converted.
    """
    deep = image.mode in _DEEP and image.format == "PNG"  # the range of PNG's greys is known: 16 bits
    if not (deep or image.mode in _DIRECT or image.mode in _ALPHA):
        raise UnknownPixels(f"pixels of mode {image.mode!r} ({image.format})")
    image.load()  # what is damaged is told here, not by EXIF data below
    turned = _turned(image)
    if deep:
        return _eight_bits(turned, image.info.get("transparency"))
    if image.mode in _ALPHA or "transparency" in image.info:
        return _on_white(turned)
    return turned.convert("L" if image.mode in ("1", "L") else "RGB")


def _turned(image: Image.Image) -> Image.Image:
    try:
        orientation = image.getexif().get(ORIENTATION, 1)
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, struct.error):
        return image  # EXIF data that are damaged say nothing of the pixels
    return ImageOps.exif_transpose(image) if orientation in range(2, 9) else image


def _eight_bits(image: Image.Image, transparent: int | None) -> Image.Image:
    values = np.asarray(image).astype(np.int64)
    grey = ((values * 255 + 32767) // 65535).astype(np.uint8)
    if transparent is not None:
        grey[values == transparent] = 255
    return Image.fromarray(grey)


def _on_white(image: Image.Image) -> Image.Image:
    step = _ALPHA.get(image.mode, "RGBA")
    coloured = image.convert(step).convert("RGBA")
    white = Image.new("RGBA", coloured.size, "white")
    return Image.alpha_composite(white, coloured).convert("RGB")
