"""Tasks that a method is checked on: Gaussian clusters of features, or noisy pictures."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from benchmark.store.artefacts import ArtefactFolder
from benchmark.tasks.sources import Lookup, PartSource
from methods.heads import Head
from methods.interface import Context, Method, Problem
from methods.seeding import derive_seed

WAY, SHOT, QUERIES, TASKS = 5, 1, 5, 200
CLASSES, IMAGES = 60, 20
FEATURES, HIDDEN = 32, 32
PICTURE = (1, 28, 28)
DEVICE = torch.device("cpu")


def synthetic_context(cls: type[Method], folder: Path) -> Context:
    """What a method learns from, with the inputs and the condition that it needs; artefacts lie in `folder`."""
    pictures = cls.needs.inputs == "pixels"
    shape = PICTURE if pictures else (FEATURES,)
    head = None if pictures else Head(FEATURES, HIDDEN, WAY)
    return Context(
        problem=Problem(
            WAY,
            SHOT if cls.needs.condition == "support" else 0,
            shape,
            head,
            semantics=FEATURES if cls.needs.condition == "semantics" else None,
            class_count=CLASSES if cls.needs.condition == "identities" else None,
        ),
        train=_source("train", shape, cls.needs.condition),
        validation=_source("validation", shape, cls.needs.condition),
        seed=derive_seed(0, "conformance"),
        device=DEVICE,
        artefacts=ArtefactFolder(folder),
    )


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
