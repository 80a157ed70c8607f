"""Test tasks that are harder than balanced ones of random classes: what `Cell.tasks` may be, beside "plain".

imbalanced   the plain tasks with fewer support images: of each class as many as a draw from 1 to `shot` says, all
             numbers being equally likely. Classes, the images that are left and queries are those of the plain task.
overlapping  the classes of a task look alike: one is drawn, the others are its nearest neighbours among the classes
             of its part, by the cosine of their mean features, the mean of all classes taken away.
open-set     the plain tasks, and as many queries again from `way` other classes. Accuracy is that of the task's own
             queries; how well the largest logit, or probability, tells own queries from others is the area under the
             ROC curve, a task's mean over all pairs of an own query and another.
cross-domain plain tasks of another data set, of classes that were not learned from (`benchmark.data.transfer.Target`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from benchmark.data.episodes import EpisodeIndices, sample_without_replacement
from benchmark.tasks.sources import PartSource
from methods.interface import Episodes, Examples

UNKNOWN = -1  # the label of queries of other classes
MEANS_BATCH = 256  # classes whose features are gathered at once


def imbalanced(rng: np.random.Generator, drawn: EpisodeIndices) -> EpisodeIndices:
    """The episodes with 1 to `shot` support images of each class."""
    tasks, way, shot = drawn.support.shape
    kept = np.arange(shot) < rng.integers(1, shot + 1, size=(tasks, way, 1))
    # What is left out must not be seen by a method that forgets the mask.
    return replace(drawn, support=np.where(kept, drawn.support, drawn.support[..., :1]), kept=kept)


def overlapping_classes(rng: np.random.Generator, source: PartSource, tasks: int, way: int) -> Tensor:
    """Classes (tasks, way) of the source that lie close to each other, in random order; of one group, if any."""
    means = F.normalize(_centred_means(source), dim=-1)
    likeness = means @ means.mT
    if source.groups is not None:
        groups = torch.from_numpy(source.groups).to(likeness.device)
        likeness = likeness.masked_fill(groups[:, None] != groups, -torch.inf)
    neighbours = likeness.fill_diagonal_(torch.inf).topk(way).indices.cpu().numpy()
    complete = np.flatnonzero((likeness > -torch.inf).sum(1).cpu().numpy() >= way)
    chosen = neighbours[rng.choice(complete, size=tasks)]
    return torch.from_numpy(rng.permuted(chosen, axis=1))


def with_unknown(episodes: Episodes, others: Episodes) -> Episodes:
    """The episodes with the queries of others too, labelled UNKNOWN."""
    own, other = episodes.query, others.query
    unknown = torch.full_like(other.y, UNKNOWN)
    query = Examples(torch.cat([own.x, other.x], dim=1), torch.cat([own.y, unknown], dim=1))
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


def auroc(scores: Tensor, known: Tensor) -> Tensor:
    """Area under the ROC curve (B,) of scores (B, m) that should be higher where `known` (B, m); ties count half.

    Every task has the same number of known queries.
    """
    own = scores[known].reshape(len(scores), -1, 1)
    others = scores[~known].reshape(len(scores), 1, -1)
    return ((own > others).float() + 0.5 * (own == others).float()).mean((1, 2))


def _centred_means(source: PartSource) -> Tensor:
    """The mean feature (C, d) of each class, without the mean over classes."""
    means = []
    for classes in torch.arange(source.class_count).split(MEANS_BATCH):
        examples = source.examples(classes[:, None])
        mask = examples.mask.unsqueeze(-1)
        means.append((examples.x * mask).sum(1) / mask.sum(1))
    means = torch.cat(means)
    return means - means.mean(0)
