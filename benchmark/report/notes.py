"""What has to be said below a table: how its numbers were had, and what a reader must know of single ones."""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from benchmark.report.published import PAPER, PublishedNumber
from benchmark.report.summary import SummaryRow

SINGLE_SEED = "a single seed: no interval"


@dataclass
class Notes:
    """The notes below a table. The same note has the same mark wherever it is called for."""

    general: list[str]
    understood: set[str]  # what the general notes say of every row, so that it needs no marks
    marked: dict[str, str] = field(default_factory=dict)  # note -> mark, in the order of their first use

    def marks(self, about: Iterable[str]) -> tuple[str, ...]:
        """The marks by which a reader finds these notes."""
        wanted = [note for note in about if note not in self.understood]
        return tuple(self.marked.setdefault(note, _letters(len(self.marked))) for note in wanted)


def general_notes(rows: list[SummaryRow]) -> Notes:
    """Notes on the columns of a table with these rows."""
    notes = Notes([], set())
    most_seeds = max(len(row.seeds) for row in rows)
    if most_seeds > 1:
        notes.general.append("accuracy: mean and 95 % t-interval over seeds")
    elif most_seeds == 1:
        notes.general.append(f"accuracy: {SINGLE_SEED}")
        notes.understood.add(SINGLE_SEED)
    clocks = Counter(measured_on(row) for row in rows if row.clock)
    if clocks:
        usual = clocks.most_common(1)[0][0]
        unless = " unless marked" if len(clocks) > 1 else ""
        notes.general.append(f"ms: one task at a time, from pixels; median over seeds; {usual}{unless}")
        notes.understood.add(usual)
    tables = sorted({row.paper.source.removeprefix("Table ") for row in rows if row.paper})
    if tables:
        named = f"Table{'s' if len(tables) > 1 else ''} {' and '.join(tables)}"
        notes.general.append(f"paper: “{PAPER}”, {named}; mean of 5 runs under its own protocol")
    if any(row.published for row in rows):
        notes.general.append("published: by others, each under its own protocol")
    return notes


def about_method(row: SummaryRow) -> list[str]:
    """Notes for a row's name."""
    return ["transductive: an answer depends on the task's other queries"] if row.transductive else []


def about_accuracy(row: SummaryRow) -> list[str]:
    """Notes for a row's accuracy: seeds that failed, with their reasons, or are missing."""
    about = [SINGLE_SEED] if len(row.seeds) == 1 else []
    for reason in dict.fromkeys(reason for _, reason in row.failures):
        about.append(f"{_seeds([seed for seed, why in row.failures if why == reason])} failed: {reason}")
    return [*about, f"{_seeds(row.absent)} missing"] if row.absent else about


def about_paper(row: SummaryRow) -> list[str]:
    """Notes for the paper's number of a row that has one."""
    return [f"called {row.paper.name} in the paper"] if row.paper.name != row.method else []


def about_published(number: PublishedNumber) -> str:
    """The source of a published number, with its caveats."""
    transductive = "; transductive" if number.transductive else ""
    unverified = "; recalled from memory, not yet compared with the source" if number.unverified else ""
    return f"{number.source}{transductive}{unverified}"


def clock_name(clock: dict) -> str:
    """The device, threads and precision of a latency measurement, for readers."""
    known = ("device_name", "device", "threads", "precision")
    parts = [clock["device"], f"{clock['threads']} threads", clock["precision"]]
    parts += [f"{name} {value}" for name, value in clock.items() if name not in known]
    return f"{clock['device_name']} ({', '.join(parts)})"


def measured_on(row: SummaryRow) -> str:
    """The note for latencies of a row that has any."""
    return f"measured on {clock_name(row.clock)}"


def _seeds(seeds: Iterable[int]) -> str:
    numbers = [str(seed) for seed in sorted(seeds)]
    return f"seed{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"


def _letters(number: int) -> str:
    """a to z, then aa, ab, ..."""
    alphabet = string.ascii_lowercase
    return (_letters(number // 26 - 1) if number >= 26 else "") + alphabet[number % 26]
