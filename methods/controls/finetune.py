"""The head trained on the support set by gradient, from the shared start. Isolates what learning from tasks adds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from methods.head_method import HeadMethod
from methods.interface import Context, Needs, Problem, Progress, Task
from methods.prepared import initial_head
from methods.settings import above, at_least
from methods.trajectories import Preparation, TrainingData, prepare_heads


@dataclass(frozen=True)
class FinetuneSettings:
    """Of the same trainer that prepares heads for the generators."""

    steps: int = 60
    learning_rate: float = 0.01
    sam_rho: float = 0.05

    def __post_init__(self) -> None:
        at_least(self, 1, "steps")
        at_least(self, 0, "sam_rho")
        above(self, 0, "learning_rate")


class Finetune(HeadMethod):
    """Trains heads on the support set by Adam with sharpness-aware minimisation.

    Source: *Sharpness-Aware Minimization for Efficiently Improving Generalization*, Foret et al., ICLR 2021,
    arXiv 2010.01412; the start is that of Lt-Di's weight preparation.
    """

    Hyperparameters = FinetuneSettings
    needs = Needs(gradients=True)
    any_way = False

    def build(self, problem: Problem) -> None:
        super().build(problem)
        self.register_buffer("initial", torch.zeros(problem.head.size))

    def fit(self, context: Context) -> Iterator[Progress]:
        """Nothing is learned: the start is that of the heads prepared under the same seed."""
        self.initial.copy_(initial_head(context))
        yield Progress(1, 1, 0.0)

    def adapt(self, task: Task) -> Tensor:
        """Weights (B, size) after the last step on all support images."""
        settings = self.hyperparameters
        data = TrainingData.of(task.support, task.way)
        trained = prepare_heads(
            self.head,
            self.initial,
            lambda step: data,
            Preparation(settings.steps, settings.learning_rate, sam_rho=settings.sam_rho, trajectory_length=2),
        )
        return trained[:, -1]
