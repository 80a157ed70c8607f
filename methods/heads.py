"""The network whose weights are generated: two fully connected layers on frozen features.

A head's weights are one flat vector. It is read as rows: `hidden` rows of inputs + 1 numbers (a hidden unit's
incoming weights, then its bias), followed by `way` rows of hidden + 1 numbers (a class's weights, then its bias).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


def unit_scale(x: Tensor) -> Tensor:
    """Scale every vector to length sqrt(dimension), so that its entries have unit mean square."""
    return F.normalize(x, dim=-1) * math.sqrt(x.shape[-1])


@dataclass(frozen=True)
class Head:
    """Shapes of a two-layer head: inputs -> hidden (ReLU) -> way. Inputs are brought to unit scale first."""

    inputs: int
    hidden: int
    way: int

    @property
    def size(self) -> int:
        """The number of parameters of a head."""
        return self.hidden * (self.inputs + 1) + self.way * (self.hidden + 1)

    def split(self, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Views of flat weights (..., size): rows (..., hidden, inputs + 1) and (..., way, hidden + 1).

        The weights may be of a head for another number of classes: hidden rows come first.
        """
        border = self.hidden * (self.inputs + 1)
        return (
            weights[..., :border].unflatten(-1, (self.hidden, self.inputs + 1)),
            weights[..., border:].unflatten(-1, (-1, self.hidden + 1)),
        )

    def join(self, hidden_rows: Tensor, class_rows: Tensor) -> Tensor:
        """The inverse of `split`."""
        return torch.cat([hidden_rows.flatten(-2), class_rows.flatten(-2)], dim=-1)

    def apply(self, weights: Tensor, x: Tensor) -> Tensor:
        """Logits (B, n, way) of B heads (B, size) for their own features (B, n, inputs).

        Of one head (size,) for features (n, inputs): (n, way). The weights may be of a head for another number of
        classes.
        """
        if weights.dim() == 1:
            return self.apply(weights[None], x[None])[0]
        hidden_rows, class_rows = self.split(weights)
        hidden = torch.relu(affine(hidden_rows, unit_scale(x)))
        return affine(class_rows, hidden)

    def losses(self, weights: Tensor, x: Tensor, y: Tensor, mask: Tensor | None = None) -> Tensor:
        """Mean cross-entropy (B,) of B heads (B, size), each on its own features x (B, n, inputs), labels y (B, n).

        Rows of padding, where `mask` (B, n) is False, count nothing.
        """
        losses = F.cross_entropy(self.apply(weights, x).mT, y, reduction="none")
        if mask is None:
            return losses.mean(1)
        return (losses * mask).sum(1) / mask.sum(1)

    def gaussian(self, generator: torch.Generator) -> Tensor:
        """One Gaussian initial head (size,), variance 2 / inputs and 1 / hidden, biases zero.

        All class rows are the same draw. Preparing heads from it then commutes with permuting the labels of a
        task, which is the symmetry that the generator has to learn anyway.
        """
        hidden_rows = torch.randn(self.hidden, self.inputs + 1, generator=generator) * math.sqrt(2 / self.inputs)
        class_row = torch.randn(1, self.hidden + 1, generator=generator) * math.sqrt(1 / self.hidden)
        hidden_rows[:, -1] = 0
        class_row[:, -1] = 0
        return self.join(hidden_rows, class_row.expand(self.way, -1))


def affine(rows: Tensor, x: Tensor) -> Tensor:
    """x (B, n, d) through B affine maps whose rows (B, out, d + 1) end in the bias: (B, n, out)."""
    return torch.baddbmm(rows[..., -1].unsqueeze(-2), x, rows[..., :-1].transpose(-1, -2))
