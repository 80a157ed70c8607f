"""A linear classifier of all classes, restricted to those of the task. Isolates what a support set adds.

For tasks whose classes were there in meta-training and whose images come from elsewhere (another domain): it is told
which classes a task has and looks at no support image.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from methods.interface import Context, Examples, Method, Needs, Problem, Progress, Task
from methods.schedules import one_cycle
from methods.seeding import derive_seed
from methods.settings import above, at_least
from methods.support import cosine_logits


@dataclass(frozen=True)
class SourceClassifierSettings:
    """As bodies are trained: cosine logits, label smoothing, a one-cycle learning rate of AdamW."""

    steps: int = 2000
    batch: int = 256
    learning_rate: float = 0.01
    weight_decay: float = 0.05
    temperature: float = 16.0
    label_smoothing: float = 0.1

    def __post_init__(self) -> None:
        at_least(self, 1, "batch")
        at_least(self, 2, "steps")  # a cycle goes up and down
        above(self, 0, "learning_rate", "temperature")
        at_least(self, 0, "weight_decay", "label_smoothing")


class SourceClassifier(Method):
    """Knows a row for every class, and gives those of the task. Its tasks must say which classes they have.

    No paper has it; it is trained as bodies are.
    """

    Hyperparameters = SourceClassifierSettings
    PROFILES: ClassVar = {"smoke": {"steps": 200}}
    needs = Needs(condition="identities")

    def build(self, problem: Problem) -> None:
        size = problem.input_shape[0]
        self.rows = nn.Parameter(torch.randn(problem.class_count, size) / size**0.5)

    def fit(self, context: Context) -> Iterator[Progress]:
        settings = self.hyperparameters
        optimiser = torch.optim.AdamW(self.parameters(), settings.learning_rate, weight_decay=settings.weight_decay)
        schedule = one_cycle(optimiser, settings.learning_rate, settings.steps, rise=0.2)

        def steps(done: int) -> Iterator[Progress]:
            for step in range(done + 1, settings.steps + 1):
                x, y = _images(context, settings.batch, step)
                logits = cosine_logits(self.rows, x, settings.temperature)
                loss = F.cross_entropy(logits, y, label_smoothing=settings.label_smoothing)
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
                yield Progress(step, settings.steps, loss.item())

        yield from context.training.run(steps, method=self, optimiser=optimiser, schedule=schedule)

    def adapt(self, task: Task) -> Tensor:
        """Class rows (B, way, d): those of the task's classes."""
        return self.rows[task.identities]

    def predict(self, state: Tensor, query: Examples) -> Tensor:
        return cosine_logits(state, query.x)


def _images(context: Context, count: int, step: int) -> tuple[Tensor, Tensor]:
    """One step's features (count, d) and class numbers (count,): all classes of the source are equally likely."""
    rng = np.random.default_rng(derive_seed(context.seed, "source classifier batch", step))
    classes = torch.from_numpy(rng.integers(context.train.class_count, size=(count, 1)))
    drawn = context.train.episodes(rng, count, way=1, shot=0, queries=1, classes=classes)
    return drawn.query.x[:, 0], drawn.task.identities[:, 0]
