"""A worker process as its parent sees it."""

from __future__ import annotations

import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from typing import Any

from benchmark.running.worker import Setup

# A program of its own, not a fork: it imports nothing of the parent's main module, so that a script or a notebook may
# start a run at its top level. Signals to all processes of a terminal or a service are for the parent to act on.
_PROGRAM = """
import signal, sys
for name in ("SIGINT", "SIGTERM", "SIGHUP"):
    if hasattr(signal, name):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
sys.path[:] = {path!r}
from benchmark.running import worker
worker.main(*worker.own_streams())
"""
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
_LINES = 20  # of what a worker says that are kept, to tell why it ended

Event = tuple["Process", str, tuple[Any, ...]]  # who, a kind of message of `worker.main` or "said" or "gone", content


class Process:
    """Starts a worker and puts what it tells into a queue of the parent."""

    def __init__(self, number: int, setup: Setup, events: queue.SimpleQueue[Event]) -> None:
        self.number = number
        self.said: deque[str] = deque(maxlen=_LINES)
        self._events = events
        self._popen = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM.format(path=sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **dict.fromkeys(_THREADS, str(setup.threads))},
        )
        self._threads = [threading.Thread(target=hear, daemon=True) for hear in (self._hear, self._overhear)]
        for thread in self._threads:
            thread.start()
        self._send(_extended_packages())
        self._send(setup)

    def start(self, cell: int) -> None:
        """Let it run the cell of this number of its setup."""
        self._send(cell)

    def let_go(self) -> None:
        """Let the process end, whatever it is doing."""
        with suppress(OSError):  # it was told something that it did not live to read
            self._popen.stdin.close()

    def stop(self, within: float = 0.5) -> None:
        """End the process: it has so many seconds to do so by itself."""
        self.let_go()
        try:
            self._popen.wait(within)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        for thread in self._threads:
            thread.join(within)

    @property
    def ending(self) -> str:
        """The end of the process, in words."""
        code = self._popen.wait()
        if code >= 0:
            return f"worker ended with exit code {code}" + (f": {self.said[-1]}" if self.said else "")
        try:
            name = f" ({signal.Signals(-code).name})" if -code != signal.SIGKILL else ""
        except ValueError:
            name = ""
        return f"worker killed by signal {-code}{name}" + (" (out of memory?)" if not name else "")

    def _send(self, content: object) -> None:
        with suppress(OSError):  # it is gone, which `_hear` reports
            pickle.dump(content, self._popen.stdin)
            self._popen.stdin.flush()

    def _hear(self) -> None:
        while True:
            try:
                kind, *content = pickle.load(self._popen.stdout)
            except (EOFError, OSError, pickle.UnpicklingError):
                break
            self._events.put((self, kind, tuple(content)))
        self._threads[1].join(1.0)  # its last words come first
        self._events.put((self, "gone", ()))

    def _overhear(self) -> None:
        for line in self._popen.stderr:
            text = line.decode(errors="replace").rstrip()
            if text:
                self.said.append(text)
                self._events.put((self, "said", (text,)))


def _extended_packages() -> dict[str, list[str]]:
    """The packages of ours to which this process has added folders, with all of theirs."""
    ours = {name: module for name, module in sys.modules.items() if name.partition(".")[0] in ("benchmark", "methods")}
    folders = {name: list(getattr(module, "__path__", ())) for name, module in ours.items()}
    return {name: paths for name, paths in folders.items() if len(paths) > 1}
