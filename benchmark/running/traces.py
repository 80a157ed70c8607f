"""Watches fitted methods generate heads for one task, beside the training of a head for it, and keeps what is seen."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmark.analysis.landscape import Landscape, Paths, landscape_key
from benchmark.cells.inputs import resolve
from benchmark.planning.plan import cell_of
from benchmark.report.rows import MeasuredCell
from benchmark.running.fitting import make_context
from benchmark.running.latency import revive
from benchmark.running.workbench import Workbench
from benchmark.store.artefacts import ArtefactFolder
from benchmark.store.records import RecordStore
from benchmark.system.code import code
from benchmark.system.keys import digest
from benchmark.system.machine import hardware, versions
from benchmark.system.paths import cache_folder
from methods.errors import UserError
from methods.heads import Head
from methods.interface import Examples, Task, Traced
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
                "code": code(),
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
    generated: dict[str, np.ndarray] = {}
    for record in cells:
        if not store.checkpoint_path(record.key).is_file():
            raise UserError(_nothing_to_draw(store, record.key))
        inputs = resolve(cell_of(record.key, data))
        sources = Workbench(device, ArtefactFolder(cache_folder())).sources(inputs)
        method = revive(inputs, sources, store)
        if not isinstance(method, Traced):
            raise UserError(
                f"{inputs.method.label} does not generate a head step by step; choose others with --methods."
            )
        context = make_context(inputs, sources)
        episodes = context.validation.episodes(
            np.random.default_rng(derive_seed(inputs.seed, "traced task")),
            1,
            way=inputs.way,
            shot=inputs.shot,
            queries=0,
        )
        generated[digest(record.key)] = method.chain(_repeated(episodes.task, chains)).double().numpy()
    held_out = context.held_out
    optimisation = method.optimisation(held_out, held_out.train, episodes.classes)[0].double().numpy()
    images = held_out.train.examples(episodes.classes)
    return Paths(generated, optimisation, lambda heads: _loss(held_out.problem.head, heads, images))


def _nothing_to_draw(store: RecordStore, wanted: dict[str, Any]) -> str:
    methods = {digest(record["key"]): record["key"]["method"] for record in store.records()}
    there = [
        f"{key['chains']} chains of {' and '.join(methods.get(name, name[:16]) for name in key['records'])}, "
        f"{key['dataset']} {key['way']}-way {key['shot']}-shot seed {key['seed']}"
        for key in (stored["key"] for stored in store.all_trajectories())
    ]
    return (
        f"The checkpoint {str(store.checkpoint_path(wanted))!r} of {wanted['method']} is missing: draw trajectories "
        f"where its record was made, or what is kept here ({'; '.join(there) or 'nothing'})."
    )


def _repeated(task: Task, times: int) -> Task:
    """The same task with other noise each time."""
    return dataclasses.replace(
        task,
        support=task.support and _expanded(task.support, times),
        class_mask=task.class_mask.expand(times, -1),
        seeds=task.seeds + torch.arange(times),
        semantics=None if task.semantics is None else task.semantics.expand(times, -1, -1),
    )


def _expanded(examples: Examples, times: int) -> Examples:
    """Those of one task, for so many."""
    return examples.changed(lambda part: part.expand(times, *part.shape[1:]))


@torch.no_grad()
def _loss(head: Head, weights: np.ndarray, images: Examples) -> np.ndarray:
    """Mean cross-entropy (n,) of heads with these weights (n, size) on the images of one task."""
    parts = torch.from_numpy(weights).float().split(BATCH)
    shown = [(part, _expanded(images, len(part))) for part in parts]
    return torch.cat([head.losses(part, copies.x, copies.y, copies.mask) for part, copies in shown]).double().numpy()
