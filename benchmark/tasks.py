"""Task sources: the episode sampler put together with features or pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from benchmark.data.parts import Part
from benchmark.episodes import EpisodeIndices, sample_episodes, sample_images
from methods.interface import Episodes, Examples, Task

Lookup = Callable[[np.ndarray, np.ndarray], Tensor]


class _Places(NamedTuple):
    """Where the examples of B tasks are: members of a part, their views and their class slots, all (B, n)."""

    members: np.ndarray
    views: np.ndarray
    slots: np.ndarray
    kept: np.ndarray | None = None  # False where an example is padding


class _Plan(NamedTuple):
    """B tasks, everything random about them settled, of which no image has been looked up."""

    classes: np.ndarray  # (B, way)
    seeds: np.ndarray  # (B,)
    support: _Places
    query: _Places


class PartSource:
    """Draws tasks from classes of `counts` (C,) images; implements `methods.interface.TaskSource`.

    With `groups` (C,) a task's classes are all of one group, its domain. Images are numbered class after class.
    `lookup(members, views)` gives their inputs, both int64 arrays of the same shape (...): a tensor
    (..., *input_shape).
    """

    def __init__(
        self,
        key: str,
        counts: np.ndarray,
        lookup: Lookup,
        *,
        views: int,
        device: torch.device,
        mirror: bool = False,
        groups: np.ndarray | None = None,
    ) -> None:
        self.key = key
        self.groups = groups
        self.views = views
        self.mirror = mirror
        self.counts = counts
        self._offsets = np.cumsum(counts) - counts
        self._lookup = lookup
        self._device = device

    @property
    def class_count(self) -> int:
        return len(self.counts)

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Of one example."""
        first = np.zeros((1, 1), dtype=np.int64)
        return tuple(self._lookup(first, first).shape[2:])

    def episodes(
        self,
        rng: np.random.Generator,
        tasks: int,
        *,
        way: int,
        shot: int,
        queries: int,
        classes: Tensor | None = None,
        change: Callable[[EpisodeIndices], EpisodeIndices] = lambda drawn: drawn,
    ) -> Episodes:
        """Draw tasks (see `TaskSource`). Queries come in random order: their place says nothing of their class.

        `change` may change what was drawn before it is looked up.
        """
        return self.gather(rng, change(self._drawn(rng, tasks, classes, way=way, shot=shot, queries=queries)))

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
        """The tasks that `episodes` draws, at most `size` at a time: only their inputs are in memory together."""
        drawn = change(self._drawn(rng, tasks, classes, way=way, shot=shot, queries=queries))
        plan = self._plan(rng, drawn)
        for start in range(0, tasks, size):
            yield self._look_up(plan, slice(start, start + size))

    def _drawn(self, rng: np.random.Generator, tasks: int, classes: Tensor | None, **size: int) -> EpisodeIndices:
        if classes is None:
            return sample_episodes(rng, self.counts, tasks, groups=self.groups, **size)
        return sample_images(rng, self.counts, classes.cpu().numpy(), shot=size["shot"], queries=size["queries"])

    def gather(self, rng: np.random.Generator, drawn: EpisodeIndices) -> Episodes:
        """The inputs of drawn episodes, each image in a random view."""
        return self._look_up(self._plan(rng, drawn), slice(None))

    def examples(self, classes: Tensor, view: int = 0) -> Examples:
        """Every image of the classes (B, way); classes with fewer images than others are padded and masked."""
        chosen = classes.cpu().numpy()
        counts = self.counts[chosen][..., None]
        places = np.broadcast_to(np.arange(counts.max()), (*chosen.shape, counts.max()))
        members = (self._offsets[chosen][..., None] + np.minimum(places, counts - 1)).reshape(len(chosen), -1)
        slots = np.broadcast_to(np.arange(chosen.shape[1])[:, None], places.shape).reshape(len(chosen), -1)
        return Examples(
            self._lookup(members, np.full_like(members, view)),
            self._tensor(slots),
            self._tensor((places < counts).reshape(len(chosen), -1)),
        )

    def _plan(self, rng: np.random.Generator, drawn: EpisodeIndices) -> _Plan:
        support = self._places(rng, drawn.classes, drawn.support, kept=drawn.kept)
        seeds = rng.integers(2**62, size=len(drawn.classes))
        return _Plan(drawn.classes, seeds, support, self._places(rng, drawn.classes, drawn.query, shuffled=True))

    def _look_up(self, plan: _Plan, some: slice) -> Episodes:
        classes = plan.classes[some]
        task = Task(
            support=self._examples(plan.support, some),
            class_mask=torch.ones(classes.shape, dtype=torch.bool, device=self._device),
            seeds=self._tensor(plan.seeds[some]),
        )
        return Episodes(task, self._examples(plan.query, some), self._tensor(classes))

    def _examples(self, places: _Places, some: slice) -> Examples:
        mask = None if places.kept is None else self._tensor(places.kept[some])
        return Examples(self._lookup(places.members[some], places.views[some]), self._tensor(places.slots[some]), mask)

    def _places(
        self,
        rng: np.random.Generator,
        classes: np.ndarray,
        images: np.ndarray,
        *,
        shuffled: bool = False,
        kept: np.ndarray | None = None,
    ) -> _Places:
        tasks, way, count = images.shape
        members = (self._offsets[classes][..., None] + images).reshape(tasks, way * count)
        slots = np.broadcast_to(np.repeat(np.arange(way), count), members.shape)
        if shuffled:
            order = np.argsort(rng.random(members.shape), axis=1)
            members = np.take_along_axis(members, order, axis=1)
            slots = np.take_along_axis(slots, order, axis=1)
        views = rng.integers(self.views, size=members.shape) if self.views > 1 else np.zeros_like(members)
        return _Places(members, views, slots, None if kept is None else kept.reshape(members.shape))

    def _tensor(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(np.array(array)).to(self._device)


def feature_lookup(features: Tensor) -> Lookup:
    """Look up features (views, M, d)."""
    views, count, size = features.shape
    flat = features.reshape(views * count, size)

    def lookup(members: np.ndarray, chosen: np.ndarray) -> Tensor:
        rows = torch.from_numpy(chosen * count + members).to(flat.device)
        return flat[rows.reshape(-1)].reshape(*rows.shape, size)

    return lookup


def pixel_lookup(part: Part, device: torch.device) -> Lookup:
    """Look up images (channels, height, width), float32 from 0 to 1; pixels have one view only."""

    def lookup(members: np.ndarray, _views: np.ndarray) -> Tensor:
        pixels = part.pixels(members.reshape(-1)).to(device)
        return pixels.float().div_(255).reshape(*members.shape, *pixels.shape[1:])

    return lookup
