"""The cost of learning from classes on which the body was trained.

Features of those classes lie closer together than those of the classes that methods are tested on. The body is trained
on half of the training classes, drawn by the seed; methods learn from tasks of that half ("seen" by the body) or of the
other one ("unseen"). Body, test tasks and the number of classes are the same, so that a method's difference between the
two is what the shift costs it and by how much one half is better to learn from. The latter cancels over a pair of
seeds, an even one and the next: their bodies have seen opposite halves. Features of several bodies are not put
together, as cross-fitting in regression does with predictions: what a feature means differs from one body to the next,
and with it what the weights of a head mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from benchmark.cells.cell import Cell
from benchmark.cells.scenarios.split_classes import SplitClasses
from benchmark.suites.suite import Choice, Suite


class CrossFitting(Suite):
    summary = "methods that learn from classes that the body was trained on, and from others"
    datasets = ("mini-imagenet", "cifar-fs", "omniglot")
    ways = (5,)
    shots = (1, 5)
    methods = ("prototypes", "regression", "lv-di", "lt-di", "set-to-set")
    about_bodies = True
    seeds = 4

    def notices(self, choice: Choice) -> list[str]:
        seeds = range(choice.first_seed, choice.first_seed + choice.seeds)
        return [
            f"Seed {seed} is without the other of its pair, {seed ^ 1}: by how much one half of the classes is better "
            "to learn from cancels over pairs only."
            for seed in seeds
            if seed ^ 1 not in seeds
        ]

    def forms(self, cell: Cell, variant: Mapping[str, Any], choice: Choice) -> Iterator[Cell]:
        yield from (replace(cell, scenario=SplitClasses(which)) for which in ("seen", "unseen"))
