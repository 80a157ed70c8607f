"""Progress bars with the time left, on a terminal; silence in a log file."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

T = TypeVar("T")


@contextmanager
def bar(label: str, total: int | None = None) -> Iterator[ProgressBar]:
    """A bar on standard error that goes away when its work is done."""
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(file=sys.stderr),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    with progress:
        yield ProgressBar(progress, progress.add_task(label, total=total))


class ProgressBar:
    """One line of progress: move it, or say something else beside it."""

    def __init__(self, progress: Progress, task) -> None:
        self._progress, self._task = progress, task

    def update(self, done: int, total: int, label: str) -> None:
        self._progress.update(self._task, completed=done, total=total, description=label)

    def advance(self, by: int = 1) -> None:
        self._progress.advance(self._task, by)


def track(items: Iterable[T], label: str, total: int) -> Iterator[T]:
    """Iterate with a bar."""
    with bar(label, total) as progress:
        for item in items:
            yield item
            progress.advance()
