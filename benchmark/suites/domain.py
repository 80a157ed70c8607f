"""Multi-domain generalisation: tasks of a domain that meta-training has not seen (Lt-Di paper, Table 4).

A split is named by its target domain; methods learn from tasks of the other domains, each task being of one of them,
and choices are made on held-out images of these. Source and target share classes: that is why `source-classifier`,
which knows which classes a task has, is the control.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product

from benchmark.cells.cell import Cell
from benchmark.suites.suite import Choice, Suite
from methods.errors import UserError, unknown

SETTINGS = {"domainnet": ((5, 1), (20, 5))}  # (way, shot); PACS has seven classes
OTHERS = ((5, 1), (5, 5))
IN_TURN = ("pacs",)  # each of its domains is left out once; else there is one target, Sketch in DomainNet


class Domain(Suite):
    summary = "tasks of an unseen domain, classes being shared (Lt-Di paper, Table 4)"
    datasets = ("domainnet", "pacs")
    ways = shots = ()  # the data set's own, see SETTINGS
    methods = (
        "lt-di",
        "lv-di",
        "regression",
        "set-to-set",
        "metadiff",
        "meta-baseline",
        "reptile",
        "ridge",
        "prototypes",
        "source-classifier",
    )
    conditions = ("support", "identities")
    paper_bodies = ("resnet12",)
    new_classes = False  # a new domain
    stand_in = "typefaces"

    def cells(self, choice: Choice) -> Iterator[Cell]:
        for data in choice.data:
            name = data.dataset.name
            targets = [split for split in data.dataset.splits if split in data.dataset.domains]
            if not targets:
                raise UserError(f"{name} has no domains; run {self.name!r} on {' or '.join(self.datasets)}.")
            if choice.split and choice.split not in targets:
                raise unknown(f"target domain of {name}", choice.split, targets)
            splits = targets if name in IN_TURN else targets[:1]
            for split in (choice.split,) if choice.split else splits:
                for seed in range(choice.first_seed, choice.first_seed + choice.seeds):
                    for way, shot in self._settings(name, choice):
                        one = replace(
                            choice, data=[data], split=split, seeds=1, first_seed=seed, ways=(way,), shots=(shot,)
                        )
                        yield from super().cells(one)

    def _settings(self, dataset: str, choice: Choice) -> list[tuple[int, int]]:
        """The data set's own, unless others were asked for."""
        usual = SETTINGS.get(dataset, OTHERS)
        if not choice.ways and not choice.shots:
            return list(usual)
        ways, shots = (sorted(set(numbers)) for numbers in zip(*usual, strict=True))
        return list(product(choice.ways or ways, choice.shots or shots))
