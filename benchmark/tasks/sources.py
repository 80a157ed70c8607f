"""Task sources of the harness: tasks drawn from one part of a split, or from two, with features or pixels."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from benchmark.data.parts import Part
from methods.episodes import EpisodeIndices, sample_without_replacement
from methods.errors import UserError
from methods.interface import Episodes
from methods.sources import Lookup, LookupSource


class PartSource(LookupSource):
    """Draws tasks from the classes of a part, many or few at a time, plain or changed (see `LookupSource`)."""

    def batches(
        self,
        rng: np.random.Generator,
        tasks: int,
        size: int,
        *,
        way: int,
        shot: int,
        queries: int,
        classes: Tensor | None = None,
        change: Callable[[EpisodeIndices], EpisodeIndices] = lambda drawn: drawn,
    ) -> Iterator[Episodes]:
        """The tasks that `episodes` draws, at most `size` at a time: only their inputs are in memory together.

        `change` may change what was drawn before it is looked up.
        """
        plan = self.plan(rng, change(self.draw(rng, tasks, classes, way=way, shot=shot, queries=queries)))
        for start in range(0, tasks, size):
            yield self.look_up(plan, slice(start, start + size))

    def seen_through(self, change: Callable[[Lookup, int], Lookup]) -> PartSource:
        """The same tasks with other inputs: `change(lookup, images)` is how those are looked up."""
        other = copy.copy(self)
        other._lookup = change(self._lookup, int(self.counts.sum()))
        return other


class PairedSource:
    """Draws tasks whose support images come from one part and whose queries from another, of the same classes."""

    def __init__(self, support: PartSource, query: PartSource) -> None:
        self._support, self._query = support, query

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Of one example."""
        return self._support.input_shape

    def episodes(self, rng: np.random.Generator, tasks: int, *, way: int, shot: int, queries: int) -> Episodes:
        """Draw tasks, as `PartSource` does; with no shot, they have no support at all."""
        (drawn,) = self.batches(rng, tasks, tasks, way=way, shot=shot, queries=queries)
        return drawn

    def batches(
        self, rng: np.random.Generator, tasks: int, size: int, *, way: int, shot: int, queries: int
    ) -> Iterator[Episodes]:
        """The tasks that `episodes` draws, at most `size` at a time."""
        count = self._support.class_count
        if way > count:
            raise UserError(f"{way}-way tasks need {way} classes, but there are {count}; choose a smaller --ways.")
        classes = torch.from_numpy(sample_without_replacement(rng, np.full(tasks, count), way))
        drawn = self._support.draw(rng, tasks, classes, way=way, shot=shot, queries=0)
        support = self._support.plan(rng, drawn)
        query = self._query.plan(rng, self._query.draw(rng, tasks, classes, way=way, shot=0, queries=queries))
        for start in range(0, tasks, size):
            some = slice(start, start + size)
            told, asked = self._support.look_up(support, some), self._query.look_up(query, some)
            yield Episodes(told.task, asked.query, told.classes)

    def seen_through(self, change: Callable[[Lookup, int], Lookup]) -> PairedSource:
        """The same tasks with other inputs, as `PartSource` has it."""
        return PairedSource(self._support.seen_through(change), self._query.seen_through(change))


def pixel_lookup(part: Part, device: torch.device, size: tuple[int, int] | None = None) -> Lookup:
    """Look up images (channels, height, width), float32 from 0 to 1, scaled to `size`; pixels have one view only."""

    def lookup(members: np.ndarray, _views: np.ndarray) -> Tensor:
        pixels = part.pixels(members.reshape(-1)).to(device).float().div_(255)
        if size is not None and pixels.shape[2:] != size:
            pixels = F.interpolate(pixels, size, mode="bilinear", antialias=True, align_corners=False)
        return pixels.reshape(*members.shape, *pixels.shape[1:])

    return lookup
