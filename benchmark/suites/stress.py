"""What MetaDiff's paper leaves open: longer and shorter chains, other betas, harder tasks, and a known best path.

Every method is evaluated on each kind of hard task (`benchmark.tasks.hard`) too, and on tasks of another data set,
after the same meta-training on plain ones; MetaDiff's denoiser is also compared with gradient descent where the ideal
one is known (`methods.optimal_path`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from benchmark.cells.cell import CROSS_DOMAIN, OPEN_SET, PLAIN, TASKS, Cell
from benchmark.data.catalogue import Located
from benchmark.data.transfer import Target
from benchmark.suites.suite import Choice, Suite

CHAINS = (
    {},
    {"schedule": "cosine"},
    {"schedule": "quadratic"},
    *({"diffusion_steps": steps} for steps in (100, 250, 500, 2000)),
    {"diffusion_steps": 100, "schedule": "cosine"},
)


class Stress(Suite):
    summary = "MetaDiff's open questions: chain length, betas, harder tasks, another domain, a known path"
    datasets = ("omniglot",)
    ways = (5,)
    shots = (5,)
    quick_shots = (5,)
    targets = ("glyphs", "omniglot", "symbols", "cifar-fs", "fc100", "mini-imagenet", "tiered-imagenet")
    methods = ("metadiff", "lt-di", "prototypes", "shrunken-prototypes")
    any_body_epochs = False  # which classes overlap depends on them, and would differ from one row to the next
    seeds = 3

    def notices(self, choice: Choice) -> list[str]:
        found = ((data, _test_classes(data, choice.split), way) for data in choice.data for way in choice.ways)
        return [
            f"Left out: open-set {way}-way tasks of {data.dataset.name}, which have as many classes again that are "
            f"unknown; its test part has {classes}."
            for data, classes, way in found
            if classes < 2 * way
        ]

    def cells(self, choice: Choice) -> Iterator[Cell]:
        for cell in super().cells(choice):
            target = choice.targets.get(cell.data.dataset.name)
            if cell.tasks == "imbalanced" and cell.shot == 1:
                continue  # a single image cannot be imbalanced
            if cell.tasks == OPEN_SET and 2 * cell.way > _test_classes(cell.data, cell.split):
                continue  # as the notices say
            if cell.tasks != CROSS_DOMAIN:
                yield cell
            elif target is not None:
                yield replace(cell, target=Target(target, target.dataset.splits[0], cell.data, cell.split))

    def variants(self, method: str, profile: str) -> Sequence[Mapping[str, Any]]:
        return CHAINS if method == "metadiff" else ({},)

    def forms(self, cell: Cell, variant: Mapping[str, Any]) -> Iterator[Cell]:
        yield replace(cell, study="optimal-path") if cell.method.label == "metadiff" else cell
        if not variant:
            yield from (replace(cell, tasks=kind) for kind in TASKS if kind != PLAIN)


def _test_classes(data: Located, split: str | None) -> int:
    """As many as a test task can have."""
    return data.units(split or data.dataset.splits[0])["test"].widest
