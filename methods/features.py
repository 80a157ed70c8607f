"""Task source for features that are in memory."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import torch

from methods import given
from methods.errors import UserError
from methods.seeding import derive_seed
from methods.sources import LookupSource, feature_lookup


class FeatureSource(LookupSource):
    """Draws tasks from the features of labelled examples; implements `methods.tasks.TaskSource`.

    Args:
        features: (N, d) numbers, an array or a tensor, such as the outputs of a frozen network, not normalised.
        labels: (N,) integers that say which class each example is of, in any numbering.
        class_vectors: (C, s) numbers, a vector for each class in ascending order of the labels. Only methods that are
            conditioned on class vectors, such as `SemanticLtDi`, look at them.
        narrows: whether a task that asks for more classes than there are gets all of them.
        device: where the features lie from then on, and tasks come from.

    Raises:
        UserError: shapes or values do not fit.
    """

    def __init__(
        self,
        features: Any,
        labels: Any,
        *,
        class_vectors: Any = None,
        narrows: bool = False,
        device: torch.device | str = "cpu",
    ) -> None:
        features, labels = given.numbers(features, "features"), given.integers(labels, "labels")
        if features.dim() != 2 or labels.shape != features.shape[:1] or not features.numel():
            raise UserError(
                f"features {tuple(features.shape)} and labels {tuple(labels.shape)} do not fit together; give (N, d) "
                "and (N,)."
            )
        device = torch.device(device)
        order = labels.argsort(stable=True)
        self._features, self._ordered_labels = features[order].to(device), labels[order]
        counts = self._ordered_labels.unique_consecutive(return_counts=True)[1].cpu().numpy()
        if class_vectors is not None:
            class_vectors = given.numbers(class_vectors, "class_vectors").to(device)
            if class_vectors.dim() != 2 or len(class_vectors) != len(counts):
                raise UserError(
                    f"class_vectors {tuple(class_vectors.shape)} must have one row for each of the {len(counts)} "
                    "classes."
                )
        super().__init__(
            _digest(counts, self._features, class_vectors),
            counts,
            feature_lookup(self._features[None]),
            views=1,
            device=device,
            semantics=class_vectors,
            narrows=narrows,
        )

    def to(self, device: torch.device | str) -> FeatureSource:
        """The same source on a device."""
        return self._of_classes(np.arange(self.class_count), torch.device(device), narrows=self._narrows)

    def split(self, share: float = 0.2, *, least: int = 2, seed: int = 0) -> tuple[FeatureSource, FeatureSource]:
        """Two sources without a class in common: one to train on, and one that holds a share of the classes out.

        The seed settles which classes are held out. They are two or more, and at least `least` are left to train on.
        Tasks of held-out classes narrow to the classes there are. UserError where there are too few classes.
        """
        if not 0 < share < 1:
            raise UserError(f"share must be between 0 and 1, not {share}.")
        held_out = min(max(2, round(share * self.class_count)), self.class_count - least)
        if held_out < 2:
            raise UserError(
                f"Of {self.class_count} classes, {least} cannot train and 2 be held out; give more classes, or "
                "other ones to validate on."
            )
        order = np.random.default_rng(derive_seed(seed, "held-out classes")).permutation(self.class_count)
        rest, chosen = np.sort(order[held_out:]), np.sort(order[:held_out])
        return (
            self._of_classes(rest, self._device, narrows=self._narrows),
            self._of_classes(chosen, self._device, narrows=True),
        )

    def _of_classes(self, classes: np.ndarray, device: torch.device, *, narrows: bool) -> FeatureSource:
        rows = torch.from_numpy(np.concatenate([self._offsets[c] + np.arange(self.counts[c]) for c in classes]))
        vectors = None if self._semantics is None else self._semantics[torch.from_numpy(classes)]
        return FeatureSource(
            self._features[rows], self._ordered_labels[rows], class_vectors=vectors, narrows=narrows, device=device
        )


def _digest(counts: np.ndarray, *tensors: torch.Tensor | None) -> str:
    """A hash of what tasks are drawn from."""
    digest = hashlib.sha256(repr(counts.tolist()).encode())
    for tensor in tensors:
        digest.update(repr(None if tensor is None else tuple(tensor.shape)).encode())
        digest.update(b"" if tensor is None else tensor.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
