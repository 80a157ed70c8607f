"""Heat maps of a method's accuracy over two of its hyper-parameters."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmark.report.entries import setting_name
from benchmark.report.labels import variant_labels
from benchmark.report.plots import style
from benchmark.report.summary import SummaryRow
from benchmark.system.keys import digest
from methods.errors import UserError, unknown


@dataclass(frozen=True)
class HeatMap:
    """Accuracies of one method in one setting."""

    title: str
    x_name: str
    y_name: str | None  # None where only one hyper-parameter varies
    x: list[Any]
    y: list[Any]
    rows: dict[tuple[int, int], SummaryRow]  # by position (y, x); a place that nothing was run at is not there


def heat_maps(rows: Iterable[SummaryRow], method: str | None, x: str | None, y: str | None) -> list[HeatMap]:
    """A heat map per setting and per choice of all that is on neither axis; UserError where no hyper-parameter varies.

    By default the method is the one with the most variants, and the axes are the two hyper-parameters with the most
    values.
    """
    rows, whose = list(rows), method or "any method"
    method = method or max(dict.fromkeys(r.method for r in rows), key=lambda m: len(_variants(rows, m)))
    if method not in {row.method for row in rows}:
        raise unknown("method", method, {row.method for row in rows})
    mine = [row for row in rows if row.method == method]
    varying = _varying(mine)
    if not varying:
        raise UserError(
            f"No hyper-parameter of {whose} varies among these records; "
            "run one with several values, such as --set lt-di.steps=500."
        )
    for name in (x, y):
        if name is not None and name not in varying:
            raise unknown(f"hyper-parameter of {method} that varies", name, varying)
    if x is not None and x == y:
        raise UserError(f"Both axes would show {x!r}; choose another hyper-parameter with --x or --y.")
    x = x or next(name for name in varying if name != y)
    y = y or next((name for name in varying if name != x), None)
    off_axes = {id(row): _without(row, x, y) for row in mine}
    labels = variant_labels({digest(settings): (method, settings) for settings in off_axes.values()})
    groups: dict[str, list[SummaryRow]] = {}
    for row in mine:
        lines = [row.named(labels[digest(off_axes[id(row)])]), f"{row.title}, {setting_name(row.setting)}"]
        groups.setdefault("\n".join(lines), []).append(row)
    return [_heat_map(title, members, x, y) for title, members in groups.items()]


@style.own_settings()
def draw(maps: list[HeatMap]) -> style.Drawing:
    """The figure; each map has a colour scale of its own, and every place its number."""
    widest, tallest = max(len(m.x) for m in maps), max(len(m.y) for m in maps)
    figure, axes = style.panels(len(maps), width=max(4.6, 1.6 + 0.75 * widest), height=max(2.2, 1.5 + 0.55 * tallest))
    for ax, heat_map in zip(axes, maps, strict=True):
        _draw_map(figure, ax, heat_map)
    return figure


def data(maps: list[HeatMap]) -> list[dict[str, Any]]:
    """The numbers of the figure, as plain values with the digits that can be seen."""

    def place(row: SummaryRow) -> list[Any]:
        return style.rounded([row.status, row.accuracy, row.interval])

    return [
        {
            "title": heat_map.title,
            "names": [heat_map.x_name, heat_map.y_name],
            "x": list(map(str, heat_map.x)),
            "y": list(map(str, heat_map.y)),
            "rows": [[*at, *place(row)] for at, row in sorted(heat_map.rows.items())],
        }
        for heat_map in maps
    ]


def _draw_map(figure: Figure, ax: Axes, heat_map: HeatMap) -> None:
    values = np.full((len(heat_map.y), len(heat_map.x)), np.nan)
    for place, row in heat_map.rows.items():
        values[place] = np.nan if row.accuracy is None else row.accuracy
    ax.set_facecolor("#eeeeee")
    ax.grid(False)
    image = ax.imshow(np.ma.masked_invalid(values), cmap=style.HEAT, aspect="auto", origin="lower")
    middle = (np.nanmin(values) + np.nanmax(values)) / 2 if np.isfinite(values).any() else 0.0
    for place in np.ndindex(values.shape):
        row = heat_map.rows.get(place)
        if row is None or row.accuracy is None:
            label, colour = ("–" if row is None or row.status == "missing" else "failed"), "black"
        else:
            label = f"{row.accuracy:.2f}" + ("" if row.interval is None else f"\n±{row.interval:.2f}")
            colour = "black" if row.accuracy > middle else "white"
        ax.text(place[1], place[0], label, ha="center", va="center", fontsize=7, color=colour)
    ax.set_xticks(range(len(heat_map.x)), [style.text(str(value)) for value in heat_map.x])
    ax.set_yticks(range(len(heat_map.y)), [style.text(str(value)) for value in heat_map.y])
    ax.set_xlabel(style.text(heat_map.x_name.replace("_", " ")))
    ax.set_ylabel(style.text((heat_map.y_name or "").replace("_", " ")))
    wide = int(12 * (1.6 + 0.75 * max(4, len(heat_map.x))))  # characters of the title's size
    title = [part for line in heat_map.title.split("\n") for part in textwrap.wrap(style.text(line), wide)]
    ax.set_title("\n".join(title), fontsize=8, loc="left")
    with mpl.rc_context({"font.size": 7}):
        figure.colorbar(image, ax=ax, label="accuracy, %", shrink=0.9)


def _heat_map(title: str, rows: list[SummaryRow], x: str, y: str | None) -> HeatMap:
    xs = _ordered(_hyper(row).get(x) for row in rows)
    ys = _ordered(_hyper(row).get(y) for row in rows) if y else [""]
    places = {(ys.index(_hyper(row).get(y)) if y else 0, xs.index(_hyper(row).get(x))): row for row in rows}
    return HeatMap(title, x, y, xs, ys, places)


def _hyper(row: SummaryRow) -> dict[str, Any]:
    """A row's hyper-parameters; nested values are text, which compares."""
    values = row.settings.get("hyperparameters") or {}
    return {name: json.dumps(value) if isinstance(value, list | dict) else value for name, value in values.items()}


def _without(row: SummaryRow, *names: str | None) -> dict[str, Any]:
    """All settings of a row, such as its body, but these hyper-parameters."""
    return {**row.settings, "hyperparameters": {n: value for n, value in _hyper(row).items() if n not in names}}


def _variants(rows: list[SummaryRow], method: str) -> set[str]:
    return {row.label for row in rows if row.method == method}


def _varying(rows: list[SummaryRow]) -> list[str]:
    """Names of the hyper-parameters with more than one value, those with the most values first."""
    values: dict[str, set] = {}
    for row in rows:
        for name, value in _hyper(row).items():
            values.setdefault(name, set()).add(value)
    return sorted((name for name in values if len(values[name]) > 1), key=lambda name: (-len(values[name]), name))


def _ordered(values: Iterable[Any]) -> list[Any]:
    """Numbers by size, then the rest as text."""
    return sorted(set(values), key=lambda v: (0, v, "") if isinstance(v, int | float) else (1, 0, str(v)))
