"""Cosine to the mean support feature of each class. Isolates the body: nothing is learned from tasks."""

from __future__ import annotations

from torch import Tensor

from methods.interface import Examples, Method, Task
from methods.support import class_means, cosine_logits


class Prototypes(Method):
    """Compares features with support means (B, way, features).

    Source: *Prototypical Networks for Few-shot Learning*, Snell et al., NeurIPS 2017, arXiv 1703.05175, Eq. 1. The
    features are not trained for it here.
    """

    def adapt(self, task: Task) -> Tensor:
        return class_means(task, task.support.x)

    def predict(self, state: Tensor, query: Examples) -> Tensor:
        return cosine_logits(state, query.x)
