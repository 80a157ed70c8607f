"""The curvature of the loss around trained heads: the largest eigenvalue of its Hessian, for many heads at once."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

from methods.heads import Head
from methods.interface import Examples


def loss_curvature(head: Head, weights: Tensor, examples: Examples, *, iterations: int = 50) -> Tensor:
    """The largest Hessian eigenvalue (B,) of each head's loss at its weights (B, size).

    No Hessian is formed: its product with a vector is the gradient of the loss's gradient times that vector.
    """
    generator = torch.Generator().manual_seed(0)
    start = torch.randn(weights.shape, generator=generator).to(weights)
    with torch.enable_grad():
        variable = weights.detach().requires_grad_()
        losses = head.losses(variable, examples.x, examples.y, examples.mask)
        (slope,) = torch.autograd.grad(losses.sum(), variable, create_graph=True)

    def product(directions: Tensor) -> Tensor:
        return torch.autograd.grad(slope, variable, directions, retain_graph=True)[0]

    return largest_eigenvalue(product, start, iterations)


def largest_eigenvalue(product: Callable[[Tensor], Tensor], start: Tensor, iterations: int) -> Tensor:
    """The largest eigenvalue (B,) of B symmetric matrices, known by their products with vectors (B, n).

    Power iteration finds the eigenvalue of largest size. Where that is a negative one, it is shifted to zero and the
    search repeated.
    """
    dominant = _dominant(product, start, iterations)
    shift = dominant.clamp(max=0).unsqueeze(-1)
    if not shift.any():
        return dominant
    shifted = _dominant(lambda v: product(v) - shift * v, start, iterations) + shift.squeeze(-1)
    return torch.where(dominant < 0, shifted, dominant)


def _dominant(product: Callable[[Tensor], Tensor], start: Tensor, iterations: int) -> Tensor:
    vectors = F.normalize(start, dim=-1)
    for _ in range(iterations):
        products = product(vectors)
        values = (vectors * products).sum(-1)  # Rayleigh quotients: their error is the square of the vectors'
        vectors = F.normalize(products, dim=-1)
    return values
