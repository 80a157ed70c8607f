"""Pickled archives, read without running anything that they ask for."""

from __future__ import annotations

import codecs
import hashlib
import pickle
import pickletools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmark.data import plain_arrays
from methods.errors import UserError

_ERRORS = (
    pickle.UnpicklingError,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    MemoryError,
)


def _latin_1(text: str, encoding: str = "latin1") -> bytes:
    """The function that protocol 2 calls for bytes in a pickle."""
    if codecs.lookup(encoding).name != "iso8859-1":
        raise pickle.UnpicklingError(f"bytes encoded as {encoding!r}")
    return text.encode("latin1")


class _Function(NamedTuple):
    """A function that a pickle may call. Of a plain one it could also set attributes, such as the defaults."""

    function: Callable[..., Any]

    def __call__(self, *arguments: Any) -> Any:
        return self.function(*arguments)


ALLOWED = {
    ("_codecs", "encode"): _Function(_latin_1),
    ("numpy", "ndarray"): plain_arrays.NDARRAY,
    ("numpy", "dtype"): _Function(plain_arrays.Type),
    **{(f"numpy.{core}.multiarray", "_reconstruct"): _Function(plain_arrays.empty) for core in ("core", "_core")},
    **{(f"numpy.{core}.multiarray", "scalar"): _Function(plain_arrays.scalar) for core in ("core", "_core")},
}


class _Refused(Exception):
    """A pickle asks for something that no data need."""


class _PlainUnpickler(pickle.Unpickler):
    """Builds numbers, text, lists, dicts and arrays, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in ALLOWED:
            raise _Refused(f"{module}.{name}")
        return ALLOWED[module, name]


def file_md5(path: Path) -> str:
    """The MD5 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def check_md5(path: Path, md5: str) -> None:
    """UserError unless a file has the checksum that its authors published."""
    checksum = file_md5(path)
    if checksum != md5:
        raise UserError(
            f"{str(path)!r} is not the published file (MD5 {checksum}, not {md5}); delete it and get it again."
        )


def read_pickle(path: Path, md5: str | None) -> Any:
    """The content of a pickle of plain data and arrays; text of Python 2 is read as Latin 1.

    `md5` is the published checksum, None only where it is not known. UserError if it differs, or if the pickle
    asks for any function or class that data do not need.
    """
    if md5 is not None:
        check_md5(path, md5)
    try:
        with path.open("rb") as file:
            return _PlainUnpickler(file, encoding="latin1").load()
    except _Refused as error:
        raise UserError(
            f"{str(path)!r} asks for {error} to be run, which no data set does; delete it and get the original."
        ) from error
    except (*_ERRORS, OSError) as error:
        raise UserError(f"{str(path)!r} is not a readable archive; delete it and get it again.") from error


def blob_places(path: Path, magic: bytes) -> list[int]:
    """The places of byte strings in a pickle that begin with `magic`, in their order.

    Reads the instructions one after the other and follows none, so a pickle of any size takes little memory.
    """
    try:
        with path.open("rb") as file:
            return [place or 0 for _, arg, place in pickletools.genops(file) if _bytes(arg)[: len(magic)] == magic]
    except (*_ERRORS, OSError) as error:
        raise UserError(f"{str(path)!r} is not a readable archive; delete it and get it again.") from error


def blobs(path: Path, places: Iterator[int]) -> Iterator[bytes]:
    """The byte strings at some of `blob_places`."""
    with path.open("rb") as file:
        for place in places:
            file.seek(place)
            yield _bytes(next(pickletools.genops(file))[1])


def _bytes(argument: Any) -> bytes:
    """The argument of an instruction as bytes: Python 2 and protocol 2 hold them as text."""
    if isinstance(argument, str):
        try:
            return argument.encode("latin1")
        except UnicodeEncodeError:
            return b""
    return argument if isinstance(argument, bytes) else b""
