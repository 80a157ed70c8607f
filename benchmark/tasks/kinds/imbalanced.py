"""The plain tasks with fewer support images.

Each class has as many as a draw from 1 to `shot` says; all numbers are equally likely. Classes, queries and the images
that are left are those of the plain task.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from benchmark.tasks.kinds.kind import Draw, TaskKind
from methods.episodes import EpisodeIndices

if TYPE_CHECKING:
    from methods.interface import Episodes


class Imbalanced(TaskKind):
    """Support sets of 1 to `shot` images of each class; the rest is padding, which the mask tells."""

    summary = "1 to `shot` support images of each class"

    def unfit(self, way: int, shot: int, classes: int) -> str | None:
        return "a single image of each class cannot be imbalanced" if shot == 1 else None

    def batches(self, draw: Draw) -> Iterator[Episodes]:
        change = partial(imbalanced, draw.stream(self.name))
        return draw.source.batches(draw.stream(), draw.tasks, draw.batch, **draw.size, change=change)


def imbalanced(rng: np.random.Generator, drawn: EpisodeIndices) -> EpisodeIndices:
    """The episodes with 1 to `shot` support images of each class."""
    tasks, way, shot = drawn.support.shape
    mask = np.arange(shot) < rng.integers(1, shot + 1, size=(tasks, way, 1))
    # What is left out must not be seen by a method that forgets the mask.
    return replace(drawn, support=np.where(mask, drawn.support, drawn.support[..., :1]), kept=mask)
