"""Accuracy against what it costs, one panel per setting, with the methods that nothing beats in both.

Or what else was measured, such as a reconstruction error, against the same: then no method beats another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

from matplotlib.axes import Axes
from matplotlib.transforms import ScaledTranslation

from benchmark.report.entries import setting_name
from benchmark.report.labels import variant_labels
from benchmark.report.notes import clock_name
from benchmark.report.plots import style
from benchmark.report.summary import SummaryRow
from benchmark.system.keys import digest
from methods.errors import UserError, unknown


@dataclass(frozen=True)
class Cost:
    """The quantities that can be on the horizontal axis."""

    value: Callable[[SummaryRow], float | None]
    name: str
    scale: str  # of the axis
    error: bool = False  # the vertical axis shows 100 % less the accuracy
    swept: tuple[str, ...] = ()  # hyper-parameters that make this cost: variants that differ in nothing else are joined


COSTS = {
    "latency": Cost(lambda row: row.ms_per_sample, "ms per sample", "log"),
    "training": Cost(
        lambda row: row.training_seconds,
        "preparation and meta-training, s",
        "symlog",
        swept=("steps", "iterations", "prepared_heads"),
    ),
    "diffusion-steps": Cost(
        lambda row: (row.settings.get("hyperparameters") or {}).get("diffusion_steps"),
        "diffusion steps",
        "log",
        error=True,
        swept=("diffusion_steps",),
    ),
    "trajectory-length": Cost(
        lambda row: (row.settings.get("hyperparameters") or {}).get("trajectory_length"),
        "weights of a trajectory",
        "linear",
        error=True,
        swept=("trajectory_length",),
    ),
}


@dataclass(frozen=True)
class Point:
    """A method in a panel."""

    label: str
    series: str  # what is connected: the variants that differ in nothing but this cost
    cost: float
    value: float  # percent: accuracy, or error; a diagnostic as it is
    interval: float | None


@dataclass(frozen=True)
class Panel:
    """The methods of a setting that were measured on the same clock."""

    title: str
    subtitle: str
    points: list[Point]
    front: list[Point]  # by rising cost; empty where a diagnostic is shown
    at_chance: list[str]  # methods that are not drawn: what does no better than guessing trades nothing for its cost


def panels(rows: Iterable[SummaryRow], kind: str, diagnostic: str | None = None) -> list[Panel]:
    """A panel per sheet and setting in which anything has that cost; UserError if nothing has.

    It shows accuracies or errors, else a diagnostic of those rows that have it in every seed.
    """
    rows, cost = list(rows), COSTS[kind]
    blocks: dict[tuple[str, str], list[SummaryRow]] = {}
    if diagnostic:
        known = {name for row in rows for name, measured in row.diagnostics.items() if measured.seeds == row.seeds}
        if diagnostic not in known:
            raise unknown("diagnostic in the results", diagnostic, known)
        rows = [row for row in rows if (value := row.diagnostics.get(diagnostic)) and value.seeds == row.seeds]
    for row in rows:
        if row.accuracy is not None and cost.value(row) is not None:
            blocks.setdefault((row.title, setting_name(row.setting)), []).append(row)
    if not blocks:
        raise UserError(f"No finished record here has {cost.name}; choose another --x, or other records.")
    return [_panel(title, setting, members, kind, diagnostic) for (title, setting), members in blocks.items()]


def shown_name(kind: str, diagnostic: str | None) -> str:
    """The quantity of the vertical axis."""
    if diagnostic:
        return diagnostic.replace("_", " ")
    return "error" if COSTS[kind].error else "accuracy"


def pareto_front(points: Iterable[Point], lowest: bool = False) -> list[Point]:
    """The points that no other beats in both, by rising cost; `lowest` where a low value is the good one."""
    front: list[Point] = []
    for point in sorted(points, key=lambda p: (p.cost, p.value if lowest else -p.value)):
        if not front or (point.value < front[-1].value if lowest else point.value > front[-1].value):
            front.append(point)
    return front


@style.own_settings()
def draw(shown: list[Panel], kind: str, diagnostic: str | None = None) -> style.Drawing:
    """The figure."""
    cost, unit = COSTS[kind], "" if diagnostic else ", %"
    look = style.looks(point.series for panel in shown for point in panel.points)
    figure, axes = style.panels(len(shown))
    for ax, panel in zip(axes, shown, strict=True):
        _draw_panel(ax, panel, cost, look)
        ax.set_xlabel(cost.name)
        ax.set_ylabel(style.text(f"{shown_name(kind, diagnostic)}{unit}, with 95 % t-interval"))
    style.titles(figure, axes, [(panel.title, _subtitle(panel)) for panel in shown])
    joined = {point.series for panel in shown for point in panel.points if point.series != point.label}
    style.legend(figure, look, lines=joined)
    return figure


def data(shown: list[Panel]) -> list[dict]:
    """The numbers of the figure, as plain values with the digits that can be seen."""
    return [
        {
            "titles": [panel.title, _subtitle(panel)],
            "points": [style.rounded(asdict(point)) for point in panel.points],
        }
        for panel in shown
    ]


def _subtitle(panel: Panel) -> str:
    names = ", ".join(panel.at_chance)
    return panel.subtitle + (f"\nat chance, not drawn: {names}" if names else "")


def _panel(title: str, setting: str, rows: list[SummaryRow], kind: str, diagnostic: str | None) -> Panel:
    cost, subtitle = COSTS[kind], setting
    if kind == "latency":  # times by different clocks do not compare
        clocks = Counter(digest(row.clock) for row in rows)
        usual = clocks.most_common(1)[0][0]
        elsewhere = sorted(row.named() for row in rows if digest(row.clock) != usual)
        rows = [row for row in rows if digest(row.clock) == usual]
        subtitle += f"; {clock_name(rows[0].clock)}"
        if elsewhere:
            subtitle += f"; measured elsewhere: {', '.join(elsewhere)}"
    series = _series(rows, cost.swept)
    points = [
        Point(row.named(), series[row.label], float(cost.value(row)), *_value(row, cost, diagnostic)) for row in rows
    ]
    if diagnostic:
        return Panel(title, subtitle, points, [], [])
    chance = 100 / rows[0].way
    better = [point for point in points if cost.error or point.value - (point.interval or 0.0) > chance]
    drawn = better or points
    at_chance = [point.label for point in points if point not in drawn]
    return Panel(title, subtitle, drawn, pareto_front(drawn, lowest=cost.error), at_chance)


def _value(row: SummaryRow, cost: Cost, diagnostic: str | None) -> tuple[float, float | None]:
    """The value of a row, with the half width of its interval."""
    if diagnostic:
        measured = row.diagnostics[diagnostic]
        return measured.mean, measured.interval
    accuracy = row.accuracy or 0.0
    return 100 - accuracy if cost.error else accuracy, row.interval


def _series(rows: list[SummaryRow], swept: tuple[str, ...]) -> dict[str, str]:
    """By a row's label: the label that it would have if the swept hyper-parameters were the same everywhere."""
    if not swept:
        return {row.label: row.named() for row in rows}

    def rest(row: SummaryRow) -> dict:
        fixed = {n: v for n, v in (row.settings.get("hyperparameters") or {}).items() if n not in swept}
        return {**row.settings, "hyperparameters": fixed}

    labels = variant_labels({digest({"method": row.method, **rest(row)}): (row.method, rest(row)) for row in rows})
    return {row.label: row.named(labels[digest({"method": row.method, **rest(row)})]) for row in rows}


