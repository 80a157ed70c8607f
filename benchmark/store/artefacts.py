"""Artefacts that are made once and shared: bodies, features, prepared trajectories, trainings."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from benchmark.store.cache import artefact_folder
from benchmark.store.checkpoints import KeptTraining
from benchmark.store.records import BESIDE
from benchmark.system.claims import claim
from benchmark.system.paths import new_folder, umask
from methods.errors import UserError
from methods.interface import Progress, Stateful, Training, Uninterrupted


class ArtefactFolder:
    """Implements `methods.interface.ArtefactStore` on disk: one folder per artefact, there whole or not at all."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.patient = True  # whether to wait for another process that makes what is asked for, or to raise `Busy`
        self.waited = 0.0  # seconds spent here; what a `CostRecorder` has made in another thread never comes here
        self._nested: list[float] = []  # making one artefact may ask for another: seconds of those, by depth

    def tensors(self, kind: str, key: Mapping[str, Any], make: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
        """The tensors made for `key`: from disk, or by calling `make` and keeping what it gives."""
        return self.tensors_and_cost(kind, key, make)[0]

    def tensors_and_cost(
        self, kind: str, key: Mapping[str, Any], make: Callable[[], dict[str, Tensor]]
    ) -> tuple[dict[str, Tensor], float]:
        """And the seconds that making them took, whenever that was, without other artefacts that this asked for.

        Raises Busy if another process makes them and the folder is not `patient`.
        """
        folder = self._folder(kind, key)
        with self._waiting(), self._made_once(folder) as missing:
            if missing:
                start = time.perf_counter()
                tensors = make()
                _write(folder, key, tensors, time.perf_counter() - start - self._nested[-1])
                del tensors  # features may be gigabytes, and are read again
            return _read(folder)

    def seconds(self, kind: str, key: Mapping[str, Any]) -> float | None:
        """The seconds that making an artefact took; None where it is not there."""
        folder = self._folder(kind, key)
        return _seconds(folder) if folder.exists() else None

    def training(
        self, kind: str, key: Mapping[str, Any], add_cost: Callable[[float], None] = lambda seconds: None
    ) -> SharedTraining:
        """A training whose modules are kept at its end; `add_cost` is told the seconds it took, whenever that was."""
        return SharedTraining(self, kind, key, add_cost)

    def _folder(self, kind: str, key: Mapping[str, Any]) -> Path:
        return artefact_folder(self.root, kind, key)

    @contextmanager
    def _made_once(self, folder: Path) -> Iterator[bool]:
        """Whether an artefact is missing; then no other process makes it within the block."""
        if folder.exists():
            yield False
            return
        with claim(folder, wait=self.patient):
            yield not folder.exists()

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        start = time.perf_counter()
        self._nested.append(0.0)
        try:
            yield
        finally:
            self._nested.pop()
            spent = time.perf_counter() - start
            if self._nested:
                self._nested[-1] += spent
            else:
                self.waited += spent


class SharedTraining:
    """Implements `methods.interface.Training`; only the modules among the parts are kept at the end."""

    def __init__(
        self, artefacts: ArtefactFolder, kind: str, key: Mapping[str, Any], add_cost: Callable[[float], None]
    ) -> None:
        self._artefacts, self._key, self._add_cost = artefacts, key, add_cost
        self._folder = artefacts._folder(kind, key)

    def run(self, steps: Callable[[int], Iterator[Progress]], **parts: Stateful) -> Iterator[Progress]:
        """Hand on the progress of the steps that are still to be done: none where the training is there."""
        modules = nn.ModuleDict({name: part for name, part in parts.items() if isinstance(part, nn.Module)})
        with self._artefacts._waiting(), self._artefacts._made_once(self._folder) as missing:
            if missing:
                training = KeptTraining(self._folder.with_name(f"{self._folder.name}.checkpoint"))
                yield from training.run(steps, **parts)
                _write(self._folder, self._key, modules.state_dict(), training.seconds)
                training.discard()
            tensors, seconds = _read(self._folder)
        try:
            modules.load_state_dict(tensors)
        except RuntimeError as error:
            raise _damaged(self._folder) from error
        self._add_cost(seconds)


class CostRecorder:
    """Passes requests on to an artefact folder and adds up, by kind, what the artefacts cost to make.

    What another thread asks for is always made anew, since found ready it would hide what making it beside other work
    costs. It has a name of its own, which ends in BESIDE: those seconds passed beside others.
    """

    def __init__(self, folder: ArtefactFolder, *, afresh: bool = False) -> None:
        """With `afresh`, trainings run from their start even where their end is kept: for learning curves."""
        self._folder, self._afresh = folder, afresh
        self._owner = threading.get_ident()
        self.seconds: dict[str, float] = {}

    def tensors(self, kind: str, key: Mapping[str, Any], make: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
        if threading.get_ident() == self._owner:
            tensors, seconds = self._folder.tensors_and_cost(kind, key, make)
            self._add(kind, seconds)
            return tensors
        start = time.perf_counter()
        tensors = make()
        self._add(kind + BESIDE, time.perf_counter() - start)
        return tensors

    def training(self, kind: str, key: Mapping[str, Any]) -> Training:
        if self._afresh:
            return Uninterrupted()
        return self._folder.training(kind, key, partial(self._add, kind))

    def _add(self, kind: str, seconds: float) -> None:
        self.seconds[kind] = self.seconds.get(kind, 0.0) + seconds


def _write(folder: Path, key: Mapping[str, Any], tensors: Mapping[str, Tensor], seconds: float) -> None:
    tensors = {name: tensor.contiguous().cpu() for name, tensor in tensors.items()}
    description = {"key": dict(key), "seconds": seconds}
    with new_folder(folder) as staging:
        file = staging / "tensors.safetensors"
        try:
            save_file(tensors, file)
        except SafetensorError as error:  # a full disk too, which is no fault of the method that asked
            raise UserError(
                f"The artefact {str(folder)!r} cannot be written ({error}); make room (`ltdi-bench cache list` says "
                "what is there) or name another cache with LTDI_BENCH_CACHE."
            ) from error
        file.chmod(0o666 & ~umask())  # safetensors makes it for the owner alone, and caches may be shared
        (staging / "key.json").write_text(json.dumps(description, indent=1))


def _read(folder: Path) -> tuple[dict[str, Tensor], float]:
    try:
        return load_file(folder / "tensors.safetensors"), _seconds(folder)
    except (OSError, SafetensorError) as error:
        raise _damaged(folder) from error


def _seconds(folder: Path) -> float:
    try:
        return json.loads((folder / "key.json").read_text())["seconds"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(folder) from error


def _damaged(folder: Path) -> UserError:
    return UserError(f"The artefact {str(folder)!r} is damaged; delete that folder and run again.")
