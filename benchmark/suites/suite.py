"""A suite says what is compared with what. One file per suite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from benchmark.cells import Cell
from benchmark.data.catalogue import Located
from benchmark.descriptions import Description
from benchmark.profiles import Profile


@dataclass(frozen=True)
class Choice:
    """What the user wants of a suite; every name is checked and every data set located."""

    data: list[Located]
    methods: list[Description]
    profile: Profile
    seeds: int
    ways: tuple[int, ...]
    shots: tuple[int, ...]
    split: str | None = None  # the data set's default
    changes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # by method label


class Suite:
    """A set of cells."""

    summary: ClassVar[str]
    datasets: ClassVar[tuple[str, ...]]  # those it is made for
    ways: ClassVar[tuple[int, ...]]
    shots: ClassVar[tuple[int, ...]]

    @property
    def name(self) -> str:
        """The module's name, with dashes."""
        return type(self).__module__.rsplit(".", 1)[-1].replace("_", "-")

    def cells(self, choice: Choice) -> Iterator[Cell]:
        """All cells, in an order in which neighbours share bodies and prepared heads."""
        raise NotImplementedError
