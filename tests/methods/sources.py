"""Sources of tasks, whose features are Gaussian clusters or whose pictures are noisy, and contexts made of them."""

import numpy as np
import torch

from methods.interface import Context, Problem
from methods.sources import LookupSource
from methods.stores import MemoryStore
from methods.training import fit


def clusters(part, *, features=16, classes=40, images=12, views=1, spread=0.3, sizes=None):
    """A source and its inputs (classes, images, features); views beyond the first are noisier copies.

    With `sizes` (classes,) each class has the first of its images only.
    """
    generator = torch.Generator().manual_seed(len(part))
    centres = torch.rand(classes, 1, features, generator=generator)
    inputs = centres + spread * torch.randn(classes, images, features, generator=generator)
    counts = np.full(classes, images) if sizes is None else np.array(sizes)
    flat = torch.cat([own[:size] for own, size in zip(inputs, counts, strict=True)])
    noise = torch.randn(views, *flat.shape, generator=generator) * torch.arange(views)[:, None, None] * 0.1
    source = LookupSource(
        part,
        counts,
        lambda members, chosen: (flat + noise)[torch.from_numpy(chosen), torch.from_numpy(members)],
        views=views,
        device=torch.device("cpu"),
    )
    return source, inputs


def pictures(part, *, side=16, classes=30, images=12, spread=0.3, **told):
    """A source of pictures (1, side, side), each class one picture under noise; `told` is what it says of them."""
    generator = torch.Generator().manual_seed(len(part))
    inputs = torch.rand(classes, 1, 1, side, side, generator=generator).repeat(1, images, 1, 1, 1)
    flat = (inputs + spread * torch.randn(inputs.shape, generator=generator)).flatten(0, 1)
    counts = np.full(classes, images)
    device = torch.device("cpu")
    return LookupSource(part, counts, lambda m, v: flat[torch.from_numpy(m)], views=1, device=device, **told)


def context(*, way=4, shot=1, features=16, hidden=8, seed=1, **sources):
    """A context over such sources, with a store of its own."""
    return Context(
        Problem(way, shot, (features,), hidden),
        clusters("train", features=features, **sources)[0],
        clusters("validation", features=features, **sources)[0],
        seed=seed,
        artefacts=MemoryStore(),
    )


def picture_context(*, way, shot, side=16, **sources):
    """A context over pictures."""
    return Context(
        Problem(way, shot, (1, side, side)),
        pictures("train", side=side, **sources),
        pictures("validation", side=side, **sources),
        seed=1,
        artefacts=MemoryStore(),
    )


def fitted(cls, context, **settings):
    """A method of the smoke profile, fitted, and its losses."""
    torch.manual_seed(0)
    method = cls(cls.for_profile("smoke", **settings))
    method.build(context.problem)
    losses = [progress.loss for progress in fit(method, context)]
    return method.eval(), losses
