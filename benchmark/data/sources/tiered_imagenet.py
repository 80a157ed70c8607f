"""TieredImageNet (Ren et al. 2018): 351/97/160 classes of ImageNet from different branches of WordNet, 84x84."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmark.data.arrange import arrange
from benchmark.data.dataset import Listing
from benchmark.data.fetching import fetch
from benchmark.data.images import decode_bytes, decoded, decoder
from benchmark.data.layouts import FolderDataSet, Layout
from benchmark.data.lists import check_same_classes, read_lines
from benchmark.data.pickles import blob_places, blobs, read_pickle
from benchmark.data.signatures import folders_signature
from benchmark.data.trees import read_parts
from benchmark.data.wordnet import imagenet_words
from methods.errors import UserError

SIZE = 84
FOLDERS = {"train": "train", "validation": "val", "test": "test"}
WHOSE = "those of Ren et al."
NAMES = ("synsets.txt", "class_names.txt")
RECORD = "https://zenodo.org/record/7978538/files/tiered-imagenet-"  # the files that learn2learn uses too
PNG = b"\x89PNG\r\n"


class TieredImageNet(FolderDataSet):
    """Read from tiered-imagenet/{train,val,test}/CLASS/*.jpg, or from the pickles of its authors.

    The pickles hold PNG files. They are found without unpickling anything, so that packing takes little memory and
    nothing is run; their checksums are not known here.
    """

    summary = "608 classes of ImageNet in 34 categories, 779,165 images, 84x84 (Ren et al. 2018)"
    image_shape = (SIZE, SIZE, 3)
    full_size = 779_165
    kind = "photographs"
    splits = ("ren",)
    layouts = (
        Layout("tiered-imagenet", folders=tuple(FOLDERS.values())),
        Layout(
            "tiered-imagenet",
            files=(*NAMES, *(f"{part}_{what}.pkl" for part in FOLDERS.values() for what in ("labels", "images_png"))),
        ),
    )
    source = "ltdi-bench data download tiered-imagenet (12 GB), or {train,val,test}/CLASS/ of your own"

    def words(self, class_name: str) -> str:
        return imagenet_words()[class_name]

    def signature(self, root: Path) -> str:
        layout = self.layout(root)
        if layout == self.layouts[0]:
            return folders_signature(root / layout.folder)
        stats = [(root / layout.folder / name).stat() for name in layout.needs if layout.missing(root) is None]
        return str([(stat.st_size, stat.st_mtime_ns) for stat in stats])

    def read_layout(self, layout: Layout, home: Path) -> Listing:
        if layout == self.layouts[0]:
            return arrange(read_parts(home, FOLDERS, self.split("ren"), WHOSE), (), decoder(SIZE))
        return self._read_pickles(home)

    def download(self, root: Path) -> None:
        for name in self.layouts[1].needs:
            fetch(f"{RECORD}{name}", root / "tiered-imagenet" / name)

    def _read_pickles(self, home: Path) -> Listing:
        split = self.split("ren")
        synsets, names = (read_lines(home / file) for file in NAMES)
        members: dict[tuple[str, str], list[tuple[Path, int]]] = {}
        for part, folder in FOLDERS.items():
            classes = getattr(split, part)
            # Names are unique within a part, not over all of ImageNet: there are two maillots.
            by_name = {name.strip(): each for each, name in zip(synsets, names, strict=False) if each in set(classes)}
            unnamed = {*classes} - {*by_name.values()}
            if unnamed:
                raise UserError(
                    f"{str(home / NAMES[0])!r} and {NAMES[1]!r} must have a line for every class, but give "
                    f"{min(unnamed)!r} no name of its own; get both again."
                )
            labels, called = _labels(home / f"{folder}_labels.pkl")
            class_of = [by_name.get(name, name) for name in called]
            check_same_classes((class_of[label] for label in labels), classes, home / f"{folder}_labels.pkl", WHOSE)
            images = home / f"{folder}_images_png.pkl"
            places = blob_places(images, PNG)
            if len(places) != len(labels):
                raise UserError(
                    f"{str(images)!r} holds {len(places)} images for {len(labels)} labels; delete it and get it again."
                )
            for label, place in zip(labels, places, strict=True):
                members.setdefault((class_of[label], ""), []).append((images, place))
        return arrange(members, (), lambda items: decoded(items, _decode))


def _labels(file: Path) -> tuple[list[int], list[str]]:
    """The class of each image and the names of the classes, of one part."""
    content = read_pickle(file, None)
    try:
        labels = np.asarray(content["label_specific"], dtype=np.float64)
        names = [str(name) for name in content["label_specific_str"]]
        if labels.ndim != 1 or not np.isin(labels, np.arange(len(names))).all():
            raise ValueError("labels")
        return labels.astype(int).tolist(), names
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise UserError(f"{str(file)!r} does not hold labels; delete it and get it again.") from error


def _decode(item: tuple[Path, int]) -> np.ndarray:
    file, place = item
    (content,) = blobs(file, iter([place]))
    return decode_bytes(content, SIZE, f"An image in {str(file)!r} (at byte {place})")
