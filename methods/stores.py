"""Stores of what methods make once, when no harness keeps it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from torch import Tensor, nn

from methods.interface import Progress, Stateful


class MemoryStore:
    """An `ArtefactStore` in memory: methods that are trained with the same one share the heads they learn from."""

    def __init__(self) -> None:
        self._tensors: dict[str, dict[str, Tensor]] = {}
        self._ends: dict[str, dict[str, dict[str, Any]]] = {}

    def tensors(self, kind: str, key: Mapping[str, Any], make: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
        """The tensors made for `key`, which must be JSON; they must not be changed."""
        name = _name(kind, key)
        if name not in self._tensors:
            self._tensors[name] = make()
        return self._tensors[name]

    def training(self, kind: str, key: Mapping[str, Any]) -> _SharedTraining:
        """A training that is run once for `key`, which must be JSON."""
        return _SharedTraining(self._ends, _name(kind, key))


class _SharedTraining:
    """Implements `methods.interface.Training`; keeps the modules among the parts, at their end."""

    def __init__(self, ends: dict[str, dict[str, dict[str, Any]]], name: str) -> None:
        self._ends, self._name = ends, name

    def run(self, steps: Callable[[int], Iterator[Progress]], **parts: Stateful) -> Iterator[Progress]:
        modules = {name: part for name, part in parts.items() if isinstance(part, nn.Module)}
        if self._name not in self._ends:
            yield from steps(0)
            self._ends[self._name] = {name: copy.deepcopy(part.state_dict()) for name, part in modules.items()}
        for name, state in self._ends[self._name].items():
            modules[name].load_state_dict(state)


def _name(kind: str, key: Mapping[str, Any]) -> str:
    return json.dumps([kind, dict(key)], sort_keys=True)
