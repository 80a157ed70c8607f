"""The display of a run on standard error: a live table on a terminal, lines in a log file."""

from __future__ import annotations

import sys
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

LASTING = 5.0  # seconds for which an estimate of the time left is shown
SILENCE = 60.0  # seconds after which a log file gets a line though nothing began or ended

Say = Callable[[str], None]


@dataclass
class Doing:
    """The work of one worker."""

    what: str
    cell: bool = True  # whether that is a cell
    phase: str = ""
    done: int = 0
    total: int = 0
    began: float = field(default_factory=time.monotonic)  # the phase

    def __str__(self) -> str:
        far = f" {self.done}/{self.total}" if self.total else ""
        return f"{self.what}: {self.phase or 'starting'}{far}"


class Display(ABC):
    """Knows what every worker does and how many cells are done. Its methods may be called from one thread only."""

    def __init__(self, total: int, seconds_left: Callable[[], float | None]) -> None:
        """`total` cells are to be run; `seconds_left()` is an estimate of the whole run, None where there is none."""
        self.total, self.finished, self.failed = total, 0, 0
        self.workers: dict[int, Doing] = {}
        self._seconds_left, self._left, self._asked = seconds_left, None, -LASTING

    def begin(self, worker: int, what: str, *, cell: bool = True) -> None:
        """A worker takes up a cell, or something else."""
        self.workers[worker] = Doing(what, cell)

    def phase(self, worker: int, phase: str, done: int, total: int) -> None:
        """Note the progress of a worker's phase."""
        doing = self.workers.get(worker)
        if doing is None:
            return
        if phase != doing.phase:
            self._phase_ended(doing)
            doing.phase, doing.began = phase, time.monotonic()
            self._phase_began(doing)
        doing.done, doing.total = done, total

    def end(self, worker: int, failed: bool | None) -> None:
        """A worker has run its cell, which failed or not; None where it leaves the cell for later or to others."""
        doing = self.workers.pop(worker, None)
        if doing is not None:
            self._phase_ended(doing)
        if failed is not None:
            self.finished, self.failed = self.finished + (not failed), self.failed + failed

    @property
    def counts(self) -> str:
        """Cells done, running and failed, and the time left."""
        if time.monotonic() - self._asked >= LASTING:
            self._left, self._asked = self._seconds_left(), time.monotonic()
        left = self._left
        about = "" if left is None else f", about {timedelta(seconds=round(left))} left"
        return f"{self.finished} of {self.total} cells done, {len(self.workers)} running, {self.failed} failed{about}"

    @abstractmethod
    def shown(self) -> AbstractContextManager[None]:
        """Show it within the block."""

    @abstractmethod
    def _phase_began(self, doing: Doing) -> None: ...

    @abstractmethod
    def _phase_ended(self, doing: Doing) -> None: ...


class Terminal(Display):
    """Counts, and a line for each worker, kept at the bottom of the terminal and gone at the end."""

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show it within the block; what is printed meanwhile stands above."""
        console = Console(file=sys.stderr)
        with Live(
            get_renderable=self._table,
            console=console,
            transient=True,
            refresh_per_second=4,
            redirect_stdout=sys.stdout.isatty(),
        ):
            yield

    def _phase_began(self, doing: Doing) -> None:
        """The table shows it."""

    def _phase_ended(self, doing: Doing) -> None:
        """The table shows it."""

    def _table(self) -> Group:
        rows = Table.grid(padding=(0, 1))
        for _, doing in sorted(self.workers.copy().items()):
            bar = ProgressBar(max(doing.total, 1), doing.done, width=20)
            rows.add_row(bar, Text(str(doing), no_wrap=True, overflow="ellipsis"))
        return Group(Text(self.counts), rows)


class LogLines(Display):
    """A line where a phase begins or ends, and at least one a minute."""

    def __init__(self, total: int, seconds_left: Callable[[], float | None]) -> None:
        super().__init__(total, seconds_left)
        self._last, self._over = time.monotonic(), threading.Event()

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Write lines within the block."""
        beat = threading.Thread(target=self._beat, daemon=True)
        beat.start()
        try:
            yield
        finally:
            self._over.set()
            beat.join()

    def _phase_began(self, doing: Doing) -> None:
        self._write(f"{doing.what}: {doing.phase} begins")

    def _phase_ended(self, doing: Doing) -> None:
        if doing.phase:
            self._write(f"{doing.what}: {doing.phase} ends after {time.monotonic() - doing.began:.0f} s")

    def _beat(self) -> None:
        while not self._over.wait(max(0.1, self._last + SILENCE - time.monotonic())):
            if time.monotonic() - self._last >= SILENCE:
                self._write("; ".join([self.counts, *map(str, self.workers.copy().values())]))

    def _write(self, line: str) -> None:
        self._last = time.monotonic()
        print(f"{datetime.now(UTC).astimezone():%H:%M:%S} {line}", file=sys.stderr, flush=True)


def make_display(total: int, seconds_left: Callable[[], float | None]) -> Display:
    """A display for where standard error goes."""
    return (Terminal if sys.stderr.isatty() else LogLines)(total, seconds_left)