def _draw_panel(ax: Axes, panel: Panel, cost: Cost, look: dict[str, style.Look]) -> None:
    ax.set_xscale(cost.scale, **({"linthresh": 1} if cost.scale == "symlog" else {}))
    costs = [point.cost for point in panel.points]
    ends = [point.value + side * (point.interval or 0.0) for point in panel.points for side in (-1, 1)]
    ax.margins(x=0.12)
    traded = bool(panel.front) and not cost.error  # accuracy for a cost
    if not traded:
        margin = 0.08 * (max(ends) - min(ends)) or 1.0
        ax.set_ylim(max(0.0, min(ends) - margin), max(ends) + margin)
    else:
        style.accuracy_axis(ax, [point.value for point in panel.points], ends)
        steps = [(p.cost, p.value) for p in panel.front] + [(max(costs), panel.front[-1].value)]
        ax.step(*zip(*steps, strict=True), where="post", color="#999999", linewidth=1)
    _draw_lines(ax, panel.points, look)
    ax.update_datalim([(point.cost, point.value) for point in panel.points])  # what is drawn aside sets no limits
    for point in panel.points:
        seen = look[point.series]
        aside = ScaledTranslation(_aside(point, panel.points) / 72 if cost.error else 0, 0, ax.figure.dpi_scale_trans)
        ax.errorbar(
            point.cost,
            point.value,
            yerr=point.interval,
            color=seen.colour,
            marker=seen.marker,
            markersize=6,
            markeredgecolor="white",
            markeredgewidth=0.5,
            elinewidth=0.9,
            capsize=2,
            linestyle="",
            transform=ax.transData + aside,
        )
    # Of the front, its best end is named: the others are close to each other, and the legend has them all.
    if traded:
        best = panel.front[-1]
        to_left = best.cost > sorted(costs)[len(costs) // 2]
        ax.annotate(
            style.text(best.label),
            (best.cost, best.value),
            xytext=(-5 if to_left else 5, 4),
            textcoords="offset points",
            ha="right" if to_left else "left",
            fontsize=8,
            color="#333333",
        )
    if min(costs) == max(costs) > 0:
        ax.set_xlim(costs[0] / 2, costs[0] * 2)
    style.plain_numbers(ax)


def _draw_lines(ax: Axes, points: list[Point], look: dict[str, style.Look]) -> None:
    for series in sorted({point.series for point in points}):
        line = sorted((p for p in points if p.series == series), key=lambda p: p.cost)
        seen = look[series]
        ax.plot([p.cost for p in line], [p.value for p in line], seen.line, color=seen.colour, linewidth=1)


def _aside(point: Point, points: list[Point]) -> float:
    """The distance (1/72 inch) of a point from its place, so as not to hide others of the same cost."""
    names = sorted({other.series for other in points if other.cost == point.cost})
    return min(6.0, 30.0 / len(names)) * (names.index(point.series) - (len(names) - 1) / 2)
