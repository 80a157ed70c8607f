"""A results folder in Python."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from benchmark.api import values
from benchmark.report import results as reported
from benchmark.report.frame import summary_frame
from benchmark.report.record_frames import episodes_frame, records_frame
from benchmark.report.selection import Selection
from benchmark.store.records import RecordStore

DEFAULT_FOLDER = "ltdi-results"
LEAST_WAY = 2


@dataclass(frozen=True)
class Results:
    """Records of a folder, read once: as data frames, and for `benchmark.plots`.

    docs/python.md says what each column holds.
    """

    folder: Path
    read: reported.Results  # as reports see them

    @cached_property
    def records(self) -> pd.DataFrame:
        """One row per record."""
        return records_frame(self.read)

    @cached_property
    def episodes(self) -> pd.DataFrame:
        """One row per test episode of each finished record."""
        return episodes_frame(self.read)

    @cached_property
    def summary(self) -> pd.DataFrame:
        """One row per method, variant and setting, over its seeds: what `ltdi-bench report --format csv` prints."""
        return summary_frame(self.read.analyses)

    @property
    def store(self) -> RecordStore:
        """The folder's files."""
        return RecordStore(self.folder)

    def __repr__(self) -> str:
        suites = ", ".join(dict.fromkeys(cell.key["suite"] for cell in self.read.cells))
        return f"Results({str(self.folder)!r}: {len(self.read.cells)} records of {suites})"


def load_results(
    folder: str | os.PathLike[str] = DEFAULT_FOLDER,
    *,
    suites: Sequence[str] | str | None = None,
    datasets: Sequence[str] | str | None = None,
    ways: Sequence[int] | int | None = None,
    shots: Sequence[int] | int | None = None,
    methods: Sequence[str] | str | None = None,
    profiles: Sequence[str] | str | None = None,
    reference: Sequence[str] | str | None = None,
) -> Results:
    """Read the records in a folder, or a selection of them: None selects everything.

    Options are those of `ltdi-bench report`; `reference` are the methods that the summary compares others with. Raises
    UserError where the folder has no records, one of them is damaged, or none has a value that is selected.
    """
    selection = Selection(
        suites=values.names("suites", suites),
        datasets=values.names("datasets", datasets),
        ways=values.numbers("ways", ways, LEAST_WAY),
        shots=values.numbers("shots", shots, 0),
        methods=values.names("methods", methods),
        profiles=values.names("profiles", profiles),
    )
    path = values.path("folder", folder)
    return Results(path, reported.read_results(RecordStore(path), values.names("reference", reference), selection))
