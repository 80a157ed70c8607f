"""The contract of a kind of test tasks. Methods always meta-train on plain tasks.

Planning asks which kinds fit, and must not wait for torch: a kind imports it where it draws.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    import numpy as np

    from benchmark.tasks.sources import PartSource
    from methods.interface import Episodes

UNKNOWN = -1  # the label of queries that are of none of their task's classes


@dataclass(frozen=True)
class Draw:
    """The tasks that are wanted, and what they are drawn from."""

    source: PartSource  # with the inputs that the method is given; plain tasks may also come from a PairedSource
    features: Callable[[], PartSource]  # the same part as the body sees it
    stream: Callable[..., np.random.Generator]  # random numbers for a purpose; the tasks' own where none is named
    tasks: int
    batch: int  # tasks whose inputs are in memory together, at most
    way: int
    shot: int
    queries: int  # per class

    @property
    def size(self) -> dict[str, int]:
        """The numbers of a task, as sources take them."""
        return {"way": self.way, "shot": self.shot, "queries": self.queries}


class TaskKind(ABC):
    """One way to make test tasks of a part's classes."""

    summary: ClassVar[str]

    @property
    def name(self) -> str:
        """The module's name, with dashes; part of the key of a result."""
        return type(self).__module__.rsplit(".", 1)[-1].replace("_", "-")

    def classes(self, way: int) -> int:
        """The number of classes that a part needs for tasks of `way` classes."""
        return way

    def unfit(self, way: int, shot: int, classes: int) -> str | None:
        """Why there are no such tasks with `shot` images of a part's `classes`, or None."""
        return None

    @abstractmethod
    def batches(self, draw: Draw) -> Iterator[Episodes]:
        """The tasks, at most `draw.batch` at a time."""
