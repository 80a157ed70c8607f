"""The one sampler of all tasks: seeded n-way k-shot episodes, drawn for thousands of tasks at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from methods.errors import UserError


@dataclass(frozen=True)
class EpisodeIndices:
    """The classes and images of B episodes; images are counted within their class."""

    classes: np.ndarray  # (B, way) class numbers, in slot order
    support: np.ndarray  # (B, way, shot)
    query: np.ndarray  # (B, way, queries)
    kept: np.ndarray | None = None  # (B, way, shot) bool, False where a support image is padding; None if none is


def sample_episodes(
    rng: np.random.Generator,
    counts: np.ndarray,
    tasks: int,
    *,
    way: int,
    shot: int,
    queries: int,
    groups: np.ndarray | None = None,
) -> EpisodeIndices:
    """Draw episodes uniformly: `way` of the classes, then `shot` + `queries` of each one's images, all distinct.

    `counts` (C,) holds the number of images of each class. Where `groups` (C,) says of which domain each one is,
    every task is of one domain, all that have enough classes being equally likely. Raises UserError where there are
    not enough classes or images.
    """
    most = widest(counts, groups)
    if way > most:
        raise UserError(f"{way}-way tasks need {way} classes, but there are {most}; choose a smaller way.")
    if most < len(counts):
        classes = _classes_of_one_group(rng, groups, tasks, way)
    else:
        classes = sample_without_replacement(rng, np.full(tasks, len(counts)), way)
    return sample_images(rng, counts, classes, shot=shot, queries=queries)


def widest(counts: np.ndarray, groups: np.ndarray | None = None) -> int:
    """The most classes that a task of these (C,) can have: those of the group (C,) that has most."""
    return len(counts) if groups is None else int(np.bincount(groups).max(initial=0))


def sample_images(
    rng: np.random.Generator, counts: np.ndarray, classes: np.ndarray, *, shot: int, queries: int
) -> EpisodeIndices:
    """Draw the images of episodes whose classes (B, way) are given."""
    available = counts[classes]
    if shot + queries > available.min(initial=np.iinfo(np.int64).max):
        raise UserError(
            f"{shot} support and {queries} query images per class are {shot + queries}, but a class has only "
            f"{available.min()}; choose a smaller shot, or fewer queries."
        )
    images = sample_without_replacement(rng, available.ravel(), shot + queries).reshape(*classes.shape, shot + queries)
    return EpisodeIndices(classes, images[..., :shot], images[..., shot:])


def _classes_of_one_group(rng: np.random.Generator, groups: np.ndarray, tasks: int, way: int) -> np.ndarray:
    """(tasks, way) distinct classes, those of a task of one group."""
    sizes = np.bincount(groups)
    starts = np.cumsum(sizes) - sizes
    chosen = rng.choice(np.flatnonzero(sizes >= way), size=tasks)
    places = sample_without_replacement(rng, sizes[chosen], way)
    return np.argsort(groups, kind="stable")[starts[chosen][:, None] + places]


def sample_without_replacement(rng: np.random.Generator, sizes: np.ndarray, count: int) -> np.ndarray:
    """(len(sizes), count) distinct numbers per row, row i below `sizes[i]`, every ordered choice equally likely.

    Floyd's algorithm in all rows at once: its cost grows with the numbers drawn, not with those to draw from.
    """
    rows = len(sizes)
    chosen = np.empty((count, rows), dtype=np.int64)  # a draw of all rows lies together in memory
    for i in range(count):
        newest = sizes - count + i
        draw = (rng.random(rows) * (newest + 1)).astype(np.int64)
        taken = (chosen[:i] == draw).any(axis=0)
        chosen[i] = np.where(taken, newest, draw)
    # Floyd's sets are uniform but their order is not: shuffle each row (Fisher-Yates, again all rows at once).
    every = np.arange(rows)
    for i in range(count - 1, 0, -1):
        other = (rng.random(rows) * (i + 1)).astype(np.int64)
        swapped = chosen[i].copy()
        chosen[i] = chosen[other, every]
        chosen[other, every] = swapped
    return np.ascontiguousarray(chosen.T)
