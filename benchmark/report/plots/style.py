"""The look of all plots: colours that the colour-blind tell apart, shapes that survive a black-and-white print."""

from __future__ import annotations

import hashlib
import json
import math
import os
import textwrap
import xml.etree.ElementTree as ElementTree
from collections.abc import Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import style as matplotlib_style
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, SymmetricalLogLocator

from benchmark.report.escaping import plain
from benchmark.report.labels import by_number
from benchmark.system.paths import write_whole
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


@contextmanager
def own_settings() -> Iterator[None]:
    """Within this, matplotlib has its own defaults and those of all plots here, whatever the user has set.

    Also a decorator, for what makes parts of a figure.
    """
    with matplotlib_style.context(_SETTINGS, after_reset=True):
        yield


class Drawing(Figure):
    """A figure that looks the same under all of the user's settings, and shows itself in a notebook without pyplot."""

    shown: Any = None  # what it shows, as plain values, where that was said

    def showing(self, data: Any) -> Drawing:
        """Itself, knowing what it shows: an SVG then carries a fingerprint of that, so that a plot which is out of date
        is found without comparing drawings."""
        self.shown = data
        return self

    def draw(self, renderer) -> None:
        """Draw as matplotlib does; ticks, for one, are made only now."""
        with own_settings():
            super().draw(renderer)

    def savefig(self, *arguments: Any, **options: Any) -> None:
        """Write as matplotlib does: to a path or an open file, of any format that it knows."""
        with own_settings():
            super().savefig(*arguments, **options)

    def _repr_png_(self) -> bytes:
        return rendered(self, "png")


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
        for i, label in enumerate(sorted(set(labels), key=by_number))
    }


def text(value: str) -> str:
    """Text of a record, in which matplotlib is to find no formula and no hidden label."""
    shown = textwrap.shorten(plain(value), 100, placeholder=" …").replace("$", r"\$")
    return f" {shown}" if shown.startswith("_") else shown


def panels(count: int, width: float | None = None, height: float = 3.3) -> tuple[Drawing, list[Axes]]:
    """A figure with this many panels of a size in inches, at most three in a row; one alone is wider."""
    columns = min(3, count) if count != 4 else 2
    width = width or (6.0 if count == 1 else 4.2)
    rows = math.ceil(count / columns)
    with own_settings():
        figure = Drawing(figsize=(width * columns, height * rows), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False).ravel().tolist()
    for spare in axes[count:]:
        spare.remove()
    return figure, axes[:count]


def titles(figure: Figure, axes: list[Axes], lines: list[tuple[str, str]]) -> None:
    """A title and a subtitle for each panel; a title that all share is that of the figure."""
    shared = {title for title, _ in lines}
    if len(shared) == 1:
        figure.suptitle(text(shared.pop()), fontsize=10, x=0.01, ha="left")
    for ax, (title, subtitle) in zip(axes, lines, strict=True):
        above = f"{text(title)}\n" if shared else ""
        ax.set_title("\n".join([above + text(part) for part in subtitle.split("\n")]), fontsize=8, loc="left")


def accuracy_axis(ax: Axes, values: Iterable[float], ends: Iterable[float]) -> None:
    """Percent on a logit scale: 98 and 99 are as far apart as chance deserves, and low accuracies fit too.

    It holds all values, and the ends of their intervals unless these would leave little room for the values.
    """
    ax.set_yscale("function", functions=(_logit, lambda x: 100 / (1 + np.exp(-x))))
    places, ends = _logit(list(values)), _logit(list(ends))
    low, high = places.min(), places.max()
    room = max(0.6 * (high - low), 0.1)
    low, high = max(low - room, min(low, ends.min())), min(high + room, max(high, ends.max()))
    margin = max(0.08 * (high - low), 0.05)
    low, high = low - margin, high + margin
    ax.set_ylim(*(100 / (1 + np.exp(-np.array([low, high])))))
    ax.yaxis.set_major_locator(FixedLocator(_accuracy_ticks(low, high)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))


def _logit(percent: Iterable[float] | float) -> np.ndarray:
    share = np.clip(np.asarray(percent, dtype=float) / 100, 1e-4, 1 - 1e-4)
    return np.log(share / (1 - share))


