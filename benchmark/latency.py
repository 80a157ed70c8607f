"""The clock protocol: one task at a time, warmed up, median of many repetitions, from pixels and without the body."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from benchmark.cells import Cell
from benchmark.keys import digest
from benchmark.machine import device_name, hardware, versions
from benchmark.records import RecordStore
from benchmark.runner import make_method, make_problem
from benchmark.workbench import Workbench
from methods.devices import has_fast_bfloat16
from methods.errors import UserError
from methods.interface import Episodes, Examples, Method
from methods.seeding import derive_seed

WARM_UP = 3
FEWEST = 7  # repetitions, however long one takes


def latency_key(cell: Cell, device: torch.device) -> dict[str, Any]:
    """What names a measurement: the record whose checkpoint is measured, and the machine that does it."""
    return {
        "record": digest(cell.key()),
        "method": cell.method.label,
        "device": device.type,
        "device_name": device_name(device),
        "threads": torch.get_num_threads(),
        "precision": "bfloat16 body" if has_fast_bfloat16(device) else "float32",
    }


def revive(cell: Cell, workbench: Workbench, store: RecordStore) -> Method:
    """The fitted method of a finished cell, from its checkpoint; UserError where that is missing or damaged."""
    method = make_method(cell, make_problem(cell, workbench.source(cell.part, cell.method.inputs)), workbench.device)
    path = store.checkpoint_path(cell.key())
    try:
        method.load_state_dict(load_file(path, device=str(workbench.device)))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise UserError(
            f"The checkpoint {str(path)!r} is missing or damaged; delete the record "
            f"{str(store.record_path(cell.key()))!r} and run again."
        ) from error
    return method.eval().requires_grad_(False)


def measure_latency(cell: Cell, workbench: Workbench, store: RecordStore) -> None:
    """Load a cell's checkpoint, clock it on one test task and write the latency record."""
    method = revive(cell, workbench, store)

    # One draw, seen twice: the same task as pixels (where every method starts) and as the method's own inputs.
    def draw(inputs: str) -> Episodes:
        rng = np.random.default_rng(derive_seed(cell.seed, "latency task"))
        return workbench.source(cell.part, inputs).episodes(
            rng, 1, way=cell.way, shot=cell.shot, queries=cell.profile.queries
        )

    pixels, task = draw("pixels"), draw(cell.method.inputs).task
    query = draw(cell.method.inputs).query.without_labels()
    repeat = _Clock(workbench.device, cell.profile.latency_seconds)
    state = method.adapt(task)
    adapt = repeat(lambda: method.adapt(task))
    predict = repeat(lambda: method.predict(state, query))
    encode_support = encode_query = 0.0
    if cell.method.inputs == "features":
        encode_support = repeat(lambda: _encode(workbench, pixels.task.support))
        encode_query = repeat(lambda: _encode(workbench, pixels.query))
    queries = query.x.shape[1]
    store.write_latency(
        {
            "key": latency_key(cell, workbench.device),
            "result": {
                "adapt_ms_per_task": encode_support + adapt,
                "predict_ms_per_query": (encode_query + predict) / queries,
                "ms_per_sample": (encode_support + adapt + encode_query + predict) / queries,
                "adapt_ms_per_task_without_body": adapt,
                "predict_ms_per_query_without_body": predict / queries,
                "ms_per_sample_without_body": (adapt + predict) / queries,
            },
            "provenance": {
                "hardware": hardware(workbench.device),
                "versions": versions(),
                "started": datetime.now(UTC).isoformat(timespec="seconds"),
            },
        }
    )


def _encode(workbench: Workbench, examples: Examples) -> torch.Tensor:
    return workbench.body(examples.x.flatten(0, 1))


class _Clock:
    """Milliseconds that a call takes: the median over as many repetitions as fit into the given seconds."""

    def __init__(self, device: torch.device, seconds: float) -> None:
        self.device, self.seconds = device, seconds

    @torch.no_grad()
    def __call__(self, work: Callable[[], Any]) -> float:
        for _ in range(WARM_UP):
            work()
        times: list[float] = []
        while len(times) < FEWEST or sum(times) < self.seconds:
            self._synchronise()
            start = time.perf_counter()
            work()
            self._synchronise()
            times.append(time.perf_counter() - start)
        return 1000 * statistics.median(times)

    def _synchronise(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)
