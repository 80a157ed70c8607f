"""What MetaDiff's paper leaves open: longer and shorter chains, other betas, harder tasks, and a known best path.

Every method is evaluated on each kind of hard task (`benchmark.hard_tasks`) too, after the same meta-training on
plain ones; MetaDiff's denoiser is also compared with gradient descent where the ideal one is known
(`methods.known_path`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from benchmark.cells import PLAIN, TASKS, Cell
from benchmark.suites.suite import Suite

CHAINS = (
    {},
    {"schedule": "cosine"},
    {"schedule": "quadratic"},
    *({"diffusion_steps": steps} for steps in (100, 250, 500, 2000)),
    {"diffusion_steps": 100, "schedule": "cosine"},
)


class Stress(Suite):
    summary = "MetaDiff's open questions: chain length, betas, imbalanced, overlapping and open-set tasks, a known path"
    datasets = ("omniglot",)
    ways = (5,)
    shots = (5,)
    quick_shots = (5,)  # a single image cannot be imbalanced
    methods = ("metadiff", "lt-di", "prototypes", "shrunken-prototypes")
    seeds = 3

    def variants(self, method: str, profile: str) -> Sequence[Mapping[str, Any]]:
        return CHAINS if method == "metadiff" else ({},)

    def forms(self, cell: Cell, variant: Mapping[str, Any]) -> Iterator[Cell]:
        yield replace(cell, study="known-path") if cell.method.label == "metadiff" else cell
        if not variant:
            yield from (replace(cell, tasks=kind) for kind in TASKS if kind != PLAIN)
