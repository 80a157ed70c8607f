"""The plain tasks, and as many queries again from `way` other classes.

Accuracy is that of the task's own queries. How well the largest logit, or probability, tells own queries from others
is the area under the ROC curve: a task's mean over all pairs of an own query and another.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from benchmark.tasks.kinds.kind import UNKNOWN, Draw, TaskKind
from methods.episodes import sample_episodes, sample_without_replacement

if TYPE_CHECKING:
    from methods.interface import Episodes


class OpenSet(TaskKind):
    """Half of the queries are of classes that the support set does not show."""

    summary = "as many queries again, of classes that the support set does not show"

    def classes(self, way: int) -> int:
        return 2 * way

    def unfit(self, way: int, shot: int, classes: int) -> str | None:
        if classes >= self.classes(way):
            return None
        return f"they need as many classes again that are unknown, {self.classes(way)} in all, and there are {classes}"

    def batches(self, draw: Draw) -> Iterator[Episodes]:
        import torch

        source = draw.source
        known = sample_episodes(draw.stream(), source.counts, draw.tasks, **draw.size, groups=source.groups).classes
        numbers = unknown_classes(draw.stream(self.name), known, source.class_count, source.groups)
        others = source.batches(
            draw.stream(self.name, "queries"),
            draw.tasks,
            draw.batch,
            **{**draw.size, "shot": 0},
            classes=torch.from_numpy(numbers),
        )
        return map(with_unknown, source.batches(draw.stream(), draw.tasks, draw.batch, **draw.size), others)


def with_unknown(episodes: Episodes, others: Episodes) -> Episodes:
    """The episodes with the queries of others too, labelled UNKNOWN."""
    import torch

    known, other = episodes.query, others.query
    unknown = torch.full_like(other.y, UNKNOWN)
    query = replace(known, x=torch.cat([known.x, other.x], dim=1), y=torch.cat([known.y, unknown], dim=1))
    return replace(episodes, query=query)


def unknown_classes(
    rng: np.random.Generator, known: np.ndarray, count: int, groups: np.ndarray | None = None
) -> np.ndarray:
    """As many classes (B, way) below `count`, all distinct and none of the task's own (B, way); of its group."""
    excluded = np.zeros((len(known), count), dtype=bool)
    np.put_along_axis(excluded, known, True, axis=1)
    if groups is not None:
        excluded |= groups != groups[known[:, :1]]
    places = sample_without_replacement(rng, (~excluded).sum(1), known.shape[1])
    return np.take_along_axis(np.argsort(excluded, axis=1, kind="stable"), places, axis=1)
