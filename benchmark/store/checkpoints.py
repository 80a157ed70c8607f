"""Trainings that lose only minutes when Ctrl-C or `kill -9` interrupts them."""

from __future__ import annotations

import io
import pickle
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch

from benchmark.system.paths import write_whole
from methods.errors import UserError
from methods.interface import Progress, Stateful

INTERVAL = 120.0  # seconds between two checkpoints


class KeptTraining:
    """Implements `methods.interface.Training` in one file, whose owner discards it when it is no longer needed."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.earlier = 0.0  # seconds of training before the last checkpoint
        self.seconds = 0.0  # of training in all

    def run(self, steps: Callable[[int], Iterator[Progress]], **parts: Stateful) -> Iterator[Progress]:
        """Pass on the progress of the remaining steps."""
        done, self.earlier = self._load(parts)
        start = saved_at = time.perf_counter()
        for progress in steps(done):
            yield progress
            now = time.perf_counter()
            if now - saved_at >= INTERVAL:
                self._keep(parts, progress.step, self.earlier + now - start)
                saved_at = time.perf_counter()
        self.seconds = self.earlier + time.perf_counter() - start

    def discard(self) -> None:
        self.file.unlink(missing_ok=True)

    def _keep(self, parts: dict[str, Stateful], done: int, seconds: float) -> None:
        content = io.BytesIO()
        states = {name: part.state_dict() for name, part in parts.items()}
        torch.save({"done": done, "seconds": seconds, "parts": states}, content)
        write_whole(self.file, content.getvalue())

    def _load(self, parts: dict[str, Stateful]) -> tuple[int, float]:
        """Restore the parts from the last checkpoint; return its number of steps and its seconds."""
        if not self.file.exists():
            return 0, 0.0
        try:
            content = torch.load(self.file, map_location="cpu", weights_only=True)
            for name, part in parts.items():
                part.load_state_dict(content["parts"][name])
            return content["done"], content["seconds"]
        except (OSError, EOFError, RuntimeError, pickle.UnpicklingError, LookupError, TypeError, ValueError) as error:
            raise UserError(
                f"The checkpoint {str(self.file)!r} is damaged or from another version of the method; "
                "delete it and run the command again."
            ) from error
