"""The classes of a task look alike.

One class is drawn; the others are its nearest neighbours among the classes of its part, by the cosine of their mean
features without the mean of all classes. Which classes are neighbours depends on the body.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from benchmark.tasks.kinds.kind import Draw, TaskKind

if TYPE_CHECKING:
    from torch import Tensor

    from benchmark.tasks.sources import PartSource
    from methods.interface import Episodes

MEANS_BATCH = 256  # classes whose features are gathered at once


class Overlapping(TaskKind):
    """Tasks of neighbouring classes, in random order."""

    summary = "tasks whose classes look alike to the body"

    def batches(self, draw: Draw) -> Iterator[Episodes]:
        classes = overlapping_classes(draw.stream(self.name), draw.features(), draw.tasks, draw.way)
        return draw.source.batches(draw.stream(), draw.tasks, draw.batch, **draw.size, classes=classes)


def overlapping_classes(rng: np.random.Generator, source: PartSource, tasks: int, way: int) -> Tensor:
    """Classes (tasks, way) of the source that lie close to each other, in random order; of one group, if any."""
    import torch
    import torch.nn.functional as F

    means = F.normalize(_centred_means(source), dim=-1)
    likeness = means @ means.mT
    if source.groups is not None:
        groups = torch.from_numpy(source.groups).to(likeness.device)
        likeness = likeness.masked_fill(groups[:, None] != groups, -torch.inf)
    neighbours = likeness.fill_diagonal_(torch.inf).topk(way).indices.cpu().numpy()
    complete = np.flatnonzero((likeness > -torch.inf).sum(1).cpu().numpy() >= way)
    chosen = neighbours[rng.choice(complete, size=tasks)]
    return torch.from_numpy(rng.permuted(chosen, axis=1))


def _centred_means(source: PartSource) -> Tensor:
    """The mean feature (C, d) of each class, without the mean over classes."""
    import torch

    means = []
    for classes in torch.arange(source.class_count).split(MEANS_BATCH):
        examples = source.examples(classes[:, None])
        mask = examples.real.unsqueeze(-1)
        means.append((examples.x * mask).sum(1) / mask.sum(1))
    means = torch.cat(means)
    return means - means.mean(0)
