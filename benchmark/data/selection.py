"""From a split to images: which images of a bank a part consists of, and what its tasks are drawn from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from benchmark.data.dataset import Selection
from methods.episodes import widest
from methods.seeding import derive_seed


@dataclass(frozen=True)
class Units:
    """The units that tasks are drawn from: the images of one class, or those of one class in one group (domain).

    M images of U units, unit after unit.
    """

    images: np.ndarray  # (M,) image numbers of the bank
    counts: np.ndarray  # (U,) images of each unit
    classes: np.ndarray  # (U,) class numbers of the bank
    groups: np.ndarray  # (U,) group numbers of the bank; 0 where groups are not told apart

    @property
    def widest(self) -> int:
        """The most classes that a task can have: those of the group that has most."""
        return widest(self.counts, self.groups)


def select(
    selection: Selection,
    counts: np.ndarray,
    class_names: tuple[str, ...],
    group_names: tuple[str, ...],
) -> Units:
    """The units of a selection, from the number of images (C, G) that a bank has of each class in each group.

    Units with fewer images than the selection asks for are left out. KeyError for a class or group that the bank does
    not have.
    """
    number = {name: i for i, name in enumerate(class_names)}
    classes = [number[name] for name in (class_names if selection.classes is None else selection.classes)]
    group_number = {name: i for i, name in enumerate(group_names)}
    together = selection.groups is None
    chosen = range(counts.shape[1]) if together else [group_number[name] for name in selection.groups]
    starts = np.concatenate([[0], np.cumsum(counts)])[:-1].reshape(counts.shape)

    def images(of_class: int, group: int) -> np.ndarray:
        name = (class_names[of_class], *group_names[group : group + 1])
        return starts[of_class, group] + _held(counts[of_class, group], selection.share, name)

    units = (
        [(c, 0, np.concatenate([images(c, group) for group in chosen])) for c in classes]
        if together
        else [(c, group, images(c, group)) for group in chosen for c in classes]
    )
    units = [unit for unit in units if len(unit[2]) >= max(1, selection.fewest)]
    return Units(
        np.concatenate([members for *_, members in units] or [np.zeros(0, np.int64)]),
        np.array([len(members) for *_, members in units], dtype=np.int64),
        np.array([of_class for of_class, _, _ in units], dtype=np.int64),
        np.array([group for _, group, _ in units], dtype=np.int64),
    )


def kept(units: Units, classes: Collection[int]) -> Units:
    """Those of some classes alone, by their numbers."""
    chosen = np.isin(units.classes, [*classes])
    images = units.images[np.repeat(chosen, units.counts)]
    return Units(images, units.counts[chosen], units.classes[chosen], units.groups[chosen])


HALVES_VERSION = 2  # to be raised when `halves` gives others: bodies and features of them are kept


def halves(units: Units, seed: int) -> tuple[Units, Units]:
    """Two parts without a class in common, of as many classes (one may have one more), drawn by the seed.

    An odd seed has those of the seed before it, the other way round: in the mean over such a pair it does not matter
    which half is better to learn from.
    """
    classes = np.unique(units.classes)
    order = np.random.default_rng(derive_seed(seed - seed % 2, "halves of the classes")).permutation(classes)
    parts = kept(units, order[: len(order) // 2]), kept(units, order[len(order) // 2 :])
    return parts[::-1] if seed % 2 else parts


def _held(count: int, share: tuple[float, float], name: tuple[str, ...]) -> np.ndarray:
    """Places, ascending, of the images in a share of a class: shares that do not overlap have no image in common."""
    if share == (0.0, 1.0):
        return np.arange(count)
    order = np.random.default_rng(derive_seed(0, "share of images", *name)).permutation(count)
    first, last = (round(float(edge) * count) for edge in share)
    return np.sort(order[first:last])
