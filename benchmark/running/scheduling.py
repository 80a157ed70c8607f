"""The order of cells for any number of workers: those that others wait for and the longest ones come first.

Cells share what is made once: a body with its features, prepared heads, trainings. Of the cells that need the same
body one goes ahead and makes it; workers take others meanwhile. What a method shares is known only when it asks for
it: then the cell is put off until the process that makes it, of this run or of another, is done or dead.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmark.cells.cell import Cell
from benchmark.system.claims import claimed

NEAR = 0.5  # a worker takes a cell for which it has all loaded, if it is this long at least, relative to the longest


@dataclass(eq=False)
class Job:
    """A cell that is to be run."""

    number: int  # in the plan, from 1
    cell: Cell
    like: Sequence[str]  # see `planning.estimates.likeness`
    seconds: float | None  # that running it takes, by estimate
    before: str | None  # when its failed record was made, if it has one
    shared: Hashable = None  # equal for cells that need the same body; None without one
    waits_for: Path | None = None  # what another process makes


class Schedule:
    """The jobs of a run that are left, and which of them run."""

    def __init__(self, jobs: Sequence[Job], *, in_order: bool) -> None:
        """`in_order`: as planned, which suits one worker; else the longest first."""
        self._left = list(jobs)
        self._in_order = in_order
        known = [job.seconds for job in jobs if job.seconds is not None]
        self._usual = sum(known) / len(known) if known else 1.0  # of those of which nothing is known
        self._opening: dict[Hashable, Job] = {}  # what is shared, and the running job that may still be making it
        self._open: set[Hashable] = {None}  # what is made, as far as this run knows
        self._running: set[Job] = set()

    @property
    def left(self) -> tuple[Job, ...]:
        """Jobs that wait or run."""
        return (*self._left, *self._running)

    def next(self, loaded: Hashable = None) -> Job | None:
        """Take the job that a worker should run now, None if each waits for another; `loaded` is what it has shared."""
        ready = [job for job in self._left if self._is_ready(job)]
        if not ready:
            return None
        chosen = ready[0] if self._in_order else self._longest(ready, loaded)
        self._left.remove(chosen)
        self._running.add(chosen)
        if chosen.shared not in self._open:
            self._opening[chosen.shared] = chosen
        return chosen

    def prepared(self, job: Job) -> None:
        """Note that a running job has made what it shares with others."""
        if self._opening.get(job.shared) is job:
            del self._opening[job.shared]
        self._open.add(job.shared)

    def put_off(self, job: Job, until: Path) -> None:
        """A job stopped before it began, since another process makes something that it needs."""
        self._stopped(job)
        job.waits_for = until
        self._left.append(job)

    def done(self, job: Job) -> None:
        """A job ended, well or not."""
        self._stopped(job)

    def _stopped(self, job: Job) -> None:
        self._running.discard(job)
        if self._opening.get(job.shared) is job:  # whoever comes next goes ahead
            del self._opening[job.shared]

    def _is_ready(self, job: Job) -> bool:
        if job.shared in self._opening:
            return False
        if job.waits_for is not None and claimed(job.waits_for):
            return False
        job.waits_for = None
        return True

    def _longest(self, ready: Sequence[Job], loaded: Hashable) -> Job:
        """The job at the head of the longest chain of what is left, or one nearly as long that fits what is loaded."""
        chain = self._chains()
        longest = max(chain(job) for job in ready)
        at_hand = [job for job in ready if loaded is not None and job.shared == loaded and chain(job) >= NEAR * longest]
        return max(at_hand or ready, key=lambda job: (chain(job), -job.number))

    def _chains(self) -> Callable[[Job], float]:
        """The length of a job, and of what waits for it: others wait for what it makes first."""
        behind: dict[Hashable, float] = {}
        for job in self._left:
            if job.shared not in self._open:
                behind[job.shared] = behind.get(job.shared, 0.0) + self._seconds(job)
        return lambda job: behind.get(job.shared, 0.0) + self._seconds(job)

    def _seconds(self, job: Job) -> float:
        return self._usual if job.seconds is None else job.seconds
