"""Runs from Python and from the command line, which is this and what it prints."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.api import values
from benchmark.cells.cell import Cell
from benchmark.planning import sizes
from benchmark.planning.forecast import forecast
from benchmark.planning.plan import clocked, make_plan, recorded, state
from benchmark.planning.request import Request
from benchmark.store.records import RecordStore
from benchmark.system.machine import may_have_gpu, processor_name
from methods.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

    from benchmark.api.results import Results

Say = Callable[[str], None]
JOBS = "LTDI_BENCH_JOBS"


@dataclass(frozen=True)
class RunOutcome:
    """The outcome of a run: its cells, and the records that there are of them."""

    folder: Path  # of the records
    cells: Sequence[Cell]  # that were asked for
    finished: int = 0  # cells that this run has finished
    failed: int = 0  # cells, and latencies of finished ones
    clocked: int = 0  # latencies that this run has measured
    elsewhere: int = 0  # cells that another run did meanwhile
    untouched: bool = False  # nothing was left to do, or the run was a dry one

    @property
    def states(self) -> list[tuple[Cell, str]]:
        """Each cell with what is there of it: "done", "failed" or "missing"."""
        store = RecordStore(self.folder)
        return [(cell, state(cell, store)) for cell in self.cells]

    @property
    def forecast(self) -> list[str]:
        """Sentences on the seconds, the memory and the disk that the cells take which are not done."""
        return forecast(self.cells, RecordStore(self.folder))

    @cached_property
    def results(self) -> Results:
        """The records of these cells, for data frames and `benchmark.plots`. UserError where there is none."""
        from benchmark.api.results import Results
        from benchmark.report.results import read_results

        keys = [cell.key() for cell in self.cells]
        return Results(self.folder, read_results(RecordStore(self.folder), keys=keys))

    @property
    def records(self) -> pd.DataFrame:
        """One row per record of these cells; UserError where there is none."""
        return self.results.records


def run(
    suite: str | None = None,
    *,
    methods: Sequence[str] | str | None = None,
    datasets: Sequence[str] | str | None = None,
    split: str | None = None,
    ways: Sequence[int] | int | None = None,
    shots: Sequence[int] | int | None = None,
    seeds: int | None = None,
    first_seed: int | None = None,
    profile: str | None = None,
    body: str | None = None,
    body_epochs: int | None = None,
    source: str | None = None,
    target: str | None = None,
    track: str | None = None,
    semantics: str | os.PathLike[str] | None = None,
    set: Mapping[str, Any] | Iterable[str] = (),
    record: str | os.PathLike[str] | None = None,
    results: str | os.PathLike[str] = "ltdi-results",
    data: str | os.PathLike[str] | None = None,
    jobs: int | str | None = None,
    threads: int | None = None,
    device: str = "auto",
    latency: bool = True,
    dry_run: bool = False,
    say: Say = print,
) -> RunOutcome:
    """Run a suite's cells that have no record yet, with the options of `ltdi-bench run` and what they are by default.

    A single value may stand for a list. `set` changes hyper-parameters: {"lt-di.steps": 500}, or ["lt-di.steps=500"].
    `record` makes one record again, named by its file or the first digits of its hash, in place of a suite.
    `jobs` is "auto", or a number of cells at once; by default what LTDI_BENCH_JOBS says, else "auto". `say` is told a
    line for each cell that ends, and what one should know before.

    Raises UserError, of one line, for what the command refuses. A cell that fails is counted, and the others go on.
    """
    folder = values.path("results", results)
    options = {
        "methods": values.names("methods", methods),
        "datasets": values.names("datasets", datasets),
        "split": values.name("split", split),
        "ways": values.numbers("ways", ways, 2),
        "shots": values.numbers("shots", shots, 1),
        "seeds": values.number("seeds", seeds, 1),
        "first_seed": values.number("first_seed", first_seed, 0),
        "profile": values.name("profile", profile),
        "body": values.name("body", body),
        "body_epochs": values.number("body_epochs", body_epochs, 1),
        "source": values.name("source", source),
        "target": values.name("target", target),
        "track": values.name("track", track),
        "semantics": values.path("semantics", semantics),
        "changes": values.changes(set),
        "data": values.path("data", data),
    }
    named = None if record is None else str(record)
    request = requested(values.name("suite", suite), values.name("record", named), folder, options)
    jobs = os.environ.get(JOBS) or "auto" if jobs is None else jobs
    return carry_out(
        request,
        folder,
        jobs=values.jobs("jobs", jobs),
        threads=values.number("threads", threads, 1),
        device=values.devices(device),
        latency=latency,
        dry_run=dry_run,
        say=say,
        warn=say,
    )


def requested(suite: str | None, record: str | None, folder: Path, options: Mapping[str, Any]) -> Request:
    """The request for a suite with options, or else for a record by its file, or by its hash where it is in `folder`.

    `options` are the other fields of the request, None or empty where nothing was said. UserError for both or neither,
    and for options beside a record, which says everything but where the data lie.
    """
    if (suite is None) == (record is None):
        raise UserError("Name a suite to run, or else a record with --record.")
    if record is None:
        return Request(suite, **options)
    given = [name for name, value in options.items() if value not in (None, (), []) and name != "data"]
    if given:
        option = "set" if given[0] == "changes" else given[0].replace("_", "-")
        raise UserError(f"A record says everything that makes it; leave --{option} out.")
    return Request.from_key(RecordStore(folder).find(record)["key"], options["data"])


def carry_out(
    request: Request,
    folder: Path,
    *,
    jobs: int | None,
    threads: int | None,
    device: str,
    latency: bool,
    dry_run: bool,
    say: Say,
    warn: Say,
) -> RunOutcome:
    """Plan a request and run its cells that have no record; imports torch only where there is something to compute.

    `jobs` are cells at once, None for as many as the machine serves; `warn` is told, before anything is done, what the
    user should know.
    """
    store, plan = RecordStore(folder), make_plan(request)
    if plan.notice:
        warn(plan.notice)
    if dry_run:
        sizes.check_sizes(plan.cells)
        # What a method refuses takes its code, and that torch, to find out.
        if request.changes or any(cell.study for cell in plan.cells):
            from benchmark.running.executor import check_hyperparameters

            check_hyperparameters(plan.cells)
        return RunOutcome(folder, plan.cells, untouched=True)
    if _all_done(plan.cells, store, device, latency):
        return RunOutcome(folder, plan.cells, untouched=True)
    store.ensure_writable()
    sizes.check_sizes(plan.cells)

    from benchmark.system.memory import keep_freed_memory

    keep_freed_memory()
    from benchmark.running.executor import check_hyperparameters, run_cells
    from benchmark.running.resources import Resources, choose_devices
    from benchmark.system.signals import signals_raise

    resources = Resources(jobs, threads, choose_devices(device))
    check_hyperparameters(plan.cells)
    with signals_raise():
        outcome = run_cells(plan.cells, store, resources, say, latency=latency)
    return RunOutcome(folder, plan.cells, outcome.finished, outcome.failed, outcome.clocked, outcome.elsewhere)


def _all_done(cells: Sequence[Cell], store: RecordStore, device: str, latency: bool) -> bool:
    """Whether nothing is left to do; answered without importing torch where no GPU could be meant."""
    if not recorded(cells, store):
        return False
    if not latency:
        return True
    if "cuda" in device or ("auto" in device and may_have_gpu()):
        return False
    return clocked(cells, store, "cpu", processor_name())
