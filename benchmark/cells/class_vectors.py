"""Class vectors: what is known of a class that has no images, by what it is called in plain English.

They come from a file, or are made of the letters of the names ("letters"), which says very little.
"""

from __future__ import annotations

import csv
import hashlib
import zipfile
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from methods.errors import UserError

LETTERS = "letters"
_SIZE, _GRAM = 256, 3
FORMATS = (
    "a CSV file with a line for each class, its name and then its numbers, or an NPZ file with words (n,) and "
    "vectors (n, s)"
)


_ERRORS = (
    OSError,
    ValueError,
    KeyError,
    EOFError,
    MemoryError,  # an array that claims to be huge
    RuntimeError,  # an archive that is encrypted, or compressed in a way that Python does not know
    zipfile.BadZipFile,
    zlib.error,
    csv.Error,
)


@dataclass(frozen=True)
class ClassVectors:
    """Vectors of one length by name. Capitals, underscores and hyphens in names make no difference."""

    kind: str  # the file's name, or "letters"
    fingerprint: str  # SHA-256 of the vectors
    size: int
    find: Callable[[str], np.ndarray | None]  # a plain name to its vector

    def key(self) -> dict[str, str]:
        """The fingerprint in the keys of results that use them."""
        return {"kind": self.kind, "fingerprint": self.fingerprint}

    def of(self, words: Sequence[str]) -> np.ndarray:
        """(len(words), size) float32; UserError names what has no vector."""
        vectors = [self.find(plain(word)) for word in words]
        lacking = [word for word, vector in zip(words, vectors, strict=True) if vector is None]
        if lacking:
            some = ", ".join(repr(word) for word in lacking[:5]) + ("" if len(lacking) <= 5 else ", ...")
            raise UserError(
                f"{self.kind!r} has no vector for {len(lacking)} of {len(words)} classes ({some}); add them, named so."
            )
        return np.stack([vector for vector in vectors if vector is not None]).astype(np.float32)


def letters() -> ClassVectors:
    """Counts of the names' trigrams, hashed to 256 numbers: names that share words or endings have similar ones."""
    return ClassVectors(LETTERS, f"{_SIZE} {_GRAM}", _SIZE, _trigrams)


def read(path: Path) -> ClassVectors:
    """Class vectors of a file; UserError for the first thing that is wrong with it."""
    if not path.is_file():
        raise UserError(f"There is no file {str(path)!r} of class vectors; give {FORMATS}.")
    try:
        with np.errstate(over="ignore"):  # what float32 cannot hold is refused below, as infinite
            names, vectors = _read_npz(path) if path.suffix.lower() == ".npz" else _read_csv(path)
    except _ERRORS as error:
        raise UserError(f"{str(path)!r} holds no class vectors ({_why(error)}); give {FORMATS}.") from error
    table: dict[str, np.ndarray] = {}
    for name, vector in zip(names, vectors, strict=True):
        if plain(name) in table:
            raise UserError(f"{str(path)!r} has two vectors for {plain(name)!r}; keep one.")
        if not np.isfinite(vector).all() or not vector.any():
            raise UserError(f"The vector of {name!r} in {str(path)!r} must be finite and not zero; fix or remove it.")
        table[plain(name)] = vector
    digest = hashlib.sha256("\n".join(table).encode("utf-8", "surrogatepass"))  # an archive may name what is no text
    digest.update(np.ascontiguousarray(vectors).tobytes())
    return ClassVectors(path.name, digest.hexdigest(), vectors.shape[1], table.get)


def plain(name: str) -> str:
    """A name as it is compared with others."""
    return " ".join(name.lower().replace("_", " ").replace("-", " ").split())


def _read_csv(path: Path) -> tuple[list[str], np.ndarray]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = [(reader.line_num, row) for reader in [csv.reader(file)] for row in reader if row]
    if not rows:
        raise ValueError("it is empty")
    width = len(rows[0][1])
    if width < 2:
        raise ValueError("its first line has no numbers")
    vectors = []
    for line, row in rows:
        if len(row) != width:
            raise ValueError(f"line {line} has {len(row) - 1} numbers, the first one {width - 1}")
        try:
            vectors.append([float(value) for value in row[1:]])
        except ValueError as error:
            raise ValueError(f"line {line}: {error}") from error
    return [row[0] for _, row in rows], np.array(vectors, dtype=np.float32)


def _read_npz(path: Path) -> tuple[list[str], np.ndarray]:
    if not zipfile.is_zipfile(path):  # NumPy would read a single array, or a pickle, under this name
        raise ValueError("it is no NPZ archive")
    with np.load(path, allow_pickle=False) as archive:
        words, vectors = np.asarray(archive["words"]), np.asarray(archive["vectors"])
    if words.ndim != 1 or words.dtype.kind != "U" or vectors.ndim != 2 or len(words) != len(vectors):
        raise ValueError(f"words are {words.dtype} {words.shape}, vectors {vectors.shape}")
    if vectors.dtype.kind not in "fiu":
        raise ValueError(f"vectors are {vectors.dtype}, not numbers")
    if not vectors.size:
        raise ValueError("it is empty")
    return words.tolist(), vectors.astype(np.float32)


def _why(error: Exception) -> str:
    return f"there is no {error}" if isinstance(error, KeyError) else str(error).partition("\n")[0]


def _trigrams(name: str) -> np.ndarray:
    vector = np.zeros(_SIZE, dtype=np.float32)
    for gram in _grams(name):
        vector[zlib.crc32(gram.encode()) % _SIZE] += 1
    return vector / np.linalg.norm(vector)


def _grams(name: str) -> Iterable[str]:
    padded = f" {name} "
    return (padded[i : i + _GRAM] for i in range(max(1, len(padded) - _GRAM + 1)))
