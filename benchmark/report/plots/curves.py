"""Learning curves: what a method knows on validation classes while it is meta-trained."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import takewhile
from typing import Any

import numpy as np

from benchmark.analysis.statistics import mean_interval
from benchmark.report.entries import setting_name
from benchmark.report.plots import style
from benchmark.report.summary import SummaryRow, seconds_before
from methods.errors import UserError, unknown

ACCURACY = "validation_accuracy"
AXES = {
    "steps": "meta-training steps",
    "seconds": "seconds of meta-training",
    "all-seconds": "seconds of weight preparation and meta-training",
}
BANDS = 6  # curves in a panel that each have their interval as a band; of more, only the ends can be told apart
UNEQUAL = 3  # times the shortest curve: from there on the axis is logarithmic, or short curves would be a corner


@dataclass(frozen=True)
class Curve:
    """The mean over the seeds that have a curve, at the steps that all of them have."""

    label: str
    x: list[float]
    value: list[float]  # accuracy in percent, or a diagnostic as it is
    interval: list[float | None]
    seeds: int


def panels(rows: Iterable[SummaryRow], axis: str, values: Sequence[str] = (ACCURACY,)) -> dict[str, list[Curve]]:
    """Curves of the accuracy or of diagnostics, by the title of their panel; UserError where no record holds them.

    A panel shows one value of all methods in a setting or, of several values, those of one method.
    """
    rows = list(rows)
    known = {name for row in rows for name in curve_values(row)}
    if not known:
        raise UserError("No record here holds a learning curve; see `curve` in docs/design.md for what writes one.")
    for value in values:
        if value not in known:
            raise unknown("value of the learning curves", value, known)
    by_panel: dict[str, list[Curve]] = {}
    for row in rows:
        for value in values:
            panel, label = setting_name(row.setting), row.named()
            if len(values) > 1:
                panel, label = f"{panel}, {label}", value.replace("_", " ")
            if curve := _curve(row, axis, value, label):
                by_panel.setdefault(f"{row.title}\n{panel}", []).append(curve)
    return by_panel


def curve_values(row: SummaryRow) -> set[str]:
    """The values of a row's learning curves at each of their points."""
    return {name for cell in row.cells for point in cell.outcome["curve"] or () for name in point} - {"step", "seconds"}


@style.own_settings()
def draw(shown: dict[str, list[Curve]], axis: str, values: Sequence[str] = (ACCURACY,)) -> style.Drawing:
    """The figure: a line per method, or per value, with the 95 % t-interval over seeds: a band, or at the end."""
    accuracy = tuple(values) == (ACCURACY,)
    look = style.looks(curve.label for curves in shown.values() for curve in curves)
    figure, axes = style.panels(len(shown))
    for ax, curves in zip(axes, shown.values(), strict=True):
        for curve in curves:
            seen, mean = look[curve.label], np.array(curve.value)
            ax.plot(curve.x, mean, color=seen.colour, linestyle=seen.line, linewidth=1.4)
            half = _halves(curve, len(curves))
            if half.any() and len(curves) <= BANDS:
                ax.fill_between(curve.x, mean - half, mean + half, color=seen.colour, alpha=0.15, linewidth=0)
            elif half.any():
                ax.errorbar(curve.x[-1], mean[-1], half[-1], color=seen.colour, elinewidth=0.9, capsize=2)
        if accuracy:
            sides = [np.add(curve.value, side * _halves(curve, len(curves))) for curve in curves for side in (-1, 1)]
            style.accuracy_axis(ax, [mean for curve in curves for mean in curve.value], np.concatenate(sides))
        ends = [curve.x[-1] for curve in curves]
        if max(ends) > UNEQUAL * min(ends) and min(x for curve in curves for x in curve.x) > 0:
            ax.set_xscale("log")
            style.plain_numbers(ax)
        ax.set_xlabel(AXES[axis])
        ax.set_ylabel("validation accuracy, %" if accuracy else style.text(_shared_name(values)))
    style.titles(figure, axes, [(title.partition("\n")[0], title.partition("\n")[2]) for title in shown])
    ends = [(curve.label, curve.value[-1]) for curves in shown.values() for curve in curves]
    highest = {label: np.mean([value for name, value in ends if name == label]) for label in look}
    in_order = dict(sorted(look.items(), key=lambda item: -highest[item[0]]))  # as lines end, from the top
    style.legend(figure, in_order, markers=False, lines=look)
    return figure


def data(shown: dict[str, list[Curve]]) -> dict[str, list[dict[str, Any]]]:
    """The numbers of the figure, as plain values with the digits that can be seen."""
    return {title: [style.rounded(asdict(curve)) for curve in curves] for title, curves in shown.items()}


def _halves(curve: Curve, among: int) -> np.ndarray:
    """Half widths of the intervals that are drawn of a curve among so many, 0 elsewhere."""
    half = np.array([width or 0.0 for width in curve.interval])
    if among > BANDS:
        half[:-1] = 0.0
    return half


def _shared_name(values: Sequence[str]) -> str:
    """The words with which the names of all values begin."""
    words = zip(*(value.split("_") for value in values), strict=False)
    return " ".join(column[0] for column in takewhile(lambda column: len(set(column)) == 1, words))


def _curve(row: SummaryRow, axis: str, value: str, label: str) -> Curve | None:
    curves = [(cell, [point for point in cell.outcome["curve"] or () if value in point]) for cell in row.cells]
    curves = [(cell, curve) for cell, curve in curves if curve]
    by_seed = [{point["step"]: point for point in curve} for _, curve in curves]
    steps = sorted(set.intersection(*map(set, by_seed))) if by_seed else []
    if not steps:
        return None
    unit = 100 if value == ACCURACY else 1
    intervals = [mean_interval([unit * points[step][value] for points in by_seed]) for step in steps]
    x = [float(s) for s in steps]
    if axis != "steps":
        before = [seconds_before(cell) if axis == "all-seconds" else 0.0 for cell, _ in curves]
        x = [float(np.mean([p[s]["seconds"] + b for p, b in zip(by_seed, before, strict=True)])) for s in steps]
    return Curve(label, x, [mean for mean, _ in intervals], [half for _, half in intervals], len(by_seed))
