"""Omniglot (Lake et al. 2015): 1,623 handwritten characters of 50 alphabets, 20 drawings each, 28x28."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
from PIL import Image

from benchmark.data.dataset import Listing
from benchmark.data.faults import Fault, Faults
from benchmark.data.images import decoded, opened
from benchmark.data.layouts import FolderDataSet, Layout
from benchmark.data.pixels import flattened
from benchmark.data.trees import class_folders, image_files
from methods.errors import UserError

CLASSES = 1623
DRAWINGS = 20
SIZE = 28
PARTS = ("images_background", "images_evaluation")


class Omniglot(FolderDataSet):
    """Read from images_{background,evaluation}/ALPHABET/character/*.png in the folder of torchvision or of its authors.

    torchvision's is omniglot-py/; a clone of the authors' repository has it in omniglot/python/, to be unpacked.
    """

    summary = "1,623 handwritten characters x 20 drawings, 28x28 (Lake et al. 2015)"
    image_shape = (SIZE, SIZE, 1)
    # 800/400/423 is the Lt-Di paper's (whose 432 would need 1,632 classes); 1,200/423 is Reptile's, of which we
    # keep 100 of the training characters for validation; vinyals is that of Matching Networks (1,028/172/423).
    splits = ("800-400-423", "1200-423", "vinyals")
    full_size = CLASSES * DRAWINGS
    turned_classes = True
    layouts = tuple(Layout(folder, folders=PARTS) for folder in ("omniglot-py", "omniglot/python", "omniglot"))

    def read_layout(self, layout: Layout, home: Path) -> Listing:
        files: dict[str, list[str]] = {}
        inside, faults = Path(os.path.realpath(home)), Faults()
        for part in PARTS:
            for alphabet in class_folders(home / part, inside, faults):
                for character in class_folders(alphabet, inside, faults):
                    with faults.noted():
                        files[f"{alphabet.name}/{character.name}"] = _drawings(character, inside, faults)
        faults.check()
        if len(files) != CLASSES:
            raise UserError(f"Omniglot must have {CLASSES} characters, but {str(home)!r} has {len(files)}.")
        names = tuple(sorted(files))
        labels = np.repeat(np.arange(CLASSES, dtype=np.int32), DRAWINGS)
        return Listing(labels, names, decoded((path for name in names for path in files[name]), _decode))

    def download(self, root: Path) -> None:
        from torchvision.datasets import Omniglot as Archive

        for background in (True, False):
            Archive(str(root), background=background, download=True)


def _drawings(character: Path, inside: Path, faults: Faults) -> list[str]:
    """The 20 drawings of a character; Fault where there are more or fewer."""
    files = image_files(character, inside, faults, (".png",))
    if len(files) != DRAWINGS:
        raise Fault(f"{str(character)!r}", f"has {len(files)} drawings in place of {DRAWINGS}; restore them")
    return files


def _decode(path: str) -> np.ndarray:
    """Bright ink on dark paper, so that the zeros which convolutions pad with are paper."""
    with opened(path, f"{path!r}") as image:
        small = flattened(image).convert("L").resize((SIZE, SIZE), Image.Resampling.BOX)
    return 255 - np.asarray(small)[..., None]
