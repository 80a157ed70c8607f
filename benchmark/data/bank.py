"""A data set's images, decoded once and packed into two flat files that are mapped into memory."""

from __future__ import annotations

import hashlib
import json
import math
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmark.system.paths import new_folder, write_whole
from methods.errors import UserError

FORMAT = 2


@dataclass(frozen=True)
class ImageBank:
    """Images (N, height, width, channels) uint8, sorted by class and then by group; labels (N,) are class numbers.

    In place of images there may be features (N, d) float32.
    """

    images: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]
    fingerprint: str  # SHA-256 of images, labels, class names and groups

    @property
    def counts(self) -> np.ndarray:
        """Images of each class."""
        return np.bincount(self.labels, minlength=len(self.class_names))


class BankWriter:
    """Fills a new bank image by image, so that packing never holds a data set in memory."""

    def __init__(self, folder: Path, count: int, image_shape: tuple[int, ...]) -> None:
        self._folder, self._began = folder, time.perf_counter()
        self._images = np.lib.format.open_memmap(
            folder / "images.npy", mode="w+", dtype=entries(image_shape), shape=(count, *image_shape)
        )

    def write(
        self,
        items: Iterable[np.ndarray],
        labels: np.ndarray,
        class_names: Iterable[str],
        groups: np.ndarray | None = None,
        group_names: Iterable[str] = (),
    ) -> None:
        """`items` yields one image per label, sorted by `labels` and among equal ones by `groups`."""
        labels, names, group_names = np.asarray(labels, dtype=np.int32), tuple(class_names), tuple(group_names)
        groups = np.zeros_like(labels) if groups is None else np.asarray(groups, dtype=np.int32)
        width = max(1, len(group_names))
        place = labels.astype(np.int64) * width + groups
        if not len(self._images) == len(labels) == len(groups) or (np.diff(place) < 0).any():
            raise ValueError("labels must be sorted, one for each image, and groups within labels")
        for i, image in zip(range(len(labels)), items, strict=True):
            self._images[i] = image
        self._images.flush()
        np.save(self._folder / "labels.npy", labels)
        counts = np.bincount(place, minlength=len(names) * width).reshape(len(names), width)
        meta = {
            "format": FORMAT,
            "class_names": names,
            "group_names": group_names,
            "counts": counts.tolist(),
            "shape": self._images.shape,
            "fingerprint": fingerprint(self._images, labels, names, counts, group_names),
            "seconds": round(time.perf_counter() - self._began, 3),
        }
        write_whole(self._folder / "bank.json", json.dumps(meta).encode())


def entries(image_shape: tuple[int, ...]) -> np.dtype:
    """The type of pixels, or of features where these are one number after the other."""
    return np.dtype(np.float32 if len(image_shape) == 1 else np.uint8)


def fingerprint(
    images: np.ndarray,
    labels: np.ndarray,
    class_names: tuple[str, ...],
    counts: np.ndarray | None = None,
    group_names: tuple[str, ...] = (),
) -> str:
    """SHA-256 of everything a bank holds; `counts` (C, G), which say what group an image is of, where it has groups."""
    digest = hashlib.sha256(json.dumps([images.shape, class_names]).encode())
    digest.update(np.ascontiguousarray(labels))
    if group_names:
        digest.update(json.dumps([group_names, np.asarray(counts).tolist()]).encode())
    for start in range(0, len(images), 4096):
        digest.update(np.ascontiguousarray(images[start : start + 4096]))
    return digest.hexdigest()


def read_meta(folder: Path) -> dict:
    """The content of a bank's small file; UserError if the file is another one."""
    try:
        meta = json.loads((folder / "bank.json").read_text())
        if meta["format"] != FORMAT:
            raise ValueError(meta["format"])
        if not meta.keys() >= {"class_names", "group_names", "counts", "shape", "fingerprint"}:
            raise KeyError(sorted(meta))
        counts = np.asarray(meta["counts"], dtype=np.int64)
        if counts.shape != (len(meta["class_names"]), max(1, len(meta["group_names"]))):
            raise ValueError(counts.shape)
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
    counts = np.asarray(meta["counts"])
    if list(images.shape) != meta["shape"] or not len(labels) == len(images) == counts.sum():
        raise _damaged(folder)
    if verify and fingerprint(images, labels, names, counts, tuple(meta["group_names"])) != meta["fingerprint"]:
        raise _damaged(folder)
    return ImageBank(images, labels, names, meta["fingerprint"])


def pack(
    folder: Path,
    count: int,
    image_shape: tuple[int, ...],
    items: Iterable[np.ndarray],
    labels: np.ndarray,
    class_names: Iterable[str],
    groups: np.ndarray | None = None,
    group_names: Iterable[str] = (),
) -> None:
    """Write a whole bank to `folder`, or nothing; UserError where the disk has no room for it."""
    with new_folder(folder) as staging:
        needed = count * math.prod(image_shape) * entries(image_shape).itemsize
        free = shutil.disk_usage(staging).free
        if needed > free:
            raise UserError(
                f"Packing takes {needed / 1e9:.1f} GB, but {str(folder.parent)!r} has {free / 1e9:.1f} GB left; "
                "make room (`ltdi-bench cache list` shows its contents) or name another cache with LTDI_BENCH_CACHE."
            )
        BankWriter(staging, count, image_shape).write(items, labels, class_names, groups, group_names)


def _damaged(folder: Path) -> UserError:
    return UserError(f"The packed images in {str(folder)!r} are damaged; delete that folder and run again.")
