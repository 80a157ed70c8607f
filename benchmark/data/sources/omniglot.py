"""Omniglot (Lake et al. 2015): 1,623 handwritten characters of 50 alphabets, 20 drawings each, 28x28."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from benchmark.data.dataset import DataSet, Listing, tree_signature
from benchmark.data.trees import check_link
from methods.errors import UserError

CLASSES = 1623
DRAWINGS = 20
SIZE = 28
PARTS = ("images_background", "images_evaluation")


class Omniglot(DataSet):
    """Read from what torchvision extracts: omniglot-py/images_{background,evaluation}/ALPHABET/character/*.png."""

    summary = "1,623 handwritten characters x 20 drawings, 28x28 (Lake et al. 2015)"
    image_shape = (SIZE, SIZE, 1)
    # 800/400/423 is the Lt-Di paper's (whose 432 would need 1,632 classes); 1,200/423 is Reptile's, of which we
    # keep 100 of the training characters for validation; vinyals is that of Matching Networks (1,028/172/423).
    splits = ("800-400-423", "1200-423", "vinyals")
    full_size = CLASSES * DRAWINGS
    turned_classes = True

    def present(self, root: Path) -> bool:
        return (root / "omniglot-py").is_dir()

    def complete(self, root: Path) -> bool:
        return self.missing(root) is None

    def missing(self, root: Path) -> Path | None:
        parts = (root / "omniglot-py" / part for part in PARTS)
        return next((folder for folder in parts if not folder.is_dir()), None)

    def signature(self, root: Path) -> str:
        return tree_signature(root / "omniglot-py")

    def read(self, root: Path) -> Listing:
        files: dict[str, list[Path]] = {}
        inside = Path(os.path.realpath(root / "omniglot-py"))
        for part in PARTS:
            folder = root / "omniglot-py" / part
            if not folder.is_dir():
                raise UserError(
                    f"Omniglot is incomplete: there is no folder {str(folder)!r}; to get it: {self.how_to_get}"
                )
            check_link(folder, inside)
            for character in sorted(folder.glob("*/*")):
                check_link(character.parent, inside)
                files[f"{character.parent.name}/{character.name}"] = _drawings(character, inside)
        if len(files) != CLASSES:
            raise UserError(
                f"Omniglot must have {CLASSES} characters, but {str(root / 'omniglot-py')!r} has {len(files)}."
            )
        names = tuple(sorted(files))
        labels = np.repeat(np.arange(CLASSES, dtype=np.int32), DRAWINGS)
        return Listing(labels, names, _decode(path for name in names for path in files[name]))

    def download(self, root: Path) -> None:
        from torchvision.datasets import Omniglot as Archive

        for background in (True, False):
            Archive(str(root), background=background, download=True)


def _drawings(character: Path, inside: Path) -> list[Path]:
    """The 20 drawings of a character; anything else in its folder is an error, as is a link out of `inside`."""
    check_link(character, inside)
    found = sorted(character.iterdir()) if character.is_dir() else [character]
    for path in found:
        check_link(path, inside)
        if path.suffix != ".png" or not path.is_file():
            raise UserError(f"{str(path)!r} does not belong to Omniglot; move it away.")
    if len(found) != DRAWINGS:
        raise UserError(f"An Omniglot character has {DRAWINGS} drawings, but {str(character)!r} has {len(found)}.")
    return found


def _decode(paths: Iterator[Path]) -> Iterator[np.ndarray]:
    """Bright ink on dark paper, so that the zeros which convolutions pad with are paper."""
    for path in paths:
        try:
            with Image.open(path) as image:
                small = image.convert("L").resize((SIZE, SIZE), Image.Resampling.BOX)
        except (OSError, SyntaxError, ValueError) as error:
            raise UserError(f"{str(path)!r} is not a readable image; replace it with the original file.") from error
        yield 255 - np.asarray(small)[..., None]
