"""Failures of a method in one line."""

from __future__ import annotations

import inspect
import traceback
from pathlib import Path


def one_line(error: Exception, method: type) -> str:
    """The kind of an error, the first line of its text, and which line of the method's own file led to it."""
    text = str(error).strip().split("\n")[0][:300]
    said = f"{type(error).__name__}: {text}" if text else type(error).__name__
    file = inspect.getfile(method)
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    return f"{said} ({Path(file).name}, line {lines[-1]})" if lines else said
