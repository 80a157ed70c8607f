"""Learning curves: what a method knows on validation classes while it is being meta-trained."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch
from torch import Tensor

from methods.interface import Method, Progress

PHASE = "meta-training"


class Curve:
    """Keeps what a method has learned at evenly spaced steps, and looks at it when training is over.

    Looks in between would be no part of meta-training either, but what is prepared beside it would go on meanwhile.
    """

    def __init__(self, method: Method, points: int) -> None:
        self._method, self._count = method, points
        self._states: list[tuple[int, float, dict[str, Tensor]]] = []

    def visit(self, progress: Progress, seconds: Callable[[], float]) -> None:
        """Keep a point if one is due at this step; `seconds()` is how long meta-training has taken so far."""
        if progress.phase != PHASE or not progress.step or len(self._states) >= self._count:
            return
        if progress.step >= math.ceil((len(self._states) + 1) * progress.steps / self._count):
            self._states.append((progress.step, round(seconds(), 3), self._state()))

    def points(self, look: Callable[[], Mapping[str, float]]) -> list[dict[str, float]]:
        """Each point with what `look()` says of the method as it was then; the method is left as it is."""
        now, training = self._state(), self._method.training
        self._method.eval()
        measured = []
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            for step, seconds, state in self._states:
                self._method.load_state_dict(state)
                measured.append({"step": step, "seconds": seconds, **look()})
        self._method.load_state_dict(now)
        self._method.train(training)
        return measured

    def _state(self) -> dict[str, Tensor]:
        return {name: tensor.detach().clone() for name, tensor in self._method.state_dict().items()}
