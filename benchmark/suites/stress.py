"""Questions that MetaDiff's paper leaves open: the length of chains, betas, harder tasks, and a known best path.

Every method is evaluated on each kind of harder tasks (`benchmark.tasks.kinds`) too, and on tasks of another data set,
after the same meta-training on plain ones; MetaDiff's denoiser is also compared with gradient descent where the ideal
one is known (`methods.optimal_path`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from benchmark.cells.cell import Cell
from benchmark.cells.scenarios.cross_domain import CrossDomain
from benchmark.data.catalogue import Located
from benchmark.data.transfer import Target
from benchmark.suites.suite import Choice, Suite
from benchmark.tasks import kinds

CHAINS: tuple[Mapping[str, Any], ...] = (
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
        return [
            f"Left out: {kind} {way}-way {shot}-shot tasks of {data.dataset.name}; {reason}."
            for data, way, shot, kind in product(choice.data, choice.ways, choice.shots, _harder())
            if (reason := kinds.get(kind).unfit(way, shot, _test_classes(data, choice.split)))
        ]

    def variants(self, method: str, profile: str) -> Sequence[Mapping[str, Any]]:
        return CHAINS if method == "metadiff" else ({},)

    def forms(self, cell: Cell, variant: Mapping[str, Any], choice: Choice) -> Iterator[Cell]:
        yield replace(cell, study="optimal-path") if cell.method.label == "metadiff" else cell
        if variant:
            return
        classes = _test_classes(cell.data, cell.split)
        for kind in _harder():
            if not kinds.get(kind).unfit(cell.way, cell.shot, classes):
                yield replace(cell, tasks=kind)
        target = choice.targets.get(cell.data.dataset.name)
        if target is not None:
            tested = Target(target, target.dataset.splits[0], cell.data, cell.split)
            yield replace(cell, scenario=CrossDomain(tested))


def _harder() -> list[str]:
    """All kinds of tasks but the plain one."""
    return [kind for kind in kinds.names() if kind != kinds.PLAIN]


def _test_classes(data: Located, split: str | None) -> int:
    """As many as a test task can have."""
    return data.units(split or data.dataset.splits[0])["test"].widest
