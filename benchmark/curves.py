"""Learning curves: what a method knows on validation classes while it is being meta-trained."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping

import torch

from methods.interface import Method, Progress

PHASE = "meta-training"


class Curve:
    """Looks at a method at evenly spaced steps; the time that takes is no part of meta-training."""

    def __init__(self, method: Method, points: int, look: Callable[[], Mapping[str, float]]) -> None:
        """`look()` gives what one point says of the method as it is then."""
        self._method, self._count, self._look = method, points, look
        self.points: list[dict[str, float]] = []
        self.seconds = 0.0  # spent looking

    def visit(self, progress: Progress, seconds: Callable[[], float]) -> None:
        """Add a point if one is due at this step; `seconds()` is how long meta-training has taken so far."""
        if progress.phase != PHASE or not progress.step or len(self.points) >= self._count:
            return
        if progress.step < math.ceil((len(self.points) + 1) * progress.steps / self._count):
            return
        trained = seconds()
        start = time.perf_counter()
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            self._method.eval()
            point = self._look()
            self._method.train()
        self.points.append({"step": progress.step, "seconds": round(trained, 3), **point})
        self.seconds += time.perf_counter() - start
