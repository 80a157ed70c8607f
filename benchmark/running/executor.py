"""Runs many cells here, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from benchmark.cells.cell import Cell
from benchmark.running.fitting import hyperparameters
from benchmark.running.latency import latency_key, measure_latency
from benchmark.running.runner import run_cell
from benchmark.running.workbench import Workbench
from benchmark.store.artefacts import ArtefactFolder
from benchmark.store.records import RecordStore
from benchmark.system.failures import one_line
from benchmark.system.machine import device_name
from benchmark.system.paths import cache_folder
from benchmark.system.progress import bar
from methods import registry, studies
from methods.containment import contained
from methods.errors import UserError

Say = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What became of the cells that were to be run."""

    finished: int
    failed: int  # cells, and latencies of finished ones
    clocked: int


def choose_device(name: str) -> torch.device:
    """ "auto" takes a GPU where there is one; UserError if one was asked for that is not there."""
    if name == "cuda" and not torch.cuda.is_available():
        raise UserError("There is no CUDA device here; use --device cpu.")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def check_hyperparameters(cells: Sequence[Cell]) -> None:
    """UserError for settings that a method refuses, and studies that it does not offer, before any work is done."""
    for cell in cells:
        method = registry.load(cell.method.name)
        try:
            with contained(cell.method.name):
                hyperparameters(method, cell.hyperparameters)
        except (ValueError, TypeError) as error:
            raise UserError(f"{cell.method.label}: {error}.") from error
        except Exception as error:  # a method may be anyone's code
            raise UserError(f"{cell.method.label}: {one_line(error, method)}.") from error
        if cell.study and not studies.suits(cell.study, method):
            raise UserError(
                f"{cell.method.label} cannot be studied for {cell.study!r}, which {cell.suite!r} is about; "
                "choose others with --methods."
            )


def run_cells(
    cells: Sequence[Cell], store: RecordStore, device: torch.device, say: Say, *, latency: bool = True
) -> Outcome:
    """Run the cells that have no finished record, and measure the latencies that are missing on this machine."""
    artefacts = ArtefactFolder(cache_folder())
    clocked = store.clocked(device.type, device_name(device))
    latencies: dict[Path, dict[str, Any]] = {}  # those measured now, by checkpoint
    bench = Workbench(device, artefacts)
    finished = failed = newly_clocked = 0
    for number, cell in enumerate(cells, 1):
        record = store.record(cell.key())
        done = record is not None and record["status"] == "ok"
        unclocked = latency and cell.digest not in clocked
        if done and not unclocked:
            continue
        if not done:
            with bar(str(cell)) as progress:
                record = run_cell(
                    cell,
                    bench,
                    store,
                    lambda p, b=progress, c=cell: b.update(p.step, p.steps, f"{c}: {p.phase}"),
                )
            done = record["status"] == "ok"
            finished, failed = finished + done, failed + (not done)
            say(f"[{number}/{len(cells)}] {cell}: {_summary(record)}")
        if done and unclocked:
            try:
                path = store.checkpoint_path(cell.key())
                if path in latencies:  # the same fitted method, in tasks of the same size
                    store.write_latency({**latencies[path], "key": latency_key(cell, device)})
                else:
                    with contained(cell.method.name):
                        latencies[path] = measure_latency(cell, bench, store)
                newly_clocked += 1
            except (UserError, OSError):
                raise
            except Exception as error:
                failed += 1
                reason = one_line(error, registry.load(cell.method.name))
                say(f"[{number}/{len(cells)}] {cell}: latency failed: {reason}")
    return Outcome(finished, failed, newly_clocked)


def _summary(record: dict) -> str:
    if record["status"] != "ok":
        return f"failed: {record['reason']}"
    seconds = sum(record["provenance"]["seconds"][part] for part in ("meta-training", "evaluation"))
    return f"{100 * record['result']['accuracy_mean']:.2f} % ({seconds:.0f} s)"
