"""Phases of long work, and who is told of them: the display of a run, or else a bar of one's own."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

T = TypeVar("T")


class Listener(Protocol):
    """Is told how far a phase is; called often."""

    def __call__(self, phase: str, done: int, total: int) -> None: ...


_listener: Listener | None = None


@contextmanager
def heard_by(listener: Listener) -> Iterator[None]:
    """Tell `listener` of all phases within the block, in place of showing bars."""
    global _listener
    before, _listener = _listener, listener
    try:
        yield
    finally:
        _listener = before


@contextmanager
def phase(name: str, total: int) -> Iterator[Phase]:
    """A phase of `total` steps: told to the listener, or shown as a bar on a terminal, or silent."""
    if _listener is not None:
        told = Phase(name, total, _listener)
        told.to(0)
        yield told
        return
    if not sys.stderr.isatty():
        yield Phase(name, total, lambda name, done, total: None)
        return
    from rich.console import Console  # takes a while to import
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(file=sys.stderr),
        transient=True,
    )
    with bar:
        task = bar.add_task(name, total=total)
        yield Phase(name, total, lambda name, done, total: bar.update(task, completed=done))


class Phase:
    """The progress of a phase."""

    def __init__(self, name: str, total: int, listener: Listener) -> None:
        self._name, self._total, self._listener, self._done = name, total, listener, 0

    def to(self, done: int) -> None:
        """So many steps are done."""
        self._done = done
        self._listener(self._name, done, self._total)

    def advance(self, by: int = 1) -> None:
        self.to(self._done + by)


def track(items: Iterable[T], name: str, total: int) -> Iterator[T]:
    """Iterate over `items` as a phase."""
    with phase(name, total) as told:
        for item in items:
            yield item
            told.advance()
