"""How all plots look: colours that the colour-blind tell apart, shapes that survive a black-and-white print."""

from __future__ import annotations

import hashlib
import json
import math
import textwrap
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter

from benchmark.paths import write_whole
from benchmark.report.escaping import plain
from methods.errors import UserError

# Okabe and Ito's colours without yellow, which vanishes on white paper.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*", "<", ">", "h")
LINES = ("-", "--", "-.", ":")
HEAT = "cividis"  # made for the colour-blind, and monotonic in brightness
SUFFIXES = (".png", ".svg", ".pdf")
_SETTINGS = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "figure.dpi": 150,
    "savefig.facecolor": "white",
    "svg.hashsalt": "ltdi-bench",  # the same plot is the same file
}


@dataclass(frozen=True)
class Look:
    """Colour, marker and line of a method, the same in all panels of a figure."""

    colour: str
    marker: str
    line: str


def looks(labels: Iterable[str]) -> dict[str, Look]:
    """A look for each label. Colours repeat after seven, markers after eleven: together after 77."""
    return {
        label: Look(COLOURS[i % len(COLOURS)], MARKERS[i % len(MARKERS)], LINES[i % len(LINES)])
        for i, label in enumerate(sorted(set(labels)))
    }


def text(of: str) -> str:
    """Text of a record, in which matplotlib is to find no formula and no hidden label."""
    shown = textwrap.shorten(plain(of), 100, placeholder=" …").replace("$", r"\$")
    return f" {shown}" if shown.startswith("_") else shown


def panels(count: int, width: float = 4.2, height: float = 3.4) -> tuple[Figure, list[Axes]]:
    """A figure with this many panels, at most three in a row."""
    columns = min(3, count) if count != 4 else 2
    rows = math.ceil(count / columns)
    with mpl.rc_context(_SETTINGS):
        figure = Figure(figsize=(width * columns, height * rows), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False).ravel().tolist()
    for spare in axes[count:]:
        spare.remove()
    return figure, axes[:count]


def accuracy_axis(ax: Axes) -> None:
    """Percent on a logit scale: 98 and 99 are as far apart as chance deserves, and a method at chance fits too."""

    def logit(percent: np.ndarray) -> np.ndarray:
        share = np.clip(np.asarray(percent, dtype=float) / 100, 1e-4, 1 - 1e-4)
        return np.log(share / (1 - share))

    ax.set_yscale("function", functions=(logit, lambda x: 100 / (1 + np.exp(-x))))
    ax.yaxis.set_major_locator(FixedLocator([1, 5, 20, 50, 80, 90, 95, 98, 99, 99.5, 99.9]))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def plain_numbers(ax: Axes) -> None:
    """Ticks such as 0.1, 0.2 and 0.5 on a logarithmic horizontal axis."""
    if ax.get_xscale() == "log":
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())


def legend(figure: Figure, shown: dict[str, Look], *, lines: bool = False) -> None:
    """One legend below all panels."""
    handles = [
        Line2D([], [], color=look.colour, marker=None if lines else look.marker, linestyle=look.line if lines else "")
        for look in shown.values()
    ]
    with mpl.rc_context(_SETTINGS):
        figure.legend(handles, [text(label) for label in shown], loc="outside lower center", ncols=4, fontsize=8)


def save(figure: Figure, file: Path, data: Any = None) -> None:
    """Write a figure whole, as its suffix says; UserError for one that is not known.

    `data`, where given, is what the figure shows: an SVG then carries its fingerprint, so that a plot which is out of
    date is found without comparing drawings.
    """
    write_whole(checked_file(file), rendered(figure, file.suffix.lower().removeprefix("."), data))


def rendered(figure: Figure, form: str, data: Any = None) -> bytes:
    """The figure in a format, the same bytes every time."""
    metadata = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}, "pdf": {"CreationDate": None}}[form]
    if form == "svg" and data is not None:
        metadata = {**metadata, "Description": fingerprint(data)}
    buffer = BytesIO()
    with mpl.rc_context(_SETTINGS):
        figure.savefig(buffer, format=form, metadata=metadata)
    return buffer.getvalue()


def checked_file(file: Path) -> Path:
    if file.suffix.lower() not in SUFFIXES:
        raise UserError(f"A plot cannot be written as {file.name!r}; end its name in {', '.join(SUFFIXES)}.")
    return file


def fingerprint(data: Any) -> str:
    """A name for what a plot shows, of plain values."""
    return f"data {hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]}"


def fingerprint_in(svg: bytes) -> str | None:
    """The fingerprint that an SVG carries, or None."""
    try:
        found = ElementTree.fromstring(svg).find(".//{http://purl.org/dc/elements/1.1/}description")
    except ElementTree.ParseError:
        return None
    return None if found is None else found.text
