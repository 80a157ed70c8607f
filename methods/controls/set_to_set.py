"""Prototypes plus a class-equivariant transformer's residual. Isolates diffusion from learning to generate at all.

Class rows are generated in one pass: the prototypes of a task look at each other through self-attention, and the
residual is trained on the loss of queries (FEAT, Ye et al. 2020, Eq. 4). At its start it is the centroid. Training
features come from a body that has memorised their classes, so the step that serves validation classes best is kept.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from methods.denoiser import Attention
from methods.interface import Context, Episodes, Examples, Method, Problem, Progress, Task
from methods.seeding import derive_seed
from methods.settings import above, at_least
from methods.support import class_means, cosine_logits


@dataclass(frozen=True)
class SetToSetSettings:
    layers: int = 2
    width: int = 128
    steps: int = 1000
    tasks_per_step: int = 32
    queries: int = 5  # per class
    learning_rate: float = 3e-4
    evaluate_every: int = 50  # steps, on validation tasks
    validation_tasks: int = 600

    def __post_init__(self) -> None:
        at_least(self, 1, "layers", "width", "steps", "tasks_per_step", "queries", "evaluate_every", "validation_tasks")
        above(self, 0, "learning_rate")
        if self.width % 4:
            raise ValueError(f"width must be a multiple of 4, not {self.width}")


class SetToSet(Method):
    """Generates class rows (B, way, features) in one pass of a transformer over the prototypes of a task.

    Source: FEAT, *Few-Shot Learning via Embedding Adaptation with Set-to-Set Functions*, Ye et al., CVPR 2020,
    arXiv 1812.03664, Eq. 4.
    """

    Hyperparameters = SetToSetSettings
    PROFILES: ClassVar = {
        "smoke": {"steps": 60, "evaluate_every": 20, "validation_tasks": 200, "learning_rate": 1e-3},
        "paper": {"steps": 20_000, "evaluate_every": 500},
    }
    generates_weights = True

    def build(self, problem: Problem) -> None:
        self.register_buffer("centre", torch.zeros(problem.input_shape[0]))
        self.residual = Residual(problem.input_shape[0], self.hyperparameters.width, self.hyperparameters.layers)

    def fit(self, context: Context) -> Iterator[Progress]:
        settings, problem = self.hyperparameters, context.problem
        rng = np.random.default_rng(derive_seed(context.seed, "set-to-set tasks"))
        sample = context.train.episodes(rng, 1000, way=problem.way, shot=problem.shot, queries=0).task.support.x
        self.centre.copy_(F.normalize(sample, dim=-1).mean((0, 1)))
        held_out = np.random.default_rng(derive_seed(context.seed, "set-to-set validation"))
        validation = context.validation.episodes(
            held_out, settings.validation_tasks, way=problem.way, shot=problem.shot, queries=5
        )
        optimiser = torch.optim.AdamW(self.parameters(), settings.learning_rate, weight_decay=0.01)
        best, best_state = self._accuracy(validation), copy.deepcopy(self.residual.state_dict())
        for step in range(1, settings.steps + 1):
            episodes = context.train.episodes(
                rng, settings.tasks_per_step, way=problem.way, shot=problem.shot, queries=settings.queries
            )
            logits = self.predict(self.adapt(episodes.task), episodes.query)
            loss = F.cross_entropy(logits.flatten(0, 1), episodes.query.y.flatten())
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            if step % settings.evaluate_every == 0 and (accuracy := self._accuracy(validation)) > best:
                best, best_state = accuracy, copy.deepcopy(self.residual.state_dict())
            yield Progress(step, settings.steps, loss.item())
        self.residual.load_state_dict(best_state)

    def adapt(self, task: Task) -> Tensor:
        """Class rows (B, way, d), centred."""
        prototypes = class_means(task, F.normalize(task.support.x, dim=-1) - self.centre)
        return prototypes + self.residual(prototypes)

    def predict(self, state: Tensor, query: Examples) -> Tensor:
        return cosine_logits(state, F.normalize(query.x, dim=-1) - self.centre)

    @torch.no_grad()
    def _accuracy(self, episodes: Episodes) -> float:
        logits = self.predict(self.adapt(episodes.task), episodes.query.without_labels())
        return torch.eq(logits.argmax(-1), episodes.query.y).float().mean().item()


class Residual(nn.Module):
    """Rows (B, way, d) to what is added to them, zero before training; permuting rows permutes it."""

    def __init__(self, size: int, width: int, layers: int) -> None:
        super().__init__()
        self.enter = nn.Linear(size, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2 * layers))
        self.attentions = nn.ModuleList(Attention(width, 4) for _ in range(layers))
        self.forwards = nn.ModuleList(
            nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width)) for _ in range(layers)
        )
        self.leave = nn.Linear(width, size)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(self.leave.bias)

    def forward(self, rows: Tensor) -> Tensor:
        tokens = self.enter(rows * rows.shape[-1] ** 0.5)
        for i, (attention, forward) in enumerate(zip(self.attentions, self.forwards, strict=True)):
            tokens = tokens + attention(self.norms[2 * i](tokens))
            tokens = tokens + forward(self.norms[2 * i + 1](tokens))
        return self.leave(tokens)
