"""Watches fitted methods generate heads for one task, beside the training of a head for it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from benchmark.artefacts import ArtefactFolder
from benchmark.cells import Cell
from benchmark.keys import digest
from benchmark.latency import revive
from benchmark.paths import cache_folder
from benchmark.planning import Request, make_plan
from benchmark.records import RecordStore
from benchmark.report.plots.trajectories import Paths
from benchmark.report.rows import MeasuredCell
from benchmark.runner import make_context
from benchmark.workbench import Workbench
from methods.errors import UserError
from methods.interface import Context, Examples, Task, Traced
from methods.seeding import derive_seed

BATCH = 200  # heads whose loss is computed at once


def trace(
    store: RecordStore, cells: Sequence[MeasuredCell], labels: Sequence[str], chains: int, data: Path | None
) -> Paths:
    """Chains of the checkpoints of these records, which share data set, setting, profile and seed.

    The task is one of meta-validation classes: test classes are met once, by the recorded evaluation. UserError where
    a checkpoint is missing, or a method does not generate a head step by step.
    """
    device = torch.device("cpu")
    found: dict[str, np.ndarray] = {}
    for label, record in zip(labels, cells, strict=True):
        cell = _cell(record.key, data)
        bench = Workbench.of(cell, device, ArtefactFolder(cache_folder()))
        method = revive(cell, bench, store)
        if not isinstance(method, Traced):
            raise UserError(f"{cell.method.label} does not generate a head step by step; choose others with --methods.")
        context = make_context(cell, bench)
        episodes = context.validation.episodes(
            np.random.default_rng(derive_seed(cell.seed, "traced task")),
            1,
            way=cell.source_way,
            shot=cell.shot,
            queries=0,
        )
        found[label] = method.chain(_repeated(episodes.task, chains)).double().numpy()
    optimisation = method.optimisation(context, context.validation, episodes.classes)[0].double().numpy()
    images = context.validation.examples(episodes.classes)
    title = f"{cell.data.dataset.name} {cell.way}-way {cell.shot}-shot, profile {cell.profile.name}, seed {cell.seed}"
    return Paths(title, found, optimisation, lambda heads: _loss(context, heads, images))


def _cell(key: dict[str, Any], data: Path | None) -> Cell:
    """The cell that a record is of; UserError where this installation would make another one."""
    changes = [(key["method"], name, value) for name, value in key["hyperparameters"].items()]
    request = Request(
        key["suite"],
        [key["method"]],
        [key["dataset"]],
        key["split"],
        (key["way"],),
        (key["shot"],),
        seeds=1,
        first_seed=key["seed"],
        profile=key["profile"],
        body=key["body"]["architecture"],
        source=key.get("source"),
        data=data,
        changes=changes,
    )
    for cell in make_plan(request).cells:
        if digest(cell.key()) == digest(key):
            return cell
    raise UserError(
        f"The record of {key['method']} on {key['dataset']} was made with other data or another version of ltdi-bench; "
        "run it again here."
    )


def _repeated(task: Task, times: int) -> Task:
    """The same task with other noise each time."""

    def repeat(tensor: Tensor | None) -> Tensor | None:
        return None if tensor is None else tensor.expand(times, *tensor.shape[1:])

    support = task.support and Examples(*(repeat(getattr(task.support, name)) for name in ("x", "y", "mask")))
    return dataclasses.replace(
        task,
        support=support,
        class_mask=repeat(task.class_mask),
        seeds=task.seeds + torch.arange(times),
        semantics=repeat(task.semantics),
    )


@torch.no_grad()
def _loss(context: Context, heads: np.ndarray, images: Examples) -> np.ndarray:
    """Mean cross-entropy (n,) of heads (n, size) on the images of one task."""
    losses = []
    for part in torch.from_numpy(heads).float().split(BATCH):
        logits = context.problem.head.apply(part, images.x.expand(len(part), -1, -1))
        labels = images.y.expand(len(part), -1)
        losses.append(F.cross_entropy(logits.mT, labels, reduction="none").mean(1))
    return torch.cat(losses).double().numpy()
