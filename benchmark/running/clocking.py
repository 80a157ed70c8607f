"""Measures the latencies that lack, one after the other, while this run does nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from benchmark.cells.cell import Cell
from benchmark.running.display import Say
from benchmark.running.latency import latency_key, measure_latency
from benchmark.running.workbench import Workbench
from benchmark.store.artefacts import ArtefactFolder
from benchmark.store.records import RecordStore
from benchmark.system.claims import claim
from benchmark.system.failures import one_line
from benchmark.system.machine import device_name
from benchmark.system.paths import cache_folder
from benchmark.system.progress import track
from methods import registry
from methods.containment import contained
from methods.errors import UserError


def clock_cells(cells: Sequence[Cell], store: RecordStore, device: torch.device, say: Say) -> tuple[int, int]:
    """Measure the finished cells that were not measured on such a device; gives how many were, and how many failed.

    Only one run measures in a folder at a time: another one waits, and then finds them measured.
    """
    numbered = list(enumerate(cells, 1))
    if not _unclocked(numbered, store, device):
        return 0, 0
    with claim(store.root / "latency"):
        return _clock(_unclocked(numbered, store, device), len(cells), store, device, say)


def _unclocked(
    numbered: Sequence[tuple[int, Cell]], store: RecordStore, device: torch.device
) -> list[tuple[int, Cell]]:
    clocked = store.clocked(device.type, device_name(device))
    left = [(number, cell) for number, cell in numbered if cell.digest not in clocked]
    return [(number, cell) for number, cell in left if (store.record(cell.key()) or {}).get("status") == "ok"]


def _clock(
    numbered: Sequence[tuple[int, Cell]], total: int, store: RecordStore, device: torch.device, say: Say
) -> tuple[int, int]:
    bench = Workbench(device, ArtefactFolder(cache_folder()))
    measured: dict[Path, dict[str, Any]] = {}  # by checkpoint
    failed = 0
    for number, cell in track(numbered, "measuring latencies", len(numbered)):
        path = store.checkpoint_path(cell.key())
        try:
            if path in measured:  # the same fitted method, in tasks of the same size
                store.write_latency({**measured[path], "key": latency_key(cell, device)})
            else:
                with contained(cell.method.name):
                    measured[path] = measure_latency(cell, bench, store)
        except (UserError, OSError):
            raise
        except Exception as error:  # a method may be anyone's code
            failed += 1
            say(f"[{number}/{total}] {cell}: latency failed: {one_line(error, registry.load(cell.method.name))}")
    return len(numbered) - failed, failed
