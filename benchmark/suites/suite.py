"""A suite says what is compared with what. One file per suite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from benchmark.bodies import architectures
from benchmark.cells import Cell
from benchmark.data.catalogue import Located
from benchmark.descriptions import Description
from benchmark.profiles import Profile
from benchmark.semantics import ClassVectors


@dataclass(frozen=True)
class Choice:
    """What the user wants of a suite; every name is checked and every data set located."""

    data: list[Located]
    methods: list[Description]
    profile: Profile
    seeds: int
    first_seed: int
    ways: tuple[int, ...]
    shots: tuple[int, ...]
    split: str | None = None  # the data set's default
    architecture: str = architectures.DEFAULT  # of the body
    changes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # by method label
    source: Located | None = None  # to meta-train on, where a suite has another data set for that
    semantics: ClassVectors | None = None


class Suite:
    """A set of cells: every method and variant on every data set, setting and seed."""

    summary: ClassVar[str]
    datasets: ClassVar[tuple[str, ...]]  # those it is made for
    ways: ClassVar[tuple[int, ...]]
    shots: ClassVar[tuple[int, ...]]
    methods: ClassVar[tuple[str, ...] | None] = None  # those it compares by default; None for all
    conditions: ClassVar[tuple[str, ...]] = ("support",)  # what its tasks tell methods; see `Needs.condition`
    sources: ClassVar[tuple[str, ...]] = ()  # data sets to meta-train on, the best first, where not on the data itself
    stand_in: ClassVar[str] = "glyphs"  # the data set where none of its own is present
    stand_in_source: ClassVar[str | None] = None
    seeds: ClassVar[int] = 5
    first_seed: ClassVar[int] = 0
    part: ClassVar[str] = "test"  # the classes that methods are evaluated on
    curve: ClassVar[int] = 0  # points of the learning curves

    @property
    def name(self) -> str:
        """The module's name, with dashes."""
        return type(self).__module__.rsplit(".", 1)[-1].replace("_", "-")

    def variants(self, method: str) -> Sequence[Mapping[str, Any]]:
        """Changes of hyper-parameters under which a method is run; one empty change is the method as it is."""
        return ({},)

    def cells(self, choice: Choice) -> Iterator[Cell]:
        """All cells, in an order in which neighbours share bodies and prepared heads."""
        for data in choice.data:
            for seed in range(choice.first_seed, choice.first_seed + choice.seeds):
                for way in choice.ways:
                    for shot in choice.shots:
                        for method in choice.methods:
                            for variant in self.variants(method.label):
                                yield Cell(
                                    suite=self.name,
                                    data=data,
                                    split=choice.split or data.dataset.splits[0],
                                    way=way,
                                    shot=shot,
                                    method=method,
                                    seed=seed,
                                    profile=choice.profile,
                                    changes={**variant, **choice.changes.get(method.label, {})},
                                    part=self.part,
                                    curve=self.curve,
                                    architecture=choice.architecture,
                                )
