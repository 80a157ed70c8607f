"""Oxford-IIIT Pets (Parkhi et al. 2012): 37 breeds of cats and dogs x about 200 photographs, here 84x84."""

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
CLASSES = 37
GROUPS = ("trainval", "test")


class Pets(FolderDataSet):
    """Read from torchvision's oxford-iiit-pet/."""

    summary = "37 breeds of cats and dogs x about (100 training + 100 test) photographs, 84x84 (Parkhi et al. 2012)"
    image_shape = (SIZE, SIZE, 3)
    full_size = 7_349
    kind = "photographs"
    splits = ("official",)
    class_count = CLASSES
    layouts = (
        Layout("oxford-iiit-pet", files=tuple(f"annotations/{group}.txt" for group in GROUPS), folders=("images",)),
    )

    def split(self, name: str) -> Split:
        return official_parts(train="trainval")

    def download(self, root: Path) -> None:
        from torchvision.datasets import OxfordIIITPet

        OxfordIIITPet(str(root), download=True)

    def read_layout(self, layout: Layout, home: Path) -> Listing:
        folder = ImageFolder(home / "images", home)
        files: dict[tuple[str, str], list[str]] = {}
        breeds: dict[str, set[str]] = {}
        for group in GROUPS:
            file = home / "annotations" / f"{group}.txt"
            group_breeds = breeds[group] = set()
            for number, line in enumerate(read_lines(file), 1):
                fields = line.split()
                breed, _, _ = fields[0].rpartition("_") if len(fields) == 4 else ("", "", "")
                if not breed:
                    raise UserError(
                        f"Line {number} of {str(file)!r} must be like 'Abyssinian_100 1 1 1', not {line!r}; "
                        "get it again."
                    )
                group_breeds.add(breed)
                path = folder.find(f"{fields[0]}.jpg", f"line {number} of {str(file)!r}")
                files.setdefault((breed, group), []).append(path)
            if len(group_breeds) != CLASSES:
                raise UserError(f"{str(file)!r} must have {CLASSES} breeds, but has {len(group_breeds)}; get it again.")
            check_same_classes(group_breeds, breeds[GROUPS[0]], file, f"those of {GROUPS[0]}.txt")
        folder.check()
        return arrange(files, GROUPS, decoder(SIZE))
