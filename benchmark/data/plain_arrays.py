"""NumPy's arrays as pickles describe them, built only where they hold plain numbers or text.

NumPy's own functions trust a pickle: an array of object pointers made of bytes that it chose crashes the process.
Errors are those of `pickle`, for `benchmark.data.pickles` to report.
"""

from __future__ import annotations

import math
import re
from pickle import UnpicklingError
from typing import Any

import numpy as np

NDARRAY = object()  # stands for numpy.ndarray, which pickles name where an array is to be built, and must not call
_PLAIN = re.compile(r"b1|[iu][1248]|f(2|4|8|16)|c(8|16|32)|[SU][1-9]\d{0,8}")


class Type:
    """The type of an array's entries; neither objects nor records."""

    def __init__(self, code: str, _align: Any = False, _copy: Any = False) -> None:
        if not isinstance(code, str) or not _PLAIN.fullmatch(code):
            raise UnpicklingError("array of something else than numbers or text")
        self.dtype = np.dtype(code)

    def __setstate__(self, state: tuple) -> None:
        """From (version, byte order, subtype, names, fields, ...)."""
        _, order, *parts = state[:5]
        if order not in ("<", ">", "|", "=") or any(part is not None for part in parts):
            raise UnpicklingError("array of records")
        self.dtype = self.dtype.newbyteorder(order)


class Array(np.ndarray):
    """An array that takes its content from a pickle."""

    def __setstate__(self, state: tuple) -> None:
        """From (version, shape, type, whether in Fortran's order, content)."""
        _, shape, kind, fortran, content = state
        content, dtype = _bytes(content), _dtype(kind)
        if not all(type(length) is int and length >= 0 for length in shape):
            raise UnpicklingError("array of no shape")
        if math.prod(shape) * dtype.itemsize != len(content):
            raise UnpicklingError("array of another size than its content")
        super().__setstate__((1, tuple(shape), dtype, bool(fortran), content))


def empty(kind: object, _shape: Any, _code: Any) -> Array:
    """An array that is still to get its content."""
    if kind is not NDARRAY:
        raise UnpicklingError("array of a class of its own")
    return Array(0, np.uint8)


def scalar(kind: Type, content: bytes | str) -> np.generic:
    """A number or a text."""
    (value,) = np.frombuffer(_bytes(content), _dtype(kind))
    return value


def _dtype(kind: object) -> np.dtype:
    if not isinstance(kind, Type):
        raise UnpicklingError("array without a type")
    return kind.dtype


def _bytes(content: bytes | str) -> bytes:
    """The content of an array; Python 2's comes as text."""
    content = content.encode("latin1") if isinstance(content, str) else content
    if not isinstance(content, bytes):
        raise UnpicklingError("array of something else than bytes")
    return content
