"""FGVC-Aircraft (Maji et al. 2013): 100 variants of aircraft x 100 photographs, here 84x84."""

from __future__ import annotations

from pathlib import Path

from benchmark.data.arrange import arrange
from benchmark.data.dataset import Listing, Split
from benchmark.data.images import decoder
from benchmark.data.layouts import FolderDataSet, Layout
from benchmark.data.lists import ImageFolder, check_same_classes, read_lines
from benchmark.data.official import official_parts
from methods.errors import UserError

SIZE = 84
BANNER = 20  # rows at the bottom of each photograph that say who took it
CLASSES = 100
GROUPS = ("train", "val", "test")


class Aircraft(FolderDataSet):
    """Read from torchvision's fgvc-aircraft-2013b/."""

    summary = "100 variants of aircraft x (33 training + 33 validation + 34 test) photographs, 84x84 (Maji et al. 2013)"
    image_shape = (SIZE, SIZE, 3)
    full_size = 10_000
    kind = "photographs"
    splits = ("official",)
    class_count = CLASSES
    layouts = (
        Layout(
            "fgvc-aircraft-2013b/data",
            files=("variants.txt", *(f"images_variant_{group}.txt" for group in GROUPS)),
            folders=("images",),
        ),
    )

    def split(self, name: str) -> Split:
        return official_parts(validation="val")

    def words(self, class_name: str) -> str:
        return class_name

    def download(self, root: Path) -> None:
        from torchvision.datasets import FGVCAircraft

        FGVCAircraft(str(root), download=True)

    def read_layout(self, layout: Layout, home: Path) -> Listing:
        names = [line.strip() for line in read_lines(home / "variants.txt")]
        if len(set(names)) != CLASSES:
            raise UserError(f"{str(home / 'variants.txt')!r} must name {CLASSES} classes, but names {len(set(names))}.")
        folder = ImageFolder(home / "images", home)
        files: dict[tuple[str, str], list[str]] = {}
        for group in GROUPS:
            file = home / f"images_variant_{group}.txt"
            classes = set()
            for number, line in enumerate(read_lines(file), 1):
                image, _, name = line.strip().partition(" ")
                classes.add(name)
                path = folder.find(f"{image}.jpg", f"line {number} of {str(file)!r}")
                files.setdefault((name, group), []).append(path)
            check_same_classes(classes, names, file, "those of variants.txt")
        folder.check()
        return arrange(files, GROUPS, decoder(SIZE, banner=BANNER))
