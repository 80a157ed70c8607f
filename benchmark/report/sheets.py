"""What a reader sees, before any format: tables of text with captions and footnotes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from benchmark.report.notes import (
    Notes,
    about_accuracy,
    about_method,
    about_paper,
    about_published,
    general_notes,
    measured_on,
)
from benchmark.report.summary import SummaryRow

COLUMNS = {  # and how they are aligned
    "method": "left",
    "accuracy, %": "left",
    "seeds": "right",
    "adapt ms/task": "right",
    "ms/sample": "right",
    "paper, %": "left",
    "published, %": "left",
}
ABSENT = "–"


@dataclass(frozen=True)
class Piece:
    """A piece of a table entry with the marks of its footnotes. It may hold any character, as records may."""

    text: str
    marks: tuple[str, ...] = ()


Entry = tuple[Piece, ...]  # to be separated by commas


@dataclass(frozen=True)
class Block:
    """The rows of one way and shot."""

    heading: str
    rows: list[tuple[Entry, ...]]  # one entry per column


@dataclass(frozen=True)
class Sheet:
    """One table: one suite, data set, split and profile."""

    title: str
    caption: str
    blocks: list[Block]
    notes: Notes


def lay_out(rows: Iterable[SummaryRow]) -> list[Sheet]:
    """The tables of a summary, in its order."""
    return [_sheet(list(members)) for _, members in groupby(rows, key=lambda row: row.sheet)]


def _sheet(rows: list[SummaryRow]) -> Sheet:
    about = rows[0].sheet
    notes = general_notes(rows)
    blocks = [
        Block(f"{way}-way {shot}-shot", [_entries(row, notes) for row in members])
        for (way, shot), members in groupby(rows, key=lambda row: (row.way, row.shot))
    ]
    hardware = "; ".join(sorted({name for row in rows for name in row.hardware}))
    return Sheet(
        title=f"{about['suite']}: {about['dataset']}, split {about['split']}, profile {about['profile']}",
        caption=f"Data {about['data_fingerprint'][:12]}; {about['episodes']} test episodes per seed, "
        f"{about['queries']} queries per class; protocol {about['protocol']}; run on {hardware}.",
        blocks=blocks,
        notes=notes,
    )


def _entries(row: SummaryRow, notes: Notes) -> tuple[Entry, ...]:
    total = len(row.seeds) + len(row.failures) + len(row.absent)
    seeds = str(total) if len(row.seeds) == total else f"{len(row.seeds)}/{total}"
    about_clock = [measured_on(row)] if row.clock else []

    def entry(text: str, about: Iterable[str] = ()) -> Entry:
        return (Piece(text, notes.marks(about) if text != ABSENT else ()),)

    return (
        entry(row.label, about_method(row)),
        entry(_accuracy(row), about_accuracy(row)),
        entry(ABSENT if row.status == "missing" else seeds),
        entry(_milliseconds(row.adapt_ms_per_task), about_clock),
        entry(_milliseconds(row.ms_per_sample), about_clock),
        entry(f"{row.paper.accuracy:.2f}", about_paper(row)) if row.paper else entry(ABSENT),
        tuple(Piece(f"{number.accuracy:.2f}", notes.marks([about_published(number)])) for number in row.published)
        or entry(ABSENT),
    )


def _accuracy(row: SummaryRow) -> str:
    if row.accuracy is None:
        return "failed" if row.status == "failed" else ABSENT
    return f"{row.accuracy:.2f}" + ("" if row.interval is None else f" ± {row.interval:.2f}")


def _milliseconds(value: float | None) -> str:
    if value is None:
        return ABSENT
    return f"{value:.0f}" if value >= 99.95 else f"{value:#.3g}"
