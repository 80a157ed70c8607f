"""Runs the cells of a plan: those that have no record, here or in processes, and then the latencies that lack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.cells.cell import Cell
from benchmark.cells.inputs import body_key
from benchmark.planning.estimates import WHOLE, Estimates, likeness
from benchmark.running.clocking import clock_cells
from benchmark.running.display import Say
from benchmark.running.fitting import foreseen_problem, hyperparameters
from benchmark.running.in_process import run_here
from benchmark.running.pool import Pool
from benchmark.running.resources import Resources
from benchmark.running.run import Run
from benchmark.running.scheduling import Job
from benchmark.store.records import RecordStore
from benchmark.system.failures import one_line
from benchmark.system.keys import digest
from methods import registry, studies
from methods.containment import contained
from methods.errors import UserError
from methods.interface import Method, Problem


@dataclass(frozen=True)
class Outcome:
    """The outcome of a run: numbers of cells."""

    finished: int
    failed: int  # cells, and latencies of finished ones
    clocked: int
    elsewhere: int = 0  # cells that another run did meanwhile


def check_hyperparameters(cells: Sequence[Cell]) -> None:
    """UserError for settings that a method refuses, by themselves or in a cell's problem, before any work is done.

    And for studies that it does not offer.
    """
    built: set[str] = set()
    for cell in cells:
        method = registry.load(cell.method.name)
        try:
            with contained(cell.method.name):
                settings = hyperparameters(method, cell.hyperparameters)
            problem = foreseen_problem(cell)
            if (built_as := f"{cell.method.name} {settings} {problem}") not in built:
                built.add(built_as)
                _build(method, cell.method.name, settings, problem)
        except (ValueError, TypeError) as error:
            raise UserError(f"{cell.method.label}: {error}.") from error
        except UserError:
            raise
        except Exception as error:  # a method may be anyone's code
            raise UserError(f"{cell.method.label}: {one_line(error, method)}.") from error
        if cell.study and not studies.suits(cell.study, method):
            raise UserError(
                f"{cell.method.label} cannot be studied for {cell.study!r}, which {cell.suite!r} is about; "
                "choose others with --methods."
            )


def _build(method: type[Method], name: str, settings: Any, problem: Problem) -> None:
    """ValueError if that is how the method refuses it; other errors are the cell's own, and the other cells go on."""
    try:
        with contained(name):
            method(settings).build(problem)
    except (ValueError, UserError):
        raise
    except Exception:
        return


def run_cells(
    cells: Sequence[Cell],
    store: RecordStore,
    resources: Resources,
    say: Say,
    *,
    latency: bool = True,
) -> Outcome:
    """Run the cells that have no finished record, and measure the latencies that are missing on this machine.

    A cell that another run in the same folder is at is left to that one. Latencies are measured after all cells, in
    this process, on the first device, when none of its workers is there any more.
    """
    estimates = Estimates(store.records({cell.suite for cell in cells}))
    jobs = _jobs(cells, store, estimates)
    resources = resources.for_cells(len(jobs))
    run = Run(jobs, len(cells), store, estimates, resources.jobs)
    clocked = failed = 0
    with run.shown(say):
        if resources.jobs == 1:
            run_here(run, resources)
        else:
            with Pool(run, resources) as pool:
                pool.work()
        if latency:
            with run.heard("latencies"):
                clocked, failed = clock_cells(cells, store, resources.devices[0], say)
    return Outcome(run.finished, run.failed + failed, clocked, run.elsewhere)


def _jobs(cells: Sequence[Cell], store: RecordStore, estimates: Estimates) -> list[Job]:
    """One for each cell without a finished record."""
    jobs = []
    for number, cell in enumerate(cells, 1):
        record = store.record(cell.key())
        if record is not None and record["status"] == "ok":
            continue
        like = likeness(cell.key())
        before = None if record is None else record["provenance"]["started"]
        shared = None if cell.method.inputs == "pixels" else digest(body_key(cell))
        jobs.append(Job(number, cell, like, estimates.of(WHOLE, like), before, shared))
    return jobs
