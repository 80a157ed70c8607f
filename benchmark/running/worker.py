"""A worker process: runs the cells that its parent names, and tells it how far they are.

Parent and worker exchange pickles over the worker's standard input and output. The worker ends with its parent: when
standard input ends, it is gone at once, which is as safe as being killed.
"""

from __future__ import annotations

import importlib
import os
import pickle
import queue
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

import torch

from benchmark.cells.cell import Cell
from benchmark.running.cell_runner import CellRunner
from benchmark.store.records import RecordStore
from benchmark.system.claims import Busy
from benchmark.system.memory import keep_freed_memory
from methods.errors import UserError

INTERVAL = 0.2  # seconds between two reports of one phase


@dataclass(frozen=True)
class Setup:
    """The settings that a worker is told once."""

    cells: Sequence[tuple[Cell, str | None]]  # of the run, with when their failed record was made
    store: RecordStore
    device: torch.device
    threads: int


class Worker:
    """Answers the numbers of cells with messages: see `main`."""

    def __init__(self, setup: Setup, outbox: BinaryIO) -> None:
        torch.set_num_threads(setup.threads)
        if setup.device.type == "cuda":
            torch.cuda.set_device(setup.device)
        self._cells, self._outbox = setup.cells, outbox
        self._runner = CellRunner(setup.store, setup.device)
        self._phase, self._told = "", 0.0

    def run(self, number: int) -> None:
        """Run a cell; what becomes of it is the last message."""
        cell, before = self._cells[number]
        self._phase = ""
        try:
            here = self._runner.run(cell, before, self._progress, lambda: self.tell("prepared"))
        except Busy as busy:
            self.tell("busy", busy.path)
        except (UserError, OSError) as error:  # for the user to fix: the run stops
            self.tell("stop", error)
        else:
            self.tell("ran", here)

    def tell(self, kind: str, *content: object) -> None:
        pickle.dump((kind, *content), self._outbox)
        self._outbox.flush()

    def _progress(self, phase: str, done: int, total: int) -> None:
        now = time.monotonic()
        if phase != self._phase or now - self._told >= INTERVAL:
            self._phase, self._told = phase, now
            self.tell("phase", phase, done, total)


def main(inbox: BinaryIO, outbox: BinaryIO) -> None:
    """Read which packages' folders the parent has added to, a `Setup`, then numbers of its cells; run each of these.

    Messages are tuples: ("ready",) once; ("phase", name, done, total); ("prepared",) when what the cell shares is made;
    and at the end of a cell ("ran", whether this worker has), ("busy", the path that another process makes),
    ("stop", an error that the user has to fix) or ("broken", the traceback of a fault of ltdi-bench).
    """
    keep_freed_memory()
    for package, folders in pickle.load(inbox).items():
        importlib.import_module(package).__path__ = folders
    worker = Worker(pickle.load(inbox), outbox)
    numbers: queue.SimpleQueue[int] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(inbox, numbers), daemon=True).start()
    worker.tell("ready")
    while True:
        try:
            worker.run(numbers.get())
        except Exception:
            worker.tell("broken", traceback.format_exc())


def _listen(inbox: BinaryIO, numbers: queue.SimpleQueue[int]) -> None:
    """Hand on the parent's numbers; end the process, whatever it is doing, when there is no parent any more."""
    while True:
        try:
            numbers.put(pickle.load(inbox))
        except (EOFError, OSError, pickle.UnpicklingError):
            os._exit(0)


def own_streams() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output, for messages alone: methods read nothing, and print to standard error."""
    inbox, outbox = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    sys.stdin, sys.stdout = open(0, closefd=False), sys.stderr  # noqa: SIM115
    return inbox, outbox
