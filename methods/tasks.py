"""Tasks as methods see them, and the sources that they are drawn from.

Shapes use B for tasks handled at once, n for examples of a task, `way` for its classes. A class of a task is
known by its slot, 0 to way - 1; which slot a class gets is random, so nothing can be learned about a slot.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from methods.seeding import normal


@dataclass(frozen=True)
class Examples:
    """Examples of B tasks, padded to the same number n.

    There is no mask where no row is padding, so whoever reads examples of another's making reads `real`, which is
    always there.
    """

    x: Tensor  # (B, n, *input_shape)
    y: Tensor | None = None  # (B, n) class slots, int64; None where labels are hidden
    mask: Tensor | None = None  # (B, n) bool, False where a row is padding; None if no row is

    @property
    def real(self) -> Tensor:
        """(B, n) bool, True where a row is an example and False where it is padding."""
        if self.mask is not None:
            return self.mask
        return torch.ones(self.x.shape[:2], dtype=torch.bool, device=self.x.device)

    def without_labels(self) -> Examples:
        return replace(self, y=None)

    def to(self, device: torch.device) -> Examples:
        """The same examples on a device."""
        return self.changed(lambda tensor: tensor.to(device))

    def changed(self, change: Callable[[Tensor], Tensor]) -> Examples:
        """The same change of every tensor that is there, such as the choice of some tasks."""
        return Examples(*(None if each is None else change(each) for each in (self.x, self.y, self.mask)))


@dataclass(frozen=True)
class Task:
    """The information on B tasks that a method has before it sees their queries."""

    support: Examples | None  # None where there are no images (shot 0)
    class_mask: Tensor  # (B, way) bool, False for slots that a task with fewer classes leaves empty
    seeds: Tensor  # (B,) int64, one per task: the batch a task comes in never changes its answer
    semantics: Tensor | None = None  # (B, way, s) class vectors, for methods conditioned on them
    identities: Tensor | None = None  # (B, way) int64 class numbers, for methods that may know them

    @property
    def way(self) -> int:
        return self.class_mask.shape[1]

    def to(self, device: torch.device) -> Task:
        """The same tasks on a device."""
        moved = {field.name: getattr(self, field.name) for field in fields(self)}
        return Task(**{name: None if value is None else value.to(device) for name, value in moved.items()})

    def normal(self, *shape: int, stream: int = 0) -> Tensor:
        """Standard normal noise (B, *shape) that depends on each task's own seed only."""
        return normal(self.seeds, *shape, stream=stream)


@dataclass(frozen=True)
class Episodes:
    """B tasks with their queries, and which classes of the source they are made of."""

    task: Task
    query: Examples
    classes: Tensor  # (B, way) int64, class numbers of the source


class TaskSource(Protocol):
    """Classes to draw tasks from: the meta-train or the meta-validation ones, never the meta-test ones."""

    key: str  # changes with the data, the body and the views; part of the key of what is prepared from it
    class_count: int
    largest: int  # the most images that `examples` gives of a class
    widest: int  # the most classes that a task can have
    labels: Tensor  # (class_count,) int64, from 0: equal for what is one class in two domains, else all different
    views: int  # how many augmented versions of each image there are; version 0 is the image itself
    mirror: bool  # whether a mirrored image shows the same class

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
        """Draw tasks; given `classes` (tasks, way), only the images are drawn.

        Tasks of meta-validation classes have all classes there are, where these are fewer than `way`.
        """
        ...

    def examples(self, classes: Tensor, view: int = 0) -> Examples:
        """Every image of B x way classes: x is (B, way * images, *input_shape), labelled with class slots.

        Classes with fewer images than others are padded, each of them at its end: see `Examples.real`.
        """
        ...
