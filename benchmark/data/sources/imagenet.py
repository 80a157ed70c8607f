"""ImageNet (ILSVRC 2012; Deng et al. 2009): 1,000 classes x 732 to 1,300 photographs, here 84x84."""

from __future__ import annotations

from pathlib import Path

from benchmark.data.arrange import arrange
from benchmark.data.dataset import ClassSplit, Listing, Split
from benchmark.data.images import decoder
from benchmark.data.layouts import FolderDataSet, Layout
from benchmark.data.signatures import folders_signature
from benchmark.data.trees import read_tree
from benchmark.data.wordnet import imagenet_words
from methods.errors import UserError
from methods.seeding import derive_seed

SIZE = 84
HELD_OUT = 100  # classes for validation, and as many for tests


class ImageNet(FolderDataSet):
    """Read from imagenet/train/CLASS/*.JPEG; the official validation images are not used.

    A copy may lack classes, such as ImageNet-100 does, and images.
    """

    summary = "1,000 classes x 732 to 1,300 photographs, 84x84 (Deng et al. 2009); copies with fewer are read as well"
    image_shape = (SIZE, SIZE, 3)
    full_size = 1_281_167
    kind = "photographs"
    any_classes = True
    splits = ("classes",)
    layouts = (Layout("imagenet", folders=("train",)),)
    source = "put its classes into imagenet/train/ in the data folder; from https://image-net.org/download"

    def words(self, class_name: str) -> str:
        return imagenet_words()[class_name]

    def signature(self, root: Path) -> str:
        return folders_signature(root / "imagenet")

    def split(self, name: str) -> Split:
        """800/100/100 classes at random."""
        names = sorted(imagenet_words(), key=lambda each: derive_seed(0, "imagenet", "split", each))
        cuts = (names[2 * HELD_OUT :], names[:HELD_OUT], names[HELD_OUT : 2 * HELD_OUT])
        return ClassSplit(*(tuple(sorted(part)) for part in cuts))

    def read_layout(self, layout: Layout, home: Path) -> Listing:
        files = read_tree(home, {"": "train"})
        if not files:
            raise UserError(f"{str(home / 'train')!r} has no class folders; {self.how_to_get}")
        for name, _ in files:
            if name not in imagenet_words():
                raise UserError(
                    f"{str(home / 'train' / name)!r} is none of ImageNet's 1,000 classes, which are called like "
                    "n01440764; move it away."
                )
        return arrange(files, (), decoder(SIZE))
