"""The exact rule for Gaussian classes, in closed form. Isolates what the second moments of features alone tell.

Features of a class are N(mu, W), with one covariance W for all classes, and mu itself is N(m, B). Given K support
images with mean x, the posterior of mu is Gaussian with

    mean m + B (B + W / K)^-1 (x - m)    and    covariance V = (B^-1 + K W^-1)^-1,

and a query of the class is N(mean, W + V): its log density is the logit. m, B and W are measured on training classes.
W is shrunk towards its mean diagonal; validation classes choose by how much.

In the basis D with W = D D' and B = D diag(s) D' all of these are diagonal: the covariance W + V becomes
1 + s / (1 + K s), so that a task takes no solving, also where its classes have different numbers of images.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from methods.controls.shrunken_prototypes import class_statistics, shared_basis
from methods.heads import unit_scale
from methods.interface import Context, Episodes, Examples, Method, Problem, Progress, Task
from methods.seeding import derive_seed
from methods.settings import at_least
from methods.support import class_means, one_hot


@dataclass(frozen=True)
class GaussianSettings:
    """Settings that validation classes choose from."""

    shrinkages: tuple[float, ...] = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)  # shares of the diagonal
    validation_tasks: int = 600

    def __post_init__(self) -> None:
        at_least(self, 1, "validation_tasks")
        if not self.shrinkages or not all(0 <= share <= 1 for share in self.shrinkages):
            raise ValueError(f"shrinkages must be shares from 0 to 1, such as 0.1+0.5, not {self.shrinkages}")


class Gaussian(Method):
    """Posterior predictive densities of Gaussian classes with a Gaussian prior of their means.

    No paper has it; the rule is textbook, such as Murphy 2012, Section 4.6.
    """

    Hyperparameters = GaussianSettings
    PROFILES: ClassVar = {"smoke": {"shrinkages": (0.1, 0.5, 0.9), "validation_tasks": 100}}

    def build(self, problem: Problem) -> None:
        size = problem.input_shape[0]
        self.register_buffer("centre", torch.zeros(size))
        self.register_buffer("inverse", torch.eye(size))
        self.register_buffer("signal", torch.ones(size))

    def fit(self, context: Context) -> Iterator[Progress]:
        settings, problem = self.hyperparameters, context.problem
        centre, between, within = class_statistics(context.train)
        rng = np.random.default_rng(derive_seed(context.seed, "gaussian validation"))
        validation = context.validation.episodes(
            rng, settings.validation_tasks, way=problem.way, shot=problem.shot, queries=5
        )
        self.centre.copy_(centre)
        best, chosen = -1.0, (self.inverse, self.signal)
        for number, share in enumerate(settings.shrinkages, 1):
            _, inverse, signal = shared_basis(between, shrunk(within, share))
            self.inverse.copy_(inverse)
            self.signal.copy_(signal)
            accuracy = self._accuracy(validation)
            if accuracy > best:
                best, chosen = accuracy, (self.inverse.clone(), self.signal.clone())
            yield Progress(number, len(settings.shrinkages), 1 - accuracy)
        self.inverse.copy_(chosen[0])
        self.signal.copy_(chosen[1])

    def adapt(self, task: Task) -> tuple[Tensor, Tensor]:
        """Predictive means and variances (B, way, d) of the classes, in the basis where they are diagonal."""
        means = class_means(task, unit_scale(task.support.x) - self.centre) @ self.inverse.mT
        counts = one_hot(task).sum(1)[..., None]
        gained = self.signal / (1 + counts * self.signal)
        return counts * gained * means, 1 + gained

    def predict(self, state: tuple[Tensor, Tensor], query: Examples) -> Tensor:
        """Log densities (B, n, way), up to what all classes share."""
        means, variances = state
        x = (unit_scale(query.x) - self.centre) @ self.inverse.mT
        precisions = 1 / variances
        # |x - mean|^2 / variance, multiplied out so that nothing has the size n x way x d.
        distances = x.square() @ precisions.mT - 2 * x @ (precisions * means).mT
        constants = (precisions * means.square() + variances.log()).sum(-1)
        return -(distances + constants.unsqueeze(-2)) / 2

    @torch.no_grad()
    def _accuracy(self, episodes: Episodes) -> float:
        logits = self.predict(self.adapt(episodes.task), episodes.query.without_labels())
        return torch.eq(logits.argmax(-1), episodes.query.y).float().mean().item()


def shrunk(covariance: Tensor, share: float) -> Tensor:
    """A covariance (d, d) moved by a share of the way to its mean variance times the identity."""
    mean = covariance.diagonal().mean()
    return (1 - share) * covariance + share * mean * torch.eye(len(covariance)).to(covariance)
