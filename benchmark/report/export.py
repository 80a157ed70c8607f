"""Data frames of results as files for other programs: CSV, or Parquet, which keeps the types of columns."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pandas as pd

from benchmark.report.frame import summary_frame
from benchmark.report.record_frames import episodes_frame, records_frame
from benchmark.report.results import Results
from benchmark.system.paths import write_whole
from methods.errors import UserError

FRAMES: dict[str, Callable[[Results], pd.DataFrame]] = {
    "records": records_frame,
    "episodes": episodes_frame,
    "summary": lambda results: summary_frame(results.analyses),
}


def checked_export(file: Path) -> Path:
    """The file; UserError where its suffix names no format, or one that nothing here can write."""
    if file.suffix.lower() not in _FORMATS:
        raise UserError(f"Results cannot be exported as {file.name!r}; end its name in {' or '.join(_FORMATS)}.")
    if file.suffix.lower() == ".parquet" and importlib.util.find_spec("pyarrow") is None:
        raise UserError(
            "Parquet takes pyarrow, which is not installed: run `pip install pyarrow`, or end the file's name in .csv."
        )
    return file


def export(frame: pd.DataFrame, file: Path) -> None:
    """Write a frame whole, as the file's suffix says; UserError as `checked_export` raises it."""
    write_whole(checked_export(file), _FORMATS[file.suffix.lower()](frame))


def _csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False, lineterminator="\n").encode("utf-8", "replace")


def _parquet(frame: pd.DataFrame) -> bytes:
    buffer = BytesIO()
    frame.to_parquet(buffer, engine="pyarrow", index=False)
    return buffer.getvalue()


_FORMATS: dict[str, Callable[[pd.DataFrame], bytes]] = {".csv": _csv, ".parquet": _parquet}
