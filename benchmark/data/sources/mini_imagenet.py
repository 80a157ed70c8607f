"""Mini-ImageNet (Vinyals et al. 2016), split by Ravi & Larochelle (2017): 64/16/20 classes x 600 images, 84x84."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from benchmark.data.arrange import arrange
from benchmark.data.dataset import Listing, committed
from benchmark.data.fetching import fetch
from benchmark.data.images import decoder
from benchmark.data.layouts import FolderDataSet, Layout
from benchmark.data.lists import ImageFolder, check_same_classes
from benchmark.data.pickles import read_pickle
from benchmark.data.trees import read_parts, read_tree
from benchmark.data.wordnet import imagenet_words
from methods.errors import UserError

SIZE = 84
CSV = {"train": "train.csv", "validation": "val.csv", "test": "test.csv"}
HEADER = ["filename", "label"]
WHOSE = "those of Ravi & Larochelle"
FOLDERS = {"train": "train", "validation": "val", "test": "test"}
# The files that learn2learn uses too, with the checksums that Zenodo publishes (record 7978538).
RECORD = "https://zenodo.org/record/7978538/files"
PICKLES = {
    "mini-imagenet-cache-train.pkl": "ee4e80dc7b716f3ceec891d199b5277a",
    "mini-imagenet-cache-validation.pkl": "c1145a80890b88d54a67d6e0022d53a5",
    "mini-imagenet-cache-test.pkl": "389b6c59d348b2e1ae9610f00a5e6724",
}
# The same by the names that Ren et al. gave them; their checksums are not known here.
OTHER_PICKLES = dict.fromkeys(f"mini-imagenet-cache-{part}.pkl" for part in FOLDERS.values())
CLASSES = tuple(name for names in json.loads(committed("mini-imagenet-ravi.json")).values() for name in names)


class MiniImageNet(FolderDataSet):
    """Read from a folder mini-imagenet/, in any of the ways in which people have it.

    They are images/ with Ravi & Larochelle's csv files, pickles of arrays, {train,val,test}/CLASS/, and the folders of
    the 100 classes. A copy with fewer images says so in its csv files: each image that they name must be there.
    """

    summary = "100 classes of ImageNet x 600 images, 84x84 (Vinyals et al. 2016; split of Ravi & Larochelle 2017)"
    image_shape = (SIZE, SIZE, 3)
    full_size = 60_000
    kind = "photographs"
    splits = ("ravi",)
    layouts = (
        Layout("mini-imagenet", files=tuple(CSV.values()), folders=("images",)),
        Layout("mini-imagenet", files=tuple(PICKLES)),
        Layout("mini-imagenet", files=tuple(OTHER_PICKLES)),
        Layout("mini-imagenet", folders=tuple(FOLDERS.values())),
        Layout("mini-imagenet", folders=CLASSES),
    )
    source = "ltdi-bench data download mini-imagenet, or a copy of your own in one of the layouts of docs/data-sets.md"

    def words(self, class_name: str) -> str:
        return imagenet_words()[class_name]

    def read_layout(self, layout: Layout, home: Path) -> Listing:
        if layout.folders == CLASSES:
            return arrange(read_tree(home, {"": "."}), (), decoder(SIZE))
        if layout.folders == tuple(FOLDERS.values()):
            return arrange(read_parts(home, FOLDERS, self.split("ravi"), WHOSE), (), decoder(SIZE))
        if layout.folders:
            return self._read_csv(home)
        return self._read_pickles(home, PICKLES if layout == self.layouts[1] else OTHER_PICKLES)

    def download(self, root: Path) -> None:
        for name, md5 in PICKLES.items():
            fetch(f"{RECORD}/{name}", root / "mini-imagenet" / name, md5)

    def _read_csv(self, home: Path) -> Listing:
        folder = ImageFolder(home / "images", home)
        split = self.split("ravi")
        files: dict[tuple[str, str], list[str]] = {}
        for part, name in CSV.items():
            file = home / name
            labels: set[str] = set()
            for number, (image, label) in enumerate(_rows(file), 2):
                labels.add(label)
                files.setdefault((label, ""), []).append(folder.find(image, f"line {number} of {str(file)!r}"))
            check_same_classes(labels, getattr(split, part), file, WHOSE)
        folder.check()
        return arrange(files, (), decoder(SIZE))

    def _read_pickles(self, home: Path, pickles: Mapping[str, str | None]) -> Listing:
        split = self.split("ravi")
        places: dict[tuple[str, str], list[tuple[str, int]]] = {}
        for (file, md5), part in zip(pickles.items(), CSV, strict=True):
            numbers = _class_numbers(home / file, read_pickle(home / file, md5))
            check_same_classes(numbers, getattr(split, part), home / file, WHOSE)
            for name, members in numbers.items():
                places[name, ""] = [(file, int(member)) for member in members]
        # One file's classes after the other's, so that one file at a time is in memory.
        return arrange(places, (), lambda items: _from_pickles(home, items), class_names=[name for name, _ in places])


def _rows(file: Path) -> Iterator[list[str]]:
    """File name and class of every line below the header; UserError where there is anything else."""
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            rows = list(csv.reader(lines))
    except (OSError, ValueError, csv.Error) as error:
        raise UserError(f"{str(file)!r} is not a readable csv file; get it again.") from error
    if not rows or rows[0] != HEADER:
        raise UserError(f"{str(file)!r} must begin with the line {','.join(HEADER)!r}.")
    for number, row in enumerate(rows[1:], 2):
        if len(row) != len(HEADER):
            raise UserError(f"Line {number} of {str(file)!r} must hold a file name and a class, not {','.join(row)!r}.")
        yield row


def _class_numbers(file: Path, content: object) -> dict[str, list[int]]:
    """The image numbers of every class in one of the pickles."""
    try:
        images, numbers = content["image_data"], content["class_dict"]
        every = np.concatenate([np.asarray(members) for members in numbers.values()])
        if images.shape != (len(every), SIZE, SIZE, 3) or images.dtype != np.uint8:
            raise ValueError(images.shape)
        if sorted(every.tolist()) != list(range(len(every))):
            raise ValueError("numbers")
        return {str(name): list(members) for name, members in numbers.items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UserError(f"{str(file)!r} does not hold images and their classes; delete it and get it again.") from error


def _from_pickles(home: Path, items: Iterator[tuple[str, int]]) -> Iterator[np.ndarray]:
    """Images by file and number; holds the file that was asked for last."""
    last, images = "", None
    for file, number in items:
        if file != last:
            images = None  # before the next one is read
            last, images = file, read_pickle(home / file, None)["image_data"]
        yield images[number]
