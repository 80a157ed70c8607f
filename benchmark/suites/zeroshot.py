"""Zero-shot transfer: heads for all classes of a data set that meta-training has not seen (Lt-Di paper, Table 2).

"Zero-shot" means two things, and here each is a track. In "semantic", methods know of a class what it is called, as a
vector, and see no image. In "gradient-free", they are given labelled images of the target's training part, and answer
without a gradient step. Methods learn from tasks of 50 classes with 50 images each, drawn from ImageNet, or, where
that is not there, from another data set; classes that the target has too are left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from benchmark.cells.cell import Cell
from benchmark.cells.scenarios.transfer import Transfer
from benchmark.data.catalogue import Located
from benchmark.data.dataset import ImageSplit
from benchmark.data.transfer import Source
from benchmark.suites.suite import Choice, Suite
from methods.errors import UserError

SPLIT = "official"
IMAGES = 50
WAY = 50
SMOKE_WAY = 10
QUERIES = 60_000  # of all test episodes together, about; a test part has up to 10,000 images
FEWEST = 20  # test episodes


class ZeroShot(Suite):
    summary = "classes never seen, from class vectors or without a gradient step (Lt-Di paper, Table 2)"
    datasets = ("cifar10", "cifar100", "stl10", "aircraft", "pets")
    sources = ("imagenet", "tiered-imagenet", "mini-imagenet", "cifar-fs")
    ways = ()  # all classes of the target
    shots = (20,)  # of the gradient-free track
    methods = (
        "lt-di",
        "lv-di",
        "regression",
        "set-to-set",
        "meta-baseline",
        "ridge",
        "prototypes",
        "semantic-lt-di",
        "semantic-ridge",
    )
    conditions = ("support", "semantics")
    tracks: ClassVar = {"gradient-free": "support", "semantic": "semantics"}
    gradients = False
    paper_bodies = ("resnet12",)
    new_classes = False  # those of the data set itself: it is not what meta-training is on
    seeds = 3
    stand_in = "typefaces"
    stand_in_source = "glyphs"

    def cells(self, choice: Choice) -> Iterator[Cell]:
        for data in choice.data:
            if SPLIT not in data.dataset.splits:
                raise UserError(
                    f"{data.dataset.name} has no training and test images of the same classes; run {self.name!r} on "
                    f"{', '.join(self.datasets)}."
                )
            ways = choice.ways or (data.dataset.class_count or len(data.class_names()),)
            source = _source(choice.sources[data.dataset.name], data)
            way = min(SMOKE_WAY if choice.profile.name == "smoke" else WAY, _widest(source))
            for cell in super().cells(replace(choice, data=[data], split=choice.split or SPLIT, ways=ways)):
                semantic = cell.method.condition == "semantics"
                if semantic and cell.shot != choice.shots[0]:
                    continue  # it sees no images, however many there are
                transfer = Transfer(
                    source,
                    way,
                    IMAGES,
                    min(cell.profile.episodes, max(FEWEST, QUERIES // (cell.way * cell.profile.queries))),
                    choice.semantics if semantic else None,
                )
                yield replace(cell, scenario=transfer, shot=0 if semantic else cell.shot)


def _source(data: Located, target: Located) -> Source:
    name = data.dataset.name
    if data.dataset.kind != target.dataset.kind:
        raise UserError(
            f"{name} shows {data.dataset.kind}, {target.dataset.name} {target.dataset.kind}; choose another --source."
        )
    split = data.dataset.splits[0]
    if isinstance(data.dataset.split(split), ImageSplit):
        raise UserError(
            f"Training and validation images of {name} ({split}) are of the same classes, but choices are made on "
            "classes that methods have not learned from; choose another --source."
        )
    words = tuple(target.dataset.words(name) for name in target.class_names())
    source = Source(data, split, words)
    if _widest(source) < 2:
        raise UserError(
            f"Without the classes of {target.dataset.name} there are none left of {name} to meta-train on; "
            "choose another --source."
        )
    return source


def _widest(source: Source) -> int:
    """As many classes as tasks of either part can have."""
    return min(units.widest for units in source.units().values())
