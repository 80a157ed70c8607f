"""Tasks changed in ways under which a method's answers have to stay, or to change with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from methods.interface import Episodes, Examples, Task


def some(episodes: Episodes, tasks: list[int]) -> Episodes:
    """Some of the tasks alone."""
    task, query = episodes.task, episodes.query
    task = replace(task, class_mask=task.class_mask[tasks], seeds=task.seeds[tasks], **_told(task, lambda x: x[tasks]))
    return Episodes(task, query.changed(lambda x: x[tasks]), episodes.classes[tasks])


def some_queries(episodes: Episodes, queries: list[int]) -> Episodes:
    """Some of the queries of every task alone."""
    return replace(episodes, query=episodes.query.changed(lambda x: x[:, queries]))


def _told(task: Task, change: Callable[[Tensor], Tensor]) -> dict[str, Tensor | Examples]:
    """The information on classes that a task gives, with each tensor changed."""
    if task.support is not None:
        return {"support": task.support.changed(change)}
    told = {"semantics": task.semantics, "identities": task.identities}
    return {name: change(values) for name, values in told.items() if values is not None}


def _with_support_labels(episodes: Episodes, y: Tensor) -> Episodes:
    return replace(episodes, task=replace(episodes.task, support=replace(episodes.task.support, y=y)))


def relabelled(episodes: Episodes, order: Tensor) -> Episodes:
    """Class slot i becomes slot order[i]."""
    if episodes.task.support is None:
        return replace(episodes, task=replace(episodes.task, **_told(episodes.task, lambda x: x[:, order.argsort()])))
    return _with_support_labels(episodes, order[episodes.task.support.y])


def shuffled_labels(episodes: Episodes) -> Episodes:
    """Each task's support labels in random order: with one image per class, any class gets any label.

    Without support, what is told of the classes is.
    """
    generator = torch.Generator().manual_seed(0)
    if episodes.task.support is None:
        order = torch.rand(episodes.task.class_mask.shape, generator=generator).argsort(1)
        rows = torch.arange(len(episodes.task.seeds)).unsqueeze(1)
        return replace(episodes, task=replace(episodes.task, **_told(episodes.task, lambda x: x[rows, order])))
    y = episodes.task.support.y
    order = torch.rand(y.shape, generator=generator).argsort(1)
    return _with_support_labels(episodes, y.gather(1, order))
