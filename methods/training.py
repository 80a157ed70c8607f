"""Meta-training to its end."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

import numpy as np
import torch

from methods import registry
from methods.errors import UserError
from methods.features import FeatureSource
from methods.interface import ArtefactStore, Context, Method, Problem, Progress, TaskSource, Unshared
from methods.seeding import derive_seed

M = TypeVar("M", bound=Method)


def train(
    method: M,
    source: TaskSource,
    *,
    way: int,
    shot: int,
    profile: str = "smoke",
    hidden: int = 64,
    seed: int = 0,
    validation: TaskSource | None = None,
    device: torch.device | str = "cpu",
    artefacts: ArtefactStore | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> M:
    """Meta-train a method from scratch on tasks of a source, and give it back, ready to be used.

    Args:
        method: trained in place. It keeps the hyper-parameters that it was made with, as in
            `LtDi(LtDi.for_profile("cpu", steps=500))`; one that was made without any, `LtDi()`, has those of `profile`.
        source: classes to learn from. A `FeatureSource` is moved to the device; others give their tensors there.
        way: classes of a task.
        shot: support examples of each class; 0 for methods that are told of classes by vectors.
        profile: "check", "smoke" (seconds), "cpu" (minutes, as in records) or "paper"; see `methods.profiles`.
        hidden: hidden units of the heads that are generated; a multiple of 4.
        seed: settles everything random. On one machine, the same seed gives the same weights.
        validation: other classes, on which some methods choose the step to keep. By default a fifth of the classes of
            a `FeatureSource`, two or more, are held out for that.
        device: where to train.
        artefacts: where prepared heads are kept for other methods: pass the same `MemoryStore` for each of them.
            By default they are not kept.
        progress: is called with every report of progress.

    Raises:
        UserError: the method cannot learn from this source; the message says why.
        ArithmeticError: the loss is no longer finite.
    """
    lack = registry.missing(method.requires)
    if lack:
        raise UserError(f"{type(method).__name__} {lack}")
    if validation is None:
        source, validation = _held_out(source, way, seed)
    device = torch.device(device)
    source, validation = (s.to(device) if isinstance(s, FeatureSource) else s for s in (source, validation))
    problem = _problem(method, source, way, shot, hidden)
    if not method.has_own_settings:
        method.hyperparameters = method.for_profile(profile)
    context = Context(problem, source, validation, derive_seed(seed, "method"), device, artefacts or Unshared())
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(derive_seed(seed, "initialisation"))
        try:
            method.build(problem)
        except ValueError as error:  # hyper-parameters and sizes that do not go together
            raise UserError(f"{type(method).__name__}: {error}.") from error
        method.to(device).train().requires_grad_()
        for report in fit(method, context):
            if progress is not None:
                progress(report)
    method.problem = problem
    return method.eval().requires_grad_(False)


def fit(method: Method, context: Context) -> Iterator[Progress]:
    """The progress that `method.fit` reports, until it ends.

    TypeError if it reports nothing at all, for want of a `yield`; ArithmeticError at a loss that is not finite.
    """
    reports = method.fit(context)
    if not isinstance(reports, Iterable):
        raise TypeError("fit must yield Progress, but has no yield")
    for progress in reports:
        if not math.isfinite(progress.loss):
            raise ArithmeticError(f"the loss is {progress.loss} at step {progress.step} of {progress.steps}")
        yield progress


def _held_out(source: TaskSource, way: int, seed: int) -> tuple[TaskSource, TaskSource]:
    if not isinstance(source, FeatureSource):
        raise UserError(f"{type(source).__name__} holds no classes out by itself; give other classes as validation=...")
    return source.split(least=way, seed=seed)


def _problem(method: Method, source: TaskSource, way: int, shot: int, hidden: int) -> Problem:
    """The shape of the source's tasks; UserError where it is none that the method can learn from."""
    name, needs = type(method).__name__, method.needs
    if way < 2 or hidden < 1:
        raise UserError(f"way must be 2 or more and hidden 1 or more, not {way} and {hidden}.")
    if needs.condition == "identities":
        raise UserError(f"{name} learns known classes themselves, not tasks; `train` has no use for it.")
    if needs.condition == "semantics" and shot:
        raise UserError(f"{name} is told of classes by vectors and sees no support examples; use shot=0.")
    if needs.condition == "support" and shot < 1:
        raise UserError(f"{name} needs support examples; use a shot of 1 or more, not {shot}.")
    probe = source.episodes(np.random.default_rng(0), 1, way=1, shot=0, queries=1)
    shape, semantics = tuple(probe.query.x.shape[2:]), probe.task.semantics
    if needs.condition == "semantics" and semantics is None:
        raise UserError(f"{name} is told of classes by vectors; give the source class_vectors.")
    if (needs.inputs == "features") != (len(shape) == 1):
        raise UserError(f"{name} learns from {needs.inputs}, and the source has inputs of shape {shape}.")
    return Problem(way, shot, shape, hidden, semantics=None if semantics is None else semantics.shape[-1])
