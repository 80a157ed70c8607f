"""Ends by signals: SIGTERM and SIGHUP stop the program as Ctrl-C does, with an exit code of their own."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from methods.containment import Passing

SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))  # none on Windows


class Terminated(Passing):
    """The system or another program asks this one to stop. Like KeyboardInterrupt, this is no `Exception`."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.code = 128 + number  # as shells report it


@contextmanager
def signals_raise() -> Iterator[None]:
    """Raise `Terminated` in the main thread at a signal within the block; a signal that is ignored stays so (nohup)."""
    if threading.current_thread() is not threading.main_thread():  # only there handlers can be set
        yield
        return
    before = {number: signal.getsignal(number) for number in SIGNALS}
    changed = {number: handler for number, handler in before.items() if handler == signal.SIG_DFL}
    for number in changed:
        signal.signal(number, _raise)
    try:
        yield
    finally:
        for number, handler in changed.items():
            signal.signal(number, handler)


def _raise(number: int, frame: object) -> None:
    raise Terminated(number)
