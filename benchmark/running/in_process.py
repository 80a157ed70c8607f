"""Runs the jobs of a run one after the other in this process."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from benchmark.running.cell_runner import CellRunner
from benchmark.running.resources import Resources
from benchmark.running.run import Run
from benchmark.system.claims import Busy

PAUSE = 0.5  # seconds between two looks at whether another run has made what the jobs wait for


def run_here(run: Run, resources: Resources) -> None:
    """Run all jobs on the first device."""
    runner = CellRunner(run.store, resources.devices[0])
    schedule = run.schedule
    with using_threads(resources.threads):
        while schedule.left:
            job = schedule.next()
            if job is None:
                time.sleep(PAUSE)
                continue
            run.begin(0, job)
            try:
                here = runner.run(
                    job.cell,
                    job.before,
                    lambda *phase: run.display.phase(0, *phase),
                    lambda job=job: schedule.prepared(job),
                )
            except Busy as busy:
                run.put_off(0, job, busy.path)
            else:
                run.end(0, job, here=here)


@contextmanager
def using_threads(threads: int | None) -> Iterator[None]:
    """Compute with so many threads within the block, or as many as before."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads or before)
    try:
        yield
    finally:
        torch.set_num_threads(before)
