"""Watches fitted methods generate heads for one task, beside the training of a head for it, and keeps what is seen."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from benchmark.artefacts import ArtefactFolder
from benchmark.cells import Cell
from benchmark.keys import digest
from benchmark.landscape import Landscape, Paths, landscape_key
from benchmark.latency import revive
from benchmark.machine import hardware, versions
from benchmark.paths import cache_folder
from benchmark.planning import Request, make_plan
from benchmark.records import RecordStore
from benchmark.report.rows import MeasuredCell
from benchmark.runner import make_context
from benchmark.workbench import Workbench
from methods.errors import UserError
from methods.interface import Context, Examples, Task, Traced
from methods.seeding import derive_seed

BATCH = 200  # heads whose loss is computed at once


def keep_trajectories(store: RecordStore, cells: Sequence[MeasuredCell], chains: int, data: Path | None) -> None:
    """Trace the checkpoints of these records and write to their store what the plot shows of it."""
    landscape = Landscape.of(trace(store, cells, chains, data))
    store.write_trajectories(
        {
            "key": landscape_key([cell.key for cell in cells], chains),
            "result": landscape.plain(),
            "provenance": {
                "hardware": hardware(torch.device("cpu")),
                "versions": versions(),
                "started": datetime.now(UTC).isoformat(timespec="seconds"),
            },
        }
    )


def trace(store: RecordStore, cells: Sequence[MeasuredCell], chains: int, data: Path | None) -> Paths:
    """Chains of the checkpoints of these records, which share data set, setting, profile and seed.

    The task is one of meta-validation classes: test classes are met once, by the recorded evaluation. UserError where
    a checkpoint is missing, or a method does not generate a head step by step.
    """
    device = torch.device("cpu")
    found: dict[str, np.ndarray] = {}
    for record in cells:
        if not store.checkpoint_path(record.key).is_file():
            raise UserError(_nothing_to_draw(store, record.key))
        cell = _cell(record.key, data)
        bench = Workbench(cell, device, ArtefactFolder(cache_folder()))
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
        found[digest(record.key)] = method.chain(_repeated(episodes.task, chains)).double().numpy()
    optimisation = method.optimisation(context, context.validation, episodes.classes)[0].double().numpy()
    images = context.validation.examples(episodes.classes)
    return Paths(found, optimisation, lambda heads: _loss(context, heads, images))


def _nothing_to_draw(store: RecordStore, wanted: dict[str, Any]) -> str:
    methods = {digest(record["key"]): record["key"]["method"] for record in store.records()}
    there = [
        f"{key['chains']} chains of {' and '.join(methods.get(name, name[:16]) for name in key['records'])}, "
        f"{key['dataset']} {key['way']}-way {key['shot']}-shot seed {key['seed']}"
        for key in (kept["key"] for kept in store.all_trajectories())
    ]
    return (
        f"The checkpoint {str(store.checkpoint_path(wanted))!r} of {wanted['method']} is missing: draw trajectories "
        f"where its record was made, or what is kept here ({'; '.join(there) or 'nothing'})."
    )


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
        target=key.get("target"),
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
