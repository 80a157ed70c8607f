"""Runs the jobs of a run in worker processes, on the devices in turn."""

from __future__ import annotations

import queue
import sys
from collections.abc import Hashable
from dataclasses import dataclass, replace

from benchmark.running.process import Event, Process
from benchmark.running.resources import Resources
from benchmark.running.run import Run
from benchmark.running.runner import record_failure
from benchmark.running.scheduling import Job
from benchmark.running.worker import Setup
from benchmark.system.claims import Busy, claim
from methods.errors import UserError

PAUSE = 0.5  # seconds between two looks at whether another run has made what jobs wait for


@dataclass
class _Hand:
    """A worker and what it is at."""

    process: Process
    ready: bool = False
    job: Job | None = None
    loaded: Hashable = None  # what it has loaded that cells share


class Pool:
    """The workers of a run; all of them are gone when its `with` block ends."""

    def __init__(self, run: Run, resources: Resources) -> None:
        self._run, self._resources = run, resources
        self._jobs = list(run.schedule.left)
        self._places = {job: place for place, job in enumerate(self._jobs)}
        self._events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._hands: dict[int, _Hand] = {}

    def __enter__(self) -> Pool:
        for number in range(self._resources.jobs):
            self._hire(number)
        return self

    def __exit__(self, *error: object) -> None:
        for hand in self._hands.values():  # all at once
            hand.process.let_go()
        for hand in self._hands.values():
            hand.process.stop()

    def work(self) -> None:
        """Run all jobs."""
        while self._run.schedule.left:
            self._hand_out()
            try:
                process, kind, content = self._events.get(timeout=PAUSE)
            except queue.Empty:
                continue
            hand = self._hands[process.number]
            if hand.process is process:  # else it is of one that was replaced
                self._hear(hand, kind, content)

    def _hire(self, number: int) -> None:
        devices = self._resources.devices
        setup = Setup(
            [(replace(job.cell), job.before) for job in self._jobs],  # without what cells keep of their data
            self._run.store,
            devices[number % len(devices)],
            self._resources.threads or 1,
        )
        self._hands[number] = _Hand(Process(number, setup, self._events))

    def _hand_out(self) -> None:
        for number, hand in self._hands.items():
            if hand.ready and hand.job is None:
                hand.job = self._run.schedule.next(hand.loaded)
                if hand.job is None:
                    return
                hand.loaded = hand.job.shared
                self._run.begin(number, hand.job)
                hand.process.start(self._places[hand.job])

    def _hear(self, hand: _Hand, kind: str, content: tuple) -> None:
        run, job, number = self._run, hand.job, hand.process.number
        if kind == "phase":
            run.display.phase(number, *content)
        elif kind == "said":
            print(content[0], file=sys.stderr, flush=True)
        elif kind == "ready":
            hand.ready = True
        elif kind == "prepared":
            run.schedule.prepared(job)
        elif kind == "busy":
            hand.job = None
            run.put_off(number, job, *content)
        elif kind == "ran":
            hand.job = None
            run.end(number, job, here=content[0])
        elif kind == "stop":
            raise content[0]
        elif kind == "broken":
            raise RuntimeError(f"A worker failed on {job.cell}:\n{content[0]}")
        elif kind == "gone":
            self._bury(hand)

    def _bury(self, hand: _Hand) -> None:
        """A worker died: so its cell failed, and another worker takes its place."""
        ending = hand.process.ending
        if not hand.ready:
            raise UserError(f"A worker process could not start ({ending}); try --jobs 1.")
        hand.process.stop()
        if hand.job is not None:
            self._fail(hand.process.number, hand.job, ending)
        if self._run.schedule.left:
            self._hire(hand.process.number)

    def _fail(self, number: int, job: Job, reason: str) -> None:
        store, devices = self._run.store, self._resources.devices
        try:
            with claim(store.checkpoint_path(job.cell.key()), wait=False):
                record_failure(job.cell, devices[number % len(devices)], store, reason)
        except Busy as busy:  # another run was quicker to take it over
            self._run.put_off(number, job, busy.path)
        else:
            self._run.end(number, job, here=True)
