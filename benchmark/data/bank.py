"""A data set's images, decoded once and packed into two flat files that are mapped into memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmark.paths import new_folder, write_whole
from methods.errors import UserError

FORMAT = 1


@dataclass(frozen=True)
class ImageBank:
    """Images (N, height, width, channels) uint8, sorted by class; labels (N,) are class numbers."""

    images: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    fingerprint: str  # SHA-256 of images, labels and class names

    @property
    def counts(self) -> np.ndarray:
        """Images of each class."""
        return np.bincount(self.labels, minlength=len(self.class_names))


class BankWriter:
    """Fills a new bank image by image, so that packing never holds a data set in memory."""

    def __init__(self, folder: Path, count: int, image_shape: tuple[int, int, int]) -> None:
        self._folder = folder
        self._images = np.lib.format.open_memmap(
            folder / "images.npy", mode="w+", dtype=np.uint8, shape=(count, *image_shape)
        )

    def write(self, items: Iterable[np.ndarray], labels: np.ndarray, class_names: Iterable[str]) -> None:
        """`items` yields one image per label, in the order of `labels`, which must be sorted."""
        if len(labels) != len(self._images) or (np.diff(labels) < 0).any():
            raise ValueError("labels must be sorted, one for each image")
        for i, image in zip(range(len(labels)), items, strict=True):
            self._images[i] = image
        self._images.flush()
        labels = np.asarray(labels, dtype=np.int32)
        names = tuple(class_names)
        np.save(self._folder / "labels.npy", labels)
        meta = {
            "format": FORMAT,
            "class_names": names,
            "shape": self._images.shape,
            "fingerprint": fingerprint(self._images, labels, names),
        }
        write_whole(self._folder / "bank.json", json.dumps(meta).encode())


def fingerprint(images: np.ndarray, labels: np.ndarray, class_names: tuple[str, ...]) -> str:
    """SHA-256 of everything a bank holds."""
    digest = hashlib.sha256(json.dumps([images.shape, class_names]).encode())
    digest.update(np.ascontiguousarray(labels))
    for start in range(0, len(images), 4096):
        digest.update(np.ascontiguousarray(images[start : start + 4096]))
    return digest.hexdigest()


def read_meta(folder: Path) -> dict:
    """What a bank's small file says of it; UserError if the file is not one."""
    try:
        meta = json.loads((folder / "bank.json").read_text())
        if meta["format"] != FORMAT:
            raise ValueError(meta["format"])
        if not meta.keys() >= {"class_names", "shape", "fingerprint"}:
            raise KeyError(sorted(meta))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(folder) from error
    return meta


def open_bank(folder: Path, *, verify: bool = False) -> ImageBank:
    """Map a bank into memory; `verify` reads all of it and compares the fingerprint."""
    meta = read_meta(folder)
    try:
        images = np.load(folder / "images.npy", mmap_mode="r")
        labels = np.load(folder / "labels.npy")
    except (OSError, ValueError, EOFError) as error:
        raise _damaged(folder) from error
    names = tuple(meta["class_names"])
    if list(images.shape) != meta["shape"] or len(labels) != len(images):
        raise _damaged(folder)
    if verify and fingerprint(images, labels, names) != meta["fingerprint"]:
        raise _damaged(folder)
    return ImageBank(images, labels, names, meta["fingerprint"])


def pack(folder: Path, count: int, image_shape: tuple[int, int, int], items, labels, class_names) -> None:
    """Write a whole bank to `folder`, or nothing."""
    with new_folder(folder) as staging:
        BankWriter(staging, count, image_shape).write(items, labels, class_names)


def _damaged(folder: Path) -> UserError:
    return UserError(f"The packed images in {str(folder)!r} are damaged; delete that folder and run again.")
