"""Class vectors mapped to class means by ridge regression. Isolates learning to generate from class semantics.

The map is fitted on the meta-train classes in closed form, as semantic embeddings were first used for classes without
any image (Palatucci et al. 2009, Eq. 1); its penalty is the one of a few that serves validation classes best.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from methods.interface import Context, Episodes, Examples, Method, Needs, Problem, Progress, Task
from methods.seeding import derive_seed
from methods.settings import at_least
from methods.support import cosine_logits

CLASSES = 16  # whose images are averaged at once


@dataclass(frozen=True)
class SemanticRidgeSettings:
    penalties: tuple[float, ...] = (0.01, 0.1, 1.0, 10.0)  # to choose from
    validation_tasks: int = 200

    def __post_init__(self) -> None:
        at_least(self, 1, "validation_tasks")
        if not self.penalties or min(self.penalties) <= 0:
            raise ValueError(f"penalties must be positive, not {self.penalties}")


class SemanticRidge(Method):
    """Maps class vectors to class rows (B, way, features) linearly; no image of a class need be known.

    Source: *Zero-Shot Learning with Semantic Output Codes*, Palatucci et al., NeurIPS 2009, Eq. 1.
    """

    Hyperparameters = SemanticRidgeSettings
    PROFILES: ClassVar = {"smoke": {"validation_tasks": 50}}
    needs = Needs(condition="semantics")
    generates_weights = True

    def build(self, problem: Problem) -> None:
        features, vectors = problem.input_shape[0], problem.semantics
        self.register_buffer("feature_centre", torch.zeros(features))
        self.register_buffer("vector_centre", torch.zeros(vectors))
        self.register_buffer("map", torch.zeros(vectors, features))

    @torch.no_grad()
    def fit(self, context: Context) -> Iterator[Progress]:
        settings, problem = self.hyperparameters, context.problem
        means, vectors = _classes(context)
        self.feature_centre.copy_(means.mean(0))
        self.vector_centre.copy_(vectors.mean(0))
        rng = np.random.default_rng(derive_seed(context.seed, "semantic ridge validation"))
        validation = context.validation.episodes(
            rng, settings.validation_tasks, way=problem.way, shot=problem.shot, queries=5
        )
        best, best_map = -1.0, self.map
        for number, penalty in enumerate(settings.penalties, 1):
            self.map.copy_(ridge_map(vectors - self.vector_centre, means - self.feature_centre, penalty))
            accuracy = self._accuracy(validation)
            if accuracy > best:
                best, best_map = accuracy, self.map.clone()
            yield Progress(number, len(settings.penalties), 1 - accuracy)
        self.map.copy_(best_map)

    def adapt(self, task: Task) -> Tensor:
        """Class rows (B, way, d) from class vectors (B, way, s), no image being looked at."""
        return (F.normalize(task.semantics, dim=-1) - self.vector_centre) @ self.map

    def predict(self, state: Tensor, query: Examples) -> Tensor:
        return cosine_logits(state, F.normalize(query.x, dim=-1) - self.feature_centre)

    def _accuracy(self, episodes: Episodes) -> float:
        logits = self.predict(self.adapt(episodes.task), episodes.query.without_labels())
        return torch.eq(logits.argmax(-1), episodes.query.y).float().mean().item()


def ridge_map(x: Tensor, y: Tensor, penalty: float) -> Tensor:
    """W (s, d) that minimises |x W - y|^2 + penalty |W|^2 over n rows x (n, s), y (n, d); n x n, as n < s mostly."""
    kernel = x @ x.T
    kernel.diagonal().add_(penalty)
    return x.T @ torch.linalg.solve(kernel, y)


def _classes(context: Context) -> tuple[Tensor, Tensor]:
    """Mean feature (C, d) and vector (C, s) of every meta-train class; features and vectors have length 1."""
    every = torch.arange(context.train.class_count).unsqueeze(1)
    means = []
    for classes in every.split(CLASSES):
        images = context.train.examples(classes)
        counted = images.real.unsqueeze(-1)
        means.append((F.normalize(images.x, dim=-1) * counted).sum(1) / counted.sum(1))
    rng = np.random.default_rng(derive_seed(context.seed, "semantic ridge classes"))
    task = context.train.episodes(rng, len(every), way=1, shot=0, queries=0, classes=every).task
    return torch.cat(means), F.normalize(task.semantics[:, 0], dim=-1)
