"""Checks that any method must pass before its numbers mean anything; `ltdi-bench check` runs them.

They run on synthetic classes (Gaussian clusters of features, or noisy pictures), with a method's hyper-parameters for
"check" where it has any, else with those of the smoke profile.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load, save
from torch import Tensor

from benchmark.running.fitting import fit
from benchmark.store.artefacts import ArtefactFolder
from benchmark.system.failures import one_line
from benchmark.tasks.encoding import encoded_examples, encoded_task
from benchmark.tasks.sources import Lookup, PartSource
from methods import registry
from methods.containment import contained
from methods.heads import Head
from methods.interface import Context, Episodes, Examples, Method, Problem, Task
from methods.seeding import derive_seed

WAY, SHOT, QUERIES, TASKS = 5, 1, 5, 200
FEW = 16  # tasks are enough where answers to the same tasks are compared
CLASSES, IMAGES = 60, 20
FEATURES, HIDDEN = 32, 32
PICTURE = (1, 28, 28)
DEVICE = torch.device("cpu")
TOLERANCE = 1e-3  # of logits, relative to the spread of all logits: products differ in rounding with their shape


@dataclass(frozen=True)
class Finding:
    """What one check found."""

    check: str
    passed: bool
    detail: str


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
    context = _context(cls, folder)
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

    yield _same(
        "batch size changes nothing",
        logits[:8],
        torch.cat([_logits(method, _some(episodes, [i])) for i in range(8)]),
    )
    shuffled = _accuracy(_logits(method, _shuffled(episodes)), episodes)

    episodes = _some(episodes, list(range(FEW)))
    logits = _logits(method, episodes)
    again, _ = _fitted(cls, _context(cls, folder / "again"))
    yield _same("same seed, same answer", logits, _logits(again, episodes), exact=True)

    revived = cls(method.hyperparameters)
    try:
        revived.build(context.problem)
        revived.load_state_dict(load(save({n: t.contiguous() for n, t in method.state_dict().items()})))
        revived.eval()
        yield _same("saves and loads", logits, _logits(revived, episodes), exact=True)
    except Exception as error:  # mostly something that `fit` made and no checkpoint has
        yield Finding("saves and loads", False, one_line(error, cls))

    labelled = replace(episodes, query=replace(episodes.query, y=episodes.query.y.roll(1, dims=1)))
    yield _same("ignores query labels", logits, _logits(method, labelled, hide_labels=False), exact=True)

    alone = torch.cat([_logits(method, _queries(episodes, [q])) for q in range(3)], dim=1)
    declared = method.needs.transductive
    yield _same("queries are independent", logits[:, :3], alone, required=not declared, why="declared transductive")

    order = torch.from_numpy(np.random.default_rng(0).permutation(WAY))
    permuted = _logits(method, _relabelled(episodes, order))[..., order]
    yield _same("equivariant to labels", logits, permuted, required=method.needs.equivariant, why="not declared")

    error = shuffled.std().item() / math.sqrt(TASKS)
    at_chance = abs(shuffled.mean().item() - 1 / WAY) < 4 * error + 0.01
    yield Finding("shuffled labels give chance", at_chance, f"accuracy {shuffled.mean():.3f} +/- {2 * error:.3f}")


def _context(cls: type[Method], folder: Path) -> Context:
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


def _fitted(cls: type[Method], context: Context) -> tuple[Method, int]:
    torch.manual_seed(0)
    method = cls(cls.for_profile("check" if "check" in cls.PROFILES else "smoke"))
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


def _some(episodes: Episodes, tasks: list[int]) -> Episodes:
    task, query = episodes.task, episodes.query
    task = replace(
        task, class_mask=task.class_mask[tasks], seeds=task.seeds[tasks], **_told(task, lambda of: of[tasks])
    )
    return Episodes(task, Examples(query.x[tasks], query.y[tasks]), episodes.classes[tasks])


def _queries(episodes: Episodes, kept: list[int]) -> Episodes:
    return replace(episodes, query=Examples(episodes.query.x[:, kept], episodes.query.y[:, kept]))


def _told(task: Task, change: Callable[[Tensor], Tensor]) -> dict[str, Tensor | Examples]:
    """What a task tells of its classes, each tensor of it changed."""
    if task.support is not None:
        return {"support": Examples(change(task.support.x), change(task.support.y))}
    told = {"semantics": task.semantics, "identities": task.identities}
    return {name: change(of) for name, of in told.items() if of is not None}


def _with_support_labels(episodes: Episodes, y: Tensor) -> Episodes:
    return replace(episodes, task=replace(episodes.task, support=Examples(episodes.task.support.x, y)))


def _relabelled(episodes: Episodes, order: Tensor) -> Episodes:
    """Class slot i becomes slot order[i]."""
    if episodes.task.support is None:
        return replace(episodes, task=replace(episodes.task, **_told(episodes.task, lambda of: of[:, order.argsort()])))
    return _with_support_labels(episodes, order[episodes.task.support.y])


def _shuffled(episodes: Episodes) -> Episodes:
    """Each task's support labels in random order: with one image per class, any class gets any label.

    Without support, what is told of the classes is.
    """
    generator = torch.Generator().manual_seed(0)
    if episodes.task.support is None:
        order = torch.rand(TASKS, WAY, generator=generator).argsort(1)
        rows = torch.arange(TASKS).unsqueeze(1)
        return replace(episodes, task=replace(episodes.task, **_told(episodes.task, lambda of: of[rows, order])))
    y = episodes.task.support.y
    order = torch.rand(y.shape, generator=generator).argsort(1)
    return _with_support_labels(episodes, y.gather(1, order))


def _same(check: str, a: Tensor, b: Tensor, *, exact: bool = False, required: bool = True, why: str = "") -> Finding:
    difference = ((a - b).abs().max() / a.std().clamp(min=1e-12)).item()
    passed = torch.equal(a, b) if exact else difference < TOLERANCE
    detail = "identical" if torch.equal(a, b) else f"largest difference {difference:.2g} of the logits' spread"
    return Finding(check, passed or not required, detail if required else f"{detail} ({why}: measured only)")
