"""The mean of all prepared heads, whatever the support. Isolates what the condition is worth: all above chance."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import torch
from torch import Tensor

from methods.head_method import HeadMethod
from methods.interface import Context, Needs, Problem, Progress, Task
from methods.prepared import DEFAULT_LENGTH, PreparedHeads, fewer_heads
from methods.profiles import InputSizes
from methods.settings import at_least
from methods.trajectories import Preparation


@dataclass(frozen=True)
class MeanHeadSettings:
    """The generators' ones, so that it averages the heads that they learn from."""

    prepared_heads: int = 6000
    preparation_steps: int = 120

    def __post_init__(self) -> None:
        at_least(self, 1, "prepared_heads")
        at_least(self, DEFAULT_LENGTH - 1, "preparation_steps")


class MeanHead(HeadMethod):
    """Gives the mean of all prepared heads, whatever the task is.

    Source: the heads are those that Lt-Di prepares (arXiv 2502.01117, Algorithm 1).
    """

    Hyperparameters = MeanHeadSettings
    PROFILES: ClassVar = {
        "smoke": {"prepared_heads": 1000, "preparation_steps": 60},
        "check": {"prepared_heads": 200, "preparation_steps": 30},
        "paper": {"prepared_heads": 20_000},
    }
    # What the mean owes to slots is noise of the tasks drawn, and stays in it.
    any_way = False
    needs = Needs(ignores_support=True, equivariant=False)

    @classmethod
    def scaled(cls, settings: Any, profile: str, inputs: InputSizes) -> Any:
        return fewer_heads(settings, profile, inputs)

    def build(self, problem: Problem) -> None:
        super().build(problem)
        self.register_buffer("mean", torch.zeros(problem.head.size))

    def fit(self, context: Context) -> Iterator[Progress]:
        yield Progress(0, 1, 0.0, "weight preparation")
        settings = self.hyperparameters
        preparation = Preparation(settings.preparation_steps)
        prepared = PreparedHeads(context, settings.prepared_heads, preparation, beside=False)
        prepared.take(prepared.count)
        self.mean.copy_(prepared.points[:, 0].mean(0))
        yield Progress(1, 1, 0.0)

    def adapt(self, task: Task) -> Tensor:
        return self.mean.expand(len(task.seeds), -1)
