"""Methods with an encoder of their own: an image is encoded once for all the tasks that it is in."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from methods.interface import Examples, Method, Task
from methods.sources import Lookup

PIXELS = 6_400_000  # of the images that are encoded at once: a network needs some hundred bytes for each


def encodes(method: Method) -> bool:
    """Whether a method has an encoder of its own."""
    return type(method).encode is not Method.encode


def encoded_task(method: Method, task: Task) -> Task:
    """A task as the method's `adapt` takes it."""
    if task.support is None or not encodes(method):
        return task
    return replace(task, support=encoded_examples(method, task.support))


def encoded_examples(method: Method, examples: Examples) -> Examples:
    """Examples as the method's `predict` takes them."""
    if not encodes(method):
        return examples
    x = method.encode(examples.x.flatten(0, 1)).unflatten(0, examples.x.shape[:2])
    return replace(examples, x=x)


class EncodedOnce:
    """Looks up what an encoder makes of images, of which there are `count`; each is encoded when it is first asked for.

    `encode` maps (n, *input_shape) to (n, *shape); what it makes of an image must not depend on the others.
    """

    def __init__(self, lookup: Lookup, count: int, encode: Callable[[Tensor], Tensor]) -> None:
        self._lookup, self._encode = lookup, encode
        self._rows = np.full(count, -1)  # where the encoded image is, -1 while it is nowhere
        self._encoded: Tensor | None = None

    def __call__(self, members: np.ndarray, _views: np.ndarray) -> Tensor:
        missing = np.unique(members[self._rows[members] < 0])
        if len(missing):
            self._add(missing)
        rows = torch.from_numpy(self._rows[members.reshape(-1)]).to(self._encoded.device)
        return self._encoded[rows].unflatten(0, members.shape)

    def _add(self, members: np.ndarray) -> None:
        first = self._lookup(members[:1], np.zeros(1, dtype=np.int64))
        batch = max(1, PIXELS // math.prod(first.shape[2:]))
        new = [
            self._encode(self._lookup(chosen, np.zeros_like(chosen)))
            for chosen in np.array_split(members, math.ceil(len(members) / batch))
        ]
        known = [] if self._encoded is None else [self._encoded]
        self._rows[members] = sum(len(part) for part in known) + np.arange(len(members))
        self._encoded = torch.cat([*known, *new])
