"""STL-10 (Coates et al. 2011): 10 classes x (500 training + 800 test) labelled images, 96x96."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmark.data.arrange import arrange
from benchmark.data.dataset import Listing, Split
from benchmark.data.layouts import FolderDataSet, Layout
from benchmark.data.lists import check_same_classes, read_lines
from benchmark.data.official import official_parts
from methods.errors import UserError

SIZE = 96
CLASSES = 10
GROUPS = ("train", "test")


class Stl10(FolderDataSet):
    """Read from torchvision's stl10_binary/. The 100,000 images without labels are not used."""

    summary = "10 classes x (500 training + 800 test) images, 96x96 (Coates et al. 2011)"
    image_shape = (SIZE, SIZE, 3)
    full_size = 13_000
    kind = "photographs"
    splits = ("official",)
    class_count = CLASSES
    layouts = (
        Layout(
            "stl10_binary",
            files=("class_names.txt", *(f"{group}_{what}.bin" for group in GROUPS for what in "Xy")),
        ),
    )

    def split(self, name: str) -> Split:
        return official_parts()

    def download(self, root: Path) -> None:
        from torchvision.datasets import STL10

        STL10(str(root), split="train", download=True)

    def read_layout(self, layout: Layout, home: Path) -> Listing:
        names = [name for line in read_lines(home / "class_names.txt") for name in line.split()]
        if not len(set(names)) == len(names) == CLASSES:
            raise UserError(
                f"{str(home / 'class_names.txt')!r} must name {CLASSES} classes, but names {len(names)} "
                f"({len(set(names))} different ones); get it again."
            )
        images: dict[str, np.ndarray] = {}
        members: dict[tuple[str, str], list[tuple[np.ndarray, int]]] = {}
        for group in GROUPS:
            labels = np.fromfile(home / f"{group}_y.bin", dtype=np.uint8)
            file, size = home / f"{group}_X.bin", SIZE * SIZE * 3
            if file.stat().st_size != len(labels) * size or not len(labels):
                raise UserError(
                    f"{str(file)!r} must hold {size} bytes for each of {len(labels)} labels, but has "
                    f"{file.stat().st_size}; delete it and get it again."
                )
            if labels.min() < 1 or labels.max() > CLASSES:
                raise UserError(
                    f"{str(home / f'{group}_y.bin')!r} must hold classes from 1 to {CLASSES}; get it again."
                )
            classes = (names[label - 1] for label in np.unique(labels))
            check_same_classes(classes, names, home / f"{group}_y.bin", "those of class_names.txt")
            images[group] = np.memmap(file, np.uint8, "r", shape=(len(labels), 3, SIZE, SIZE))
            for number, label in enumerate(labels):
                members.setdefault((names[label - 1], group), []).append((images[group], number))
        return arrange(members, GROUPS, _pictures)


def _pictures(items: Iterator[tuple[np.ndarray, int]]) -> Iterator[np.ndarray]:
    """Each plane is stored column after column."""
    for images, number in items:
        yield images[number].transpose(2, 1, 0)
