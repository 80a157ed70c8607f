"""Data sets that have the same classes in several domains, as a tree DOMAIN/CLASS/images."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from benchmark.data.arrange import arrange
from benchmark.data.dataset import ImageSplit, Listing, Selection, Split
from benchmark.data.images import decoder
from benchmark.data.layouts import FolderDataSet, Layout
from benchmark.data.trees import check_classes, read_tree

SIZE = 84
HELD_OUT = 0.3  # of the source domains' images of each class, for choices: enough for 5 + 15 in PACS' smallest class


class DomainTree(FolderDataSet):
    """The groups are the domains; a split is named by its target domain.

    Sources and target share classes: what is new is the domain. Choices are made on held-out images of the sources.
    """

    fewest: ClassVar[int] = 1  # images of a class in a domain's part of the split; those with fewer are left out
    image_shape = (SIZE, SIZE, 3)
    kind = "photographs"

    def split(self, name: str) -> Split:
        return leave_out(name, self.domains, self.fewest)

    def read_layout(self, layout: Layout, home: Path) -> Listing:
        groups = {domain: domain for domain in self.domains}
        files = read_tree(home, groups)
        check_classes(files, groups, self.class_count, home)
        return arrange(files, self.domains, decoder(SIZE))


def leave_out(target: str, domains: tuple[str, ...], fewest: int = 1) -> ImageSplit:
    """Tests on one domain, meta-training on the others, validation on other images of these.

    A class with fewer images than `fewest` in a domain's part is left out there.
    """
    sources = tuple(domain for domain in domains if domain != target)
    return ImageSplit(
        train=Selection(groups=sources, share=(0.0, 1 - HELD_OUT), fewest=fewest),
        validation=Selection(groups=sources, share=(1 - HELD_OUT, 1.0), fewest=fewest),
        test=Selection(groups=(target,), fewest=fewest),
    )
