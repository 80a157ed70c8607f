"""The clock protocol: one task at a time, from pixels and without the body.

On a processor, what counts is the time in which its one thread computes: on an idle machine that is the time that
passes, and on a busy one the time for which others were served is left out. One thread, since with more each call
waits for the slowest of them, and since a single task is too small to be shared out. On an accelerator it is the time
until the device is done.

What else a machine does can still only slow a call down (caches, clock rate), for a while. So a measurement takes
several rounds, each of which repeats every part of the work: the median within a round leaves out single
disturbances, the quietest of the rounds leaves out the busy ones.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from benchmark.bodies.body import Body
from benchmark.bodies.no_body import NO_BODY
from benchmark.cells.cell import Cell
from benchmark.cells.inputs import Inputs, resolve
from benchmark.running.fitting import make_method, make_problem
from benchmark.running.workbench import Sources, Workbench
from benchmark.store.records import CLOCK, RecordStore
from benchmark.system.code import code
from benchmark.system.keys import compact
from benchmark.system.machine import device_name, hardware, versions
from benchmark.tasks.encoding import encoded_examples, encoded_task
from methods.devices import has_fast_bfloat16
from methods.errors import UserError
from methods.interface import Episodes, Examples, Method
from methods.seeding import derive_seed

WARM_UP = 2
ROUNDS = 8
THREADS = 1


def latency_key(cell: Cell, device: torch.device) -> dict[str, Any]:
    """The key of a measurement: the record whose checkpoint is measured, and the machine that measures."""
    return compact(
        "latency",
        {
            "record": cell.digest,
            "method": cell.method.label,
            "device": device.type,
            "device_name": device_name(device),
            "threads": THREADS,
            "precision": "bfloat16 body" if has_fast_bfloat16(device) and cell.recipe != NO_BODY else "float32",
            "protocol": CLOCK,
        },
    )


def revive(inputs: Inputs, sources: Sources, store: RecordStore) -> Method:
    """The fitted method of a finished cell, from its checkpoint; UserError where that is missing or damaged."""
    shape = sources.tasks(inputs.evaluation.part).input_shape
    method = make_method(inputs, make_problem(inputs, shape), sources.device)
    path = store.checkpoint_path(inputs.key)
    try:
        method.load_state_dict(load_file(path, device=str(sources.device)))
    except (OSError, SafetensorError, RuntimeError) as error:
        raise UserError(
            f"The checkpoint {str(path)!r} is missing or damaged; delete the record "
            f"{str(store.record_path(inputs.key))!r} and run again."
        ) from error
    return method.eval().requires_grad_(False)


def measure_latency(cell: Cell, bench: Workbench, store: RecordStore) -> dict[str, Any]:
    """Load a cell's checkpoint, clock it on one test task, write the latency record and give it."""
    inputs = resolve(cell)
    sources = bench.sources(inputs)
    parts = _parts(inputs, sources, revive(inputs, sources, store))
    with _one_thread():
        rounds = clock_rounds(parts, inputs.latency_seconds, bench.device)
    quiet = {part: min(times) for part, times in rounds.items()}
    adapt, predict = quiet["adapt"], quiet["predict"]
    encode_support, encode_query = quiet.get("encode support", 0.0), quiet.get("encode query", 0.0)
    totals = [sum(times) for times in zip(*rounds.values(), strict=True)]
    queries = inputs.evaluation.way * inputs.evaluation.queries
    record = {
        "key": latency_key(cell, bench.device),
        "result": {
            "adapt_ms_per_task": encode_support + adapt,
            "predict_ms_per_query": (encode_query + predict) / queries,
            "ms_per_sample": (encode_support + adapt + encode_query + predict) / queries,
            "adapt_ms_per_task_without_body": adapt,
            "predict_ms_per_query_without_body": predict / queries,
            "ms_per_sample_without_body": (adapt + predict) / queries,
        },
        "provenance": {
            "hardware": hardware(bench.device),
            "versions": versions(*inputs.method.requires),
            "code": code(),
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
            "slowest_over_quietest_round": round(max(totals) / min(totals), 3),
        },
    }
    store.write_latency(record)
    return record


def _parts(inputs: Inputs, sources: Sources, method: Method) -> dict[str, Callable[[], Any]]:
    """The clocked functions by name, on one task of those that evaluate the cell."""
    wanted = inputs.evaluation

    # One draw, seen twice: the same task as pixels (where every method starts, unless the data are features) and as
    # the method's own inputs.
    def draw(kind: str) -> Episodes:
        rng = np.random.default_rng(derive_seed(wanted.seed, "latency task"))
        source = sources.tasks(wanted.part, kind)
        return source.episodes(rng, 1, way=wanted.way, shot=wanted.shot, queries=wanted.queries)

    episodes = draw(inputs.method.inputs)
    task, query = episodes.task, episodes.query.without_labels()
    state = method.adapt(encoded_task(method, task))
    parts = {
        "adapt": lambda: method.adapt(encoded_task(method, task)),
        "predict": lambda: method.predict(state, encoded_examples(method, query)),
    }
    if inputs.method.inputs == "features" and not inputs.body.absent:
        body, pixels = sources.body, draw("pixels")
        if inputs.method.condition == "support":
            parts["encode support"] = lambda: _encode(body, pixels.task.support)
        parts["encode query"] = lambda: _encode(body, pixels.query)
    return parts


def _encode(body: Body, examples: Examples) -> torch.Tensor:
    return body(examples.x.flatten(0, 1))


@torch.no_grad()
def clock_rounds(
    parts: Mapping[str, Callable[[], Any]], seconds: float, device: torch.device
) -> dict[str, list[float]]:
    """Milliseconds that each part takes: for each of the rounds, the median of its repetitions there.

    All of it lasts about the given seconds, or as long as one repetition of each part in each round.
    """
    clock = time.process_time if device.type == "cpu" else time.perf_counter
    share = seconds / (ROUNDS * len(parts))
    for work in parts.values():
        for _ in range(WARM_UP):
            work()
    rounds: dict[str, list[float]] = {part: [] for part in parts}
    for _ in range(ROUNDS):
        for part, work in parts.items():
            times: list[float] = []
            end = time.perf_counter() + share
            while not times or time.perf_counter() < end:
                _synchronise(device)
                start = clock()
                work()
                _synchronise(device)
                times.append(clock() - start)
            rounds[part].append(1000 * statistics.median(times))
    return rounds


@contextmanager
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(THREADS)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _synchronise(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)
