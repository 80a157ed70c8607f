"""CIFAR-10 and CIFAR-100 (Krizhevsky 2009): the published archives, or the same images as a tree of files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from benchmark.data.arrange import arrange
from benchmark.data.dataset import Listing, Split
from benchmark.data.images import decoder
from benchmark.data.layouts import FolderDataSet, Layout
from benchmark.data.official import official_parts
from benchmark.data.pickles import read_pickle
from benchmark.data.trees import check_classes, read_tree
from methods.errors import UserError

SIZE = 32
GROUPS = {"train": "train", "test": "test"}  # the official parts, and the folders in which a tree has them


class Cifar(FolderDataSet):
    """The base of both data sets. The groups are the official parts."""

    archive: ClassVar[str]  # torchvision's class, which knows files and checksums
    image_shape = (SIZE, SIZE, 3)
    full_size = 60_000
    kind = "photographs"
    splits = ("official",)

    def split(self, name: str) -> Split:
        return official_parts()

    def read_layout(self, layout: Layout, home: Path) -> Listing:
        if layout.folders:
            files = read_tree(home, GROUPS)
            check_classes(files, GROUPS, self.class_count, home)
            return arrange(files, tuple(GROUPS), decoder(SIZE))
        return self._read_archive(home)

    def download(self, root: Path) -> None:
        self._torchvision()(str(root), download=True)

    def _torchvision(self) -> Any:
        from torchvision import datasets

        return getattr(datasets, self.archive)

    def _read_archive(self, home: Path) -> Listing:
        published = self._torchvision()
        meta = published.meta
        try:
            names = read_pickle(home / meta["filename"], meta["md5"])[meta["key"]]
            label_key = "fine_labels" if meta["key"] == "fine_label_names" else "labels"
            members: dict[tuple[str, str], list[np.ndarray]] = {}
            for group, files in (("train", published.train_list), ("test", published.test_list)):
                for file, md5 in files:
                    batch = read_pickle(home / file, md5)
                    rows = batch["data"].reshape(-1, 3 * SIZE * SIZE)
                    for row, label in zip(rows, batch[label_key], strict=True):
                        members.setdefault((names[label], group), []).append(row)
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise UserError(
                f"{str(home)!r} does not hold what CIFAR's archives do; delete it and get it again."
            ) from error
        check_classes(members, dict.fromkeys(GROUPS, ""), self.class_count, home)
        return arrange(members, tuple(GROUPS), _pictures)


def _pictures(rows: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """Rows (3072,) hold the red, the green and the blue plane."""
    for row in rows:
        yield np.asarray(row, dtype=np.uint8).reshape(3, SIZE, SIZE).transpose(1, 2, 0)
