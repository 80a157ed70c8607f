"""Few-shot classification: n-way k-shot tasks of meta-test classes (Lt-Di, Table 3)."""

from __future__ import annotations

from collections.abc import Iterator

from benchmark.cells import Cell
from benchmark.suites.suite import Choice, Suite


class FewShot(Suite):
    summary = "n-way k-shot tasks of unseen classes (Lt-Di paper, Table 3)"
    datasets = ("omniglot",)
    ways = (5, 20)
    shots = (1, 5)

    def cells(self, choice: Choice) -> Iterator[Cell]:
        for data in choice.data:
            for seed in range(choice.seeds):
                for way in choice.ways:
                    for shot in choice.shots:
                        for method in choice.methods:
                            yield Cell(
                                suite=self.name,
                                data=data,
                                split=choice.split or data.dataset.splits[0],
                                way=way,
                                shot=shot,
                                method=method,
                                seed=seed,
                                profile=choice.profile,
                                changes=choice.changes.get(method.label, {}),
                            )
