"""Tasks that a method is checked on: Gaussian clusters of features, or noisy pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from benchmark.store.artefacts import ArtefactFolder
from benchmark.tasks.sources import PartSource
from methods.interface import Context, Examples, Method, Problem
from methods.seeding import derive_seed
from methods.sources import Lookup

WAY, SHOT, QUERIES, TASKS = 5, 1, 5, 200
CLASSES, IMAGES = 60, 20
FEATURES, HIDDEN = 32, 32
PICTURE = (1, 28, 28)
DEVICE = torch.device("cpu")


def synthetic_context(cls: type[Method], folder: Path) -> Context:
    """The context that a method learns from, with the inputs and the condition that it needs; artefacts in `folder`."""
    shape = PICTURE if cls.needs.inputs == "pixels" else (FEATURES,)
    return Context(
        problem=Problem(
            WAY,
            SHOT if cls.needs.condition == "support" else 0,
            shape,
            HIDDEN,
            semantics=FEATURES if cls.needs.condition == "semantics" else None,
            class_count=CLASSES if cls.needs.condition == "identities" else None,
        ),
        train=_source("train", shape, cls.needs.condition),
        validation=_source("validation", shape, cls.needs.condition),
        seed=derive_seed(0, "conformance"),
        device=DEVICE,
        artefacts=ArtefactFolder(folder),
    )


class _Unmasked:
    """A source that gives no masks, as one may whose classes all have as many images."""

    def __init__(self, source: PartSource) -> None:
        self._source = source

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def examples(self, classes: Tensor, view: int = 0) -> Examples:
        return replace(self._source.examples(classes, view), mask=None)


def unmasked(context: Context) -> Context:
    """The same without masks, which hide nothing here."""
    return replace(context, train=_Unmasked(context.train), validation=_Unmasked(context.validation))


def _source(part: str, shape: tuple[int, ...], condition: str) -> PartSource:
    """Of unseen classes, or where a method may know classes, of unseen images of the same ones."""
    counts = np.full(CLASSES, IMAGES)
    centres = _centres("all" if condition == "identities" else part, shape)
    told = {}
    if condition == "semantics":
        generator = torch.Generator().manual_seed(derive_seed(0, "synthetic semantics"))
        told = {"semantics": (centres.flatten(1) - 0.5) @ torch.randn(FEATURES, FEATURES, generator=generator)}
    elif condition == "identities":
        told = {"identities": torch.arange(CLASSES)}
    lookup = _clusters(part, centres)
    return PartSource(f"synthetic {part}", counts, lookup, views=1, device=DEVICE, **told)


def _centres(part: str, shape: tuple[int, ...]) -> Tensor:
    generator = torch.Generator().manual_seed(derive_seed(0, "synthetic classes", part))
    return torch.rand(CLASSES, 1, *shape, generator=generator)


def _clusters(part: str, centres: Tensor) -> Lookup:
    generator = torch.Generator().manual_seed(derive_seed(0, "synthetic images", part))
    shape = centres.shape[2:]
    inputs = (centres + 0.2 * torch.randn(CLASSES, IMAGES, *shape, generator=generator)).clamp(0, 1).flatten(0, 1)
    return lambda members, views: inputs[torch.from_numpy(members)]
