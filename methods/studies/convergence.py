"""Theorem 2 of the Lt-Di paper (arXiv 2502.01117), looked at on heads: does curvature bound what an error costs?

The theorem bounds what a generated head loses by two parts: what weight preparation left, and what reconstruction
adds. Around an optimum, where the gradient vanishes, the second part is at most half the largest eigenvalue of the
loss's Hessian times the squared distance of the generated weights from the prepared ones. Sharpness-aware
minimisation, so the paper, lowers the eigenvalue and with it the bound.
"""

from __future__ import annotations

from functools import partial
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor

from methods.curvature import loss_curvature
from methods.heads import Head
from methods.interface import Context, Examples, Study
from methods.trajectories import chunks

TASKS = 16  # looked at together: all their images, several times over, have to fit into memory


@runtime_checkable
class Subject(Protocol):
    """A method that generates heads and can have heads prepared for the same tasks, as every weight generator can."""

    def validation_heads(self, context: Context) -> tuple[Tensor, Tensor, Tensor]:
        """Classes (B, way) of validation tasks, and the weights (B, size) generated and those prepared for them."""
        ...


def study(method: Subject, context: Context) -> Study:
    """Prepared and generated heads of the same validation classes, on all images of these.

    largest_eigenvalue and gradient_norm: of the prepared heads' loss, means over tasks. excess_loss: the generated
    head's cross-entropy less the prepared one's. bound: half the eigenvalue times the squared distance. bound_holds:
    the share of tasks whose excess is within it. rank_correlation: Spearman's, of distance and excess loss. The series
    have one number per task.
    """
    from scipy.stats import spearmanr  # a second to import, which every generator would wait for

    classes, generated, prepared = method.validation_heads(context)
    head = context.held_out.problem.head
    parts = []
    for part in chunks(len(classes), TASKS):
        examples = context.validation.examples(classes[part])
        trained, made = prepared[part], generated[part]
        loss = partial(_loss, head, examples)
        losses = loss(trained)
        excess = loss(made) - losses
        eigenvalue = loss_curvature(head, trained, examples)
        distance = (made - trained).square().sum(1)
        slope = torch.func.grad(lambda weights, loss=loss: loss(weights).sum())(trained)
        parts.append(torch.stack([losses, excess, eigenvalue, distance, slope.norm(dim=1)]))
    losses, excess, eigenvalue, distance, slope = torch.cat(parts, dim=1).double().cpu()
    bound = eigenvalue * distance / 2
    return Study(
        {
            "largest_eigenvalue": eigenvalue.mean().item(),
            "gradient_norm": slope.mean().item(),
            "prepared_loss": losses.mean().item(),
            "excess_loss": excess.mean().item(),
            "bound": bound.mean().item(),
            "bound_holds": (excess <= bound).double().mean().item(),
            "rank_correlation": float(spearmanr(distance, excess).statistic),
        },
        {
            "largest_eigenvalue": _rounded(eigenvalue),
            "squared_distance": _rounded(distance),
            "excess_loss": _rounded(excess),
        },
    )


def _loss(head: Head, examples: Examples, weights: Tensor) -> Tensor:
    return head.losses(weights, examples.x, examples.y, examples.mask)


def _rounded(values: Tensor) -> list[float]:
    return [float(f"{value:.6g}") for value in values.tolist()]
