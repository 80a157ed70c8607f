"""Tensors that are made once and shared: bodies, features, prepared trajectories."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from benchmark.keys import digest
from benchmark.paths import new_folder
from methods.errors import UserError


class ArtefactFolder:
    """Implements `methods.interface.ArtefactStore` on disk: one folder per artefact, there whole or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.waited = 0.0  # seconds that the thread which made this folder has spent in `tensors`
        self._depth = 0  # making one artefact may ask for another
        self._owner = threading.get_ident()  # other threads prepare beside it: nobody waits for them

    def tensors(self, kind: str, key: Mapping[str, Any], make: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
        """The tensors made for `key`: from disk, or by calling `make` and keeping what it gives."""
        return self.tensors_and_cost(kind, key, make)[0]

    def tensors_and_cost(
        self, kind: str, key: Mapping[str, Any], make: Callable[[], dict[str, Tensor]]
    ) -> tuple[dict[str, Tensor], float]:
        """And the seconds that making them took, whenever that was."""
        if threading.get_ident() != self._owner:
            return self._get(self.root / kind / digest(key)[:20], key, make)
        start = time.perf_counter()
        self._depth += 1
        try:
            return self._get(self.root / kind / digest(key)[:20], key, make)
        finally:
            self._depth -= 1
            if not self._depth:
                self.waited += time.perf_counter() - start

    def _get(
        self, folder: Path, key: Mapping[str, Any], make: Callable[[], dict[str, Tensor]]
    ) -> tuple[dict[str, Tensor], float]:
        if not folder.exists():
            start = time.perf_counter()
            tensors = {name: tensor.contiguous().cpu() for name, tensor in make().items()}
            description = {"key": dict(key), "seconds": time.perf_counter() - start}
            with new_folder(folder) as staging:
                save_file(tensors, staging / "tensors.safetensors")
                (staging / "key.json").write_text(json.dumps(description, indent=1))
        try:
            tensors = load_file(folder / "tensors.safetensors")
            seconds = json.loads((folder / "key.json").read_text())["seconds"]
        except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
            raise UserError(f"The artefact {str(folder)!r} is damaged; delete that folder and run again.") from error
        return tensors, seconds


class CostRecorder:
    """Passes requests on to an artefact folder and adds up, by kind, what the artefacts cost to make."""

    def __init__(self, folder: ArtefactFolder) -> None:
        self._folder = folder
        self.seconds: dict[str, float] = {}

    def tensors(self, kind: str, key: Mapping[str, Any], make: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
        tensors, seconds = self._folder.tensors_and_cost(kind, key, make)
        self.seconds[kind] = self.seconds.get(kind, 0.0) + seconds
        return tensors