def _accuracy_ticks(low: float, high: float) -> list[float]:
    """The finest of some sets of round numbers whose ticks, from one logit to another, do not crowd."""
    ends = [98, 99, 99.5, 99.9]
    finest_first = [
        *([round(step * i, 1) for i in range(1, round(100 / step))] for step in (0.1, 0.2, 0.5, 1, 2)),
        [1, 2, *range(5, 96, 5), *ends],
        [1, 5, *range(10, 91, 10), 95, *ends],
        [1, 5, 20, 50, 80, 90, 95, *ends],
    ]
    for candidates in finest_first:
        inside = [tick for tick in candidates if low <= _logit(tick) <= high]
        if len(inside) > 1 and np.diff(_logit(inside)).min() >= (high - low) / 12:
            return inside
    return [1, 5, 20, 50, 80, 95, 99, 99.9]


def plain_numbers(ax: Axes) -> None:
    """Ticks such as 1, 2, 5 and 10 on a logarithmic horizontal axis, which may be linear up to 1; call it last."""
    low, high = ax.get_xlim()
    spread = high / max(low, 0.1)
    subs = (1, 2, 3, 4, 6, 8) if spread < 5 else (1, 2, 5) if spread < 1000 else (1,)
    if ax.get_xscale() == "log":
        ax.xaxis.set_major_locator(LogLocator(subs=subs))
    if ax.get_xscale() == "symlog":
        ax.xaxis.set_major_locator(SymmetricalLogLocator(base=10, linthresh=1, subs=subs))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())


def legend(figure: Figure, shown: dict[str, Look], *, markers: bool = True, lines: Container[str] = ()) -> None:
    """One legend below all panels: of markers, and of lines for the labels that have one."""
    legend_of(
        figure,
        [
            Line2D(
                [],
                [],
                color=look.colour,
                marker=look.marker if markers else None,
                linestyle=look.line if label in lines else "",
                label=text(label),
            )
            for label, look in shown.items()
        ],
    )


def legend_of(figure: Figure, handles: list[Line2D], columns: int = 4) -> None:
    """One legend below all panels, of lines that have labels."""
    longest = max(len(handle.get_label()) for handle in handles)
    fitting = max(1, int(figure.get_figwidth() * 17 / (longest + 6)))  # characters of this size in an inch
    columns = min(columns, fitting, len(handles))
    figure.set_figheight(figure.get_figheight() + 0.17 * math.ceil(len(handles) / columns))
    figure.legend(handles=handles, loc="outside lower center", ncols=columns, fontsize=8)


def save(figure: Drawing, file: str | os.PathLike[str]) -> None:
    """Write a figure whole, as its suffix says; UserError for one that is not known."""
    path = checked_file(Path(file))
    write_whole(path, rendered(figure, path.suffix.lower().removeprefix(".")))


def rendered(figure: Drawing, form: str) -> bytes:
    """The figure in a format, the same bytes every time."""
    metadata = {"png": {"Software": None}, "svg": {"Date": None, "Creator": None}, "pdf": {"CreationDate": None}}[form]
    if form == "svg" and figure.shown is not None:
        metadata = {**metadata, "Description": fingerprint(figure.shown)}
    buffer = BytesIO()
    figure.savefig(buffer, format=form, metadata=metadata)
    return buffer.getvalue()


def checked_file(file: Path) -> Path:
    if file.suffix.lower() not in SUFFIXES:
        raise UserError(f"A plot cannot be written as {file.name!r}; end its name in {', '.join(SUFFIXES)}.")
    return file


def rounded(data: Any) -> Any:
    """Plain values with the digits that can be seen, so that the last ones make no plot out of date."""
    if isinstance(data, dict):
        return {name: rounded(value) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [rounded(value) for value in data]
    return float(f"{data:.5g}") if isinstance(data, float) else data


def fingerprint(data: Any) -> str:
    """A name for what a plot shows, of plain values."""
    return f"data {hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]}"


def fingerprint_in(svg: bytes) -> str | None:
    """The fingerprint that an SVG carries, or None."""
    try:
        description = ElementTree.fromstring(svg).find(".//{http://purl.org/dc/elements/1.1/}description")
    except ElementTree.ParseError:
        return None
    return None if description is None else description.text
