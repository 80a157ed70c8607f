"""Checks that any method must pass before its numbers mean anything; `ltdi-bench check` runs them.

They run on synthetic classes (Gaussian clusters of features, or noisy pictures), with a method's hyper-parameters for
the profile "check".
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load, save
from torch import Tensor

from benchmark.running.conformance.changes import relabelled, shuffled_labels, some, some_queries
from benchmark.running.conformance.finding import Finding, same
from benchmark.running.conformance.synthetic import QUERIES, SHOT, TASKS, WAY, synthetic_context, unmasked
from benchmark.system.failures import one_line
from benchmark.tasks.encoding import encoded_examples, encoded_task
from methods import registry
from methods.containment import contained
from methods.interface import Context, Episodes, Method
from methods.profiles import PROFILE_NAMES, InputSizes
from methods.training import fit

SIZES = (InputSizes((28, 28, 1), 64, WAY, SHOT), InputSizes((224, 224, 3), 4096, 50, 20))
FEW = 16  # tasks are enough where answers to the same tasks are compared


def check_method(name: str) -> Iterator[Finding]:
    """Run all checks on a method, by name or path; a check that cannot run ends the list with its error."""
    cls = registry.load(name)
    registry.check_requirements(name, cls.requires)
    with tempfile.TemporaryDirectory() as folder:
        checks = _checks(cls, Path(folder))
        while True:
            try:
                with contained(name):
                    finding = next(checks, None)
            except Exception as error:  # the method may be anyone's code
                finding, checks = Finding("goes through every check", False, one_line(error, cls)), iter(())
            if finding is None:
                return
            yield finding


def _checks(cls: type[Method], folder: Path) -> Iterator[Finding]:
    try:
        yield Finding("has settings for every profile", True, _settings(cls))
    except Exception as error:
        yield Finding("has settings for every profile", False, one_line(error, cls))
        return
    context = synthetic_context(cls, folder)
    try:
        method, steps = _fitted(cls, context)
    except Exception as error:
        yield Finding("meta-trains", False, one_line(error, cls))
        return
    yield Finding("meta-trains", True, f"{steps} reports of progress, every loss finite")
    episodes = _episodes(context)
    try:
        logits = _logits(method, episodes)
    except Exception as error:
        yield Finding("answers", False, one_line(error, cls))
        return
    expected = (TASKS, WAY * QUERIES, WAY)
    finite = bool(torch.isfinite(logits).all())
    right = finite and tuple(logits.shape) == expected
    wrong = "" if finite else " with NaN or infinite numbers"
    yield Finding("answers", right, f"logits {tuple(logits.shape)}{wrong}, expected finite {expected}")
    if not right:
        return
    accuracy = _accuracy(logits, episodes)
    blind = cls.needs.ignores_support
    detail = f"accuracy {accuracy.mean():.3f}, chance {1 / WAY:.3f}" + " (ignores the support: measured only)" * blind
    yield Finding("learns", blind or bool(accuracy.mean() > 1.5 / WAY), detail)

    yield same(
        "batch size changes nothing",
        logits[:8],
        torch.cat([_logits(method, some(episodes, [i])) for i in range(8)]),
    )
    shuffled = _accuracy(_logits(method, shuffled_labels(episodes)), episodes)

    episodes = some(episodes, list(range(FEW)))
    logits = _logits(method, episodes)
    try:
        again, _ = _fitted(cls, unmasked(synthetic_context(cls, folder / "again")))
    except Exception as error:
        yield Finding("learns from examples without a mask", False, one_line(error, cls))
        return
    yield same("same seed, same answer", logits, _logits(again, episodes), exact=True)

    revived = cls(method.hyperparameters)
    try:
        revived.build(context.problem)
        revived.load_state_dict(load(save({n: t.contiguous() for n, t in method.state_dict().items()})))
        revived.eval()
        yield same("saves and loads", logits, _logits(revived, episodes), exact=True)
    except Exception as error:  # mostly something that `fit` made and no checkpoint has
        yield Finding("saves and loads", False, one_line(error, cls))

    labelled = replace(episodes, query=replace(episodes.query, y=episodes.query.y.roll(1, dims=1)))
    yield same("ignores query labels", logits, _logits(method, labelled, hide_labels=False), exact=True)

    alone = torch.cat([_logits(method, some_queries(episodes, [q])) for q in range(3)], dim=1)
    declared = method.needs.transductive
    yield same("queries are independent", logits[:, :3], alone, required=not declared, why="declared transductive")

    order = torch.from_numpy(np.random.default_rng(0).permutation(WAY))
    permuted = _logits(method, relabelled(episodes, order))[..., order]
    yield same("equivariant to labels", logits, permuted, required=method.needs.equivariant, why="not declared")

    error = shuffled.std().item() / math.sqrt(TASKS)
    at_chance = abs(shuffled.mean().item() - 1 / WAY) < 4 * error + 0.01
    yield Finding("shuffled labels give chance", at_chance, f"accuracy {shuffled.mean():.3f} +/- {2 * error:.3f}")


def _settings(cls: type[Method]) -> str:
    """The number of different settings over profiles and sizes; TypeError for those that are none of the method's."""
    different = []
    for profile, sizes in product(PROFILE_NAMES, SIZES):
        usual = cls.for_profile(profile)
        scaled = cls.scaled(usual, profile, sizes)
        if type(scaled) is not type(usual):
            raise TypeError(f"scaled gives a {type(scaled).__name__}, not a {type(usual).__name__}")
        different += [] if scaled in different else [scaled]
    return f"{len(different)} different ones"


def _fitted(cls: type[Method], context: Context) -> tuple[Method, int]:
    torch.manual_seed(0)
    method = cls(cls.for_profile("check"))
    method.build(context.problem)
    steps = sum(1 for _ in fit(method, context))
    return method.eval().requires_grad_(False), steps


def _episodes(context: Context) -> Episodes:
    rng = np.random.default_rng(0)
    return context.validation.episodes(rng, TASKS, way=WAY, shot=context.problem.shot, queries=QUERIES)


@torch.no_grad()
def _logits(method: Method, episodes: Episodes, *, hide_labels: bool = True) -> Tensor:
    query = encoded_examples(method, episodes.query.without_labels() if hide_labels else episodes.query)
    return method.predict(method.adapt(encoded_task(method, episodes.task)), query)


def _accuracy(logits: Tensor, episodes: Episodes) -> Tensor:
    return (logits.argmax(-1) == episodes.query.y).float().mean(1)
