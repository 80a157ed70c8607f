"""One run: what is left of it, what has become of it, and who is told."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from benchmark.planning.estimates import OWN, Estimates
from benchmark.running.display import Say, make_display
from benchmark.running.scheduling import Job, Schedule
from benchmark.store.records import RecordStore
from benchmark.system.progress import heard_by


class Run:
    """The jobs of a run; whoever runs them tells of their beginnings and ends here."""

    def __init__(self, jobs: Sequence[Job], cells: int, store: RecordStore, estimates: Estimates, workers: int) -> None:
        """`cells`: of the plan, those that are done already too."""
        self.store, self.finished, self.failed, self.elsewhere = store, 0, 0, 0
        self.schedule = Schedule(jobs, in_order=workers == 1)
        self.display = make_display(len(jobs), self._seconds_left)
        self._cells, self._estimates, self._workers = cells, estimates, workers
        self._began: dict[Job, float] = {}
        self._say: Say = print

    def shown(self, say: Say) -> AbstractContextManager[None]:
        """Show progress within the block; `say` is told how each cell ended."""
        self._say = say
        return self.display.shown()

    @contextmanager
    def heard(self, what: str) -> Iterator[None]:
        """Show the phases of what this process does within the block, beside cells."""
        self.display.begin(0, what, cell=False)
        with heard_by(lambda *phase: self.display.phase(0, *phase)):
            yield
        self.display.end(0, None)

    def begin(self, worker: int, job: Job) -> None:
        self._began[job] = time.monotonic()
        self.display.begin(worker, str(job.cell))

    def put_off(self, worker: int, job: Job, until) -> None:
        """A job has to wait for another process, which makes `until`."""
        self.schedule.put_off(job, until)
        self.display.end(worker, None)

    def end(self, worker: int, job: Job, *, here: bool) -> None:
        """A job's record is there, made here or by another run."""
        self.schedule.done(job)
        record = self.store.record(job.cell.key())
        self._estimates.add(record)
        done = record["status"] == "ok"
        self.display.end(worker, not done)
        if here:
            self.finished, self.failed = self.finished + done, self.failed + (not done)
        else:
            self.elsewhere += 1
        self._say(f"[{job.number}/{self._cells}] {job.cell}: {_summary(record)}" + " (by another run)" * (not here))

    def _seconds_left(self) -> float | None:
        """Of all jobs that are left, shared among the workers; None where nothing is known of most of them."""
        left = self.schedule.left
        estimates = {job: self._estimates.of(OWN, job.like) for job in left}
        known = [seconds for seconds in estimates.values() if seconds is not None]
        if 2 * len(known) < len(left):
            return None
        usual, now = sum(known) / max(1, len(known)), time.monotonic()
        remaining = [
            max(0.0, (usual if seconds is None else seconds) - (now - self._began.get(job, now)))
            for job, seconds in estimates.items()
        ]
        return max([sum(remaining) / self._workers, *remaining])


def _summary(record: dict) -> str:
    if record["status"] != "ok":
        return f"failed: {record['reason']}"
    seconds = sum(record["provenance"]["seconds"][part] for part in ("meta-training", "evaluation"))
    return f"{100 * record['result']['accuracy_mean']:.2f} % ({seconds:.0f} s)"
