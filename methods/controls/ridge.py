"""Ridge regression of one-hot labels on the support features, in closed form. Isolates learning to generate."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from methods.heads import unit_scale
from methods.interface import Examples, Method, Task
from methods.settings import above
from methods.support import one_hot


@dataclass(frozen=True)
class RidgeSettings:
    penalty: float = 1.0  # in units of a feature's mean squared length over its dimension, which is 1

    def __post_init__(self) -> None:
        above(self, 0, "penalty")


class Ridge(Method):
    """Solves for class rows (B, way, features) on the support set.

    Source: *Meta-learning with Differentiable Closed-form Solvers*, Bertinetto et al., ICLR 2019, arXiv 1805.08136,
    Eq. 5.
    """

    Hyperparameters = RidgeSettings

    def adapt(self, task: Task) -> Tensor:
        """Rows (B, way, d) of W = Y^T (X X^T + penalty I)^-1 X (Bertinetto et al. 2019, Eq. 5); mostly n < d."""
        x, y = unit_scale(task.support.x), one_hot(task)
        x = x * y.sum(-1, keepdim=True)  # padding has no label: its rows vanish
        kernel = x @ x.mT
        kernel.diagonal(dim1=-2, dim2=-1).add_(self.hyperparameters.penalty)
        return y.mT @ torch.linalg.solve(kernel, x)

    def predict(self, state: Tensor, query: Examples) -> Tensor:
        return unit_scale(query.x) @ state.mT
