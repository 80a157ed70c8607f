"""Runs cells one after the other in this process, and keeps loaded what neighbours share."""

from __future__ import annotations

from collections.abc import Callable

import torch

from benchmark.cells.cell import Cell
from benchmark.running.runner import run_cell
from benchmark.running.workbench import Workbench
from benchmark.store.artefacts import ArtefactFolder
from benchmark.store.records import RecordStore
from benchmark.system.claims import claim
from benchmark.system.paths import cache_folder
from benchmark.system.progress import Listener, heard_by
from methods.interface import Progress


class CellRunner:
    """One worker's hands."""

    def __init__(self, store: RecordStore, device: torch.device) -> None:
        self._store, self._artefacts = store, ArtefactFolder(cache_folder())
        self._bench = Workbench(device, self._artefacts)

    def run(self, cell: Cell, before: str | None, listener: Listener, prepared: Callable[[], None]) -> bool:
        """Run a cell and write its record; False where another process has done so meanwhile.

        Args:
            cell: what to run.
            before: when the cell's failed record was made, if it had one when this run began.
            listener: is told of all phases.
            prepared: is called when what the cell shares with others is made.

        Raises:
            Busy: another process runs the cell, or makes something that it needs before it can begin.
            UserError, OSError: as `run_cell`.
        """
        started = False

        def report(progress: Progress) -> None:
            nonlocal started
            if not started:
                started = True
                prepared()
            if progress.step:  # to wait for others costs less from here than to begin again
                self._artefacts.patient = True
            listener(progress.phase, progress.step, progress.steps)

        self._artefacts.patient = False
        with claim(self._store.checkpoint_path(cell.key()), wait=False), heard_by(listener):
            if self._done_meanwhile(cell, before):
                return False
            run_cell(cell, self._bench, self._store, report)
        return True

    def _done_meanwhile(self, cell: Cell, before: str | None) -> bool:
        record = self._store.record(cell.key())
        return record is not None and (record["status"] == "ok" or record["provenance"]["started"] != before)
