"""A forecast of what a run will take, before it begins. Imports no torch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from benchmark.cells.cell import Cell
from benchmark.cells.inputs import body_key
from benchmark.planning.estimates import CHECKPOINT, MEMORY, OWN, SHARED, WHOLE, Estimates, likeness
from benchmark.planning.plan import state
from benchmark.store.cache import artefact_folder
from benchmark.store.records import RecordStore
from benchmark.system.keys import digest
from benchmark.system.paths import cache_folder


def forecast(cells: Sequence[Cell], store: RecordStore) -> list[str]:
    """Sentences on the seconds, the memory and the disk that the cells without a record take; none if all have one."""
    left = [cell for cell in cells if state(cell, store) != "done"]
    if not left:
        return []
    estimates = Estimates(store.records({cell.suite for cell in cells}))
    likes = {cell.digest: likeness(cell.key()) for cell in left}
    known = [cell for cell in left if estimates.of(OWN, likes[cell.digest]) is not None]
    if not known:
        return [f"{_cells(left)} left. No record tells how long cells like them take."]

    def all_of(what: str, chosen: Iterable[Cell]) -> list[float]:
        values = (estimates.of(what, likes[cell.digest]) for cell in chosen)
        return [value for value in values if value is not None]

    seconds = sum(all_of(OWN, known)) + _prepared(known, likes, estimates)
    bodies = _bodies(known, likes, estimates)
    text = f"{_cells(left)} left. Judged by records of cells like them, {_these(known, left)} {_time(seconds)}"
    text += f", and bodies and features {_time(bodies)}" if bodies else ""
    sentences = [f"{text}, divided by the number of jobs."]
    memory, disk = all_of(MEMORY, known), all_of(CHECKPOINT, known)
    if memory:
        sentences.append(f"A job takes up to {max(memory) / 2**20:,.0f} MiB of memory.")
    else:
        sentences.append("No record tells how much memory they take.")
    if disk:
        sentences.append(f"Their checkpoints take {sum(disk) / 2**20:,.0f} MiB of disk.")
    else:
        sentences.append("No record tells how much disk their checkpoints take.")
    unknown = sorted({cell.method.label for cell in left} - {cell.method.label for cell in known})
    if unknown:
        sentences.append(f"No record tells how long cells of {', '.join(unknown)} take.")
    return sentences


def _prepared(cells: Sequence[Cell], likes: dict[str, Sequence[str]], estimates: Estimates) -> float:
    """Seconds of what is prepared for methods, counted once where cells differ in method and shot only."""
    longest: dict[tuple, float] = {}
    for cell in cells:
        like = likes[cell.digest]
        setting = cell.data.folder, cell.split, cell.way, cell.seed, digest(body_key(cell))
        took = estimates.of(WHOLE, like) - estimates.of(OWN, like)
        longest[setting] = max(took, longest.get(setting, 0.0))
    return sum(longest.values())


def _bodies(cells: Sequence[Cell], likes: dict[str, Sequence[str]], estimates: Estimates) -> float:
    """Seconds of bodies that the cache lacks, with their features."""
    lacking: dict[str, float] = {}
    for cell in cells:
        key = body_key(cell)
        if cell.method.inputs == "features" and not artefact_folder(cache_folder(), "bodies", key).exists():
            lacking[digest(key)] = estimates.of(SHARED, likes[cell.digest]) or 0.0
    return sum(lacking.values())


def _cells(left: Sequence[Cell]) -> str:
    return f"{len(left)} cell{'s are' if len(left) > 1 else ' is'}"


def _these(known: Sequence[Cell], left: Sequence[Cell]) -> str:
    return "they take about" if len(known) == len(left) else f"{len(known)} of them take about"


def _time(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds)))
