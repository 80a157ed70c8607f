"""Tasks drawn from classes of examples whose inputs are looked up: the sampler put together with any inputs."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from methods.episodes import EpisodeIndices, sample_episodes, sample_images, widest
from methods.seeding import derive_seed
from methods.tasks import Episodes, Examples, Task

Lookup = Callable[[np.ndarray, np.ndarray], Tensor]


class _Places(NamedTuple):
    """The places of the examples of B tasks: members of a part, their views and their class slots, all (B, n)."""

    members: np.ndarray
    views: np.ndarray
    slots: np.ndarray
    kept: np.ndarray | None = None  # False where an example is padding


class Plan(NamedTuple):
    """B tasks, everything random about them settled, of which no image has been looked up."""

    classes: np.ndarray  # (B, way)
    seeds: np.ndarray  # (B,)
    support: _Places
    query: _Places


class LookupSource:
    """Draws tasks from classes of `counts` (C,) images; implements `methods.tasks.TaskSource`.

    With `groups` (C,) a task's classes are all of one group, its domain; `labels` (C,) then say which are one class in
    two groups. Images are numbered class after class.
    `lookup(members, views)` gives their inputs, both int64 arrays of the same shape (...): a tensor
    (..., *input_shape). Tasks come with class vectors where there are `semantics` (C, s), and say which classes theirs
    are where there are `identities` (C,). `examples` gives `most` images of each class, where it has more: those of
    one task may be others than those of the next. With `narrows`, a task that asks for more classes than there are gets
    them all.
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
        labels: np.ndarray | None = None,
        semantics: Tensor | None = None,
        identities: Tensor | None = None,
        most: int | None = None,
        narrows: bool = False,
    ) -> None:
        self.key = key
        self.groups = groups
        self.views = views
        self.mirror = mirror
        self.counts = counts
        self._offsets = np.cumsum(counts) - counts
        self._lookup = lookup
        self._device = device
        self._semantics, self._identities, self._most = semantics, identities, most
        self._narrows = narrows
        self.labels = torch.arange(len(counts)) if labels is None else torch.from_numpy(labels)

    @property
    def class_count(self) -> int:
        return len(self.counts)

    @property
    def largest(self) -> int:
        """The most images that `examples` gives of a class."""
        return int(self.counts.max() if self._most is None else min(self._most, self.counts.max()))

    @property
    def widest(self) -> int:
        """The most classes that a task can have."""
        return widest(self.counts, self.groups)

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
    ) -> Episodes:
        """Draw tasks (see `TaskSource`). Queries come in random order: their place says nothing of their class.

        Every example is seen in a random view.
        """
        drawn = self.draw(rng, tasks, classes, way=way, shot=shot, queries=queries)
        return self.look_up(self.plan(rng, drawn), slice(None))

    def draw(
        self, rng: np.random.Generator, tasks: int, classes: Tensor | None, *, way: int, shot: int, queries: int
    ) -> EpisodeIndices:
        """The classes and examples of the tasks of `episodes`."""
        if classes is not None:
            return sample_images(rng, self.counts, classes.cpu().numpy(), shot=shot, queries=queries)
        way = min(way, self.widest) if self._narrows else way
        return sample_episodes(rng, self.counts, tasks, way=way, shot=shot, queries=queries, groups=self.groups)

    def examples(self, classes: Tensor, view: int = 0) -> Examples:
        """Every image of the classes (B, way), or as many as there may be, the same ones in every view.

        Classes with fewer images than others are padded and masked.
        """
        chosen = classes.cpu().numpy()
        counts = self.counts[chosen][..., None]
        if self._most is not None and counts.max() > self._most:
            counts, images = self._some(chosen)
            places = np.broadcast_to(np.arange(self._most), images.shape)
        else:
            places = np.broadcast_to(np.arange(counts.max()), (*chosen.shape, counts.max()))
            images = np.minimum(places, counts - 1)
        members = (self._offsets[chosen][..., None] + images).reshape(len(chosen), -1)
        slots = np.broadcast_to(np.arange(chosen.shape[1])[:, None], places.shape).reshape(len(chosen), -1)
        return Examples(
            self._lookup(members, np.full_like(members, view)),
            self._tensor(slots),
            self._tensor((places < counts).reshape(len(chosen), -1)),
        )

    def plan(self, rng: np.random.Generator, drawn: EpisodeIndices) -> Plan:
        """Settle everything else that is random about drawn tasks: the views, the order of queries, the seeds."""
        support = self._places(rng, drawn.classes, drawn.support, kept=drawn.kept)
        seeds = rng.integers(2**62, size=len(drawn.classes))
        return Plan(drawn.classes, seeds, support, self._places(rng, drawn.classes, drawn.query, shuffled=True))

    def look_up(self, plan: Plan, some: slice) -> Episodes:
        """The inputs of some of the tasks of a plan."""
        classes = self._tensor(plan.classes[some])
        task = Task(
            support=self._examples(plan.support, some) if plan.support.members.shape[1] else None,
            class_mask=torch.ones(classes.shape, dtype=torch.bool, device=self._device),
            seeds=self._tensor(plan.seeds[some]),
            semantics=None if self._semantics is None else self._semantics[classes],
            identities=None if self._identities is None else self._identities[classes],
        )
        return Episodes(task, self._examples(plan.query, some), classes)

    def _examples(self, places: _Places, some: slice) -> Examples:
        mask = None if places.kept is None else self._tensor(places.kept[some])
        return Examples(self._lookup(places.members[some], places.views[some]), self._tensor(places.slots[some]), mask)

    def _some(self, classes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The number of images of each class (B, way, 1), and the images (B, way, most); padding repeats one.

        Which ones depends on the task's classes alone.
        """
        images = np.empty((*classes.shape, self._most), dtype=np.int64)
        for task, row in enumerate(classes):
            rng = np.random.default_rng(derive_seed(0, "images of a task", *row.tolist()))
            for slot, number in enumerate(row):
                drawn = rng.permutation(self.counts[number])[: self._most]
                images[task, slot] = np.resize(drawn, self._most)
        return np.minimum(self.counts[classes], self._most)[..., None], images

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
