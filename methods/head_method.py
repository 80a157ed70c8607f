"""The base of methods whose answer to a task is one head (`methods.heads`), a flat vector of its weights."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any

import torch
from torch import Tensor

from methods.heads import Head
from methods.interface import Examples, Method, Problem, Task


class HeadMethod(Method):
    """A method that makes the weights of a head for a task; the head then classifies without it."""

    head: Head

    def build(self, problem: Problem) -> None:
        self.head = problem.head

    @abstractmethod
    def adapt(self, task: Task) -> Tensor:
        """Weights (B, size) of the heads of B tasks."""

    def predict(self, state: Tensor, query: Examples) -> Tensor:
        return self.head.apply(state, query.x)

    @torch.no_grad()
    def generate_head(
        self, support_x: Any = None, support_y: Any = None, *, class_vectors: Any = None, seed: int = 0
    ) -> Tensor:
        """Weights (size,) of the head of one task, or (B, size) of B tasks, for `head.apply`; on the support's device.

        Args:
            support_x: (n, features) numbers; with several tasks, this and all others have a leading dimension B.
            support_y: (n,) integers that number the classes of the task 0, 1, 2 and so on.
            class_vectors: (way, s) numbers in place of the support, where `needs.condition` is "semantics".
            seed: of the noise that generation starts from: another seed gives another head.

        Raises:
            UserError: shapes or values do not fit each other, or what the method was trained for.
        """
        task, alone = self._given_task(support_x, support_y, class_vectors, seed)
        shown = support_x if class_vectors is None else class_vectors
        weights = self.adapt(task).to(torch.as_tensor(shown).device)
        return weights[0] if alone else weights
