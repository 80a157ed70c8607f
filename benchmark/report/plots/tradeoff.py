"""Accuracy against what it costs, one panel per setting, with the methods that nothing beats in both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmark.keys import digest
from benchmark.report.labels import variant_labels
from benchmark.report.notes import clock_name
from benchmark.report.plots import style
from benchmark.report.sheets import setting_name
from benchmark.report.summary import SummaryRow
from methods.errors import UserError


@dataclass(frozen=True)
class Cost:
    """What can be on the horizontal axis."""

    of: Callable[[SummaryRow], float | None]
    name: str
    scale: str  # of the axis
    error: bool = False  # the vertical axis shows 100 % less the accuracy


COSTS = {
    "latency": Cost(lambda row: row.ms_per_sample, "ms per sample", "log"),
    "training": Cost(lambda row: row.training_seconds, "preparation and meta-training, s", "symlog"),
    "diffusion-steps": Cost(
        lambda row: (row.settings.get("hyperparameters") or {}).get("diffusion_steps"),
        "diffusion steps",
        "log",
        error=True,
    ),
}


@dataclass(frozen=True)
class Point:
    """A method in a panel."""

    label: str
    series: str  # what is connected: the variants that differ in nothing but this cost
    cost: float
    value: float  # percent: accuracy, or error
    interval: float | None


@dataclass(frozen=True)
class Panel:
    """The methods of a setting that were measured on the same clock."""

    title: str
    subtitle: str
    points: list[Point]
    front: list[Point]  # by rising cost


def panels(rows: Iterable[SummaryRow], kind: str) -> list[Panel]:
    """A panel per sheet and setting in which anything has that cost; UserError if nothing has."""
    blocks: dict[tuple[str, str], list[SummaryRow]] = {}
    cost = COSTS[kind]
    for row in rows:
        if row.accuracy is not None and cost.of(row) is not None:
            blocks.setdefault((row.title, setting_name(row.setting)), []).append(row)
    if not blocks:
        raise UserError(f"No finished record here has {cost.name}; choose another --x, or other records.")
    return [_panel(title, setting, members, kind) for (title, setting), members in blocks.items()]


def pareto_front(points: Iterable[Point], lowest: bool = False) -> list[Point]:
    """The points that no other beats in both, by rising cost; `lowest` where a low value is the good one."""
    front: list[Point] = []
    for point in sorted(points, key=lambda p: (p.cost, p.value if lowest else -p.value)):
        if not front or (point.value < front[-1].value if lowest else point.value > front[-1].value):
            front.append(point)
    return front


def draw(shown: list[Panel], kind: str) -> Figure:
    """The figure."""
    cost = COSTS[kind]
    look = style.looks(point.series for panel in shown for point in panel.points)
    figure, axes = style.panels(len(shown))
    for ax, panel in zip(axes, shown, strict=True):
        _draw_panel(ax, panel, cost, look)
        ax.set_xlabel(cost.name)
        ax.set_ylabel("error, %" if cost.error else "accuracy, %")
        ax.set_title(f"{style.text(panel.title)}\n{style.text(panel.subtitle)}", fontsize=7, loc="left")
    style.legend(figure, look)
    return figure


def data(shown: list[Panel]) -> list[dict]:
    """What the figure shows, as plain values with the digits that can be seen."""

    def rounded(point: Point) -> dict:
        return {name: float(f"{v:.5g}") if isinstance(v, float) else v for name, v in asdict(point).items()}

    return [{"titles": [panel.title, panel.subtitle], "points": [*map(rounded, panel.points)]} for panel in shown]


def _panel(title: str, setting: str, rows: list[SummaryRow], kind: str) -> Panel:
    cost, subtitle = COSTS[kind], setting
    if kind == "latency":  # times by different clocks do not compare
        clocks = Counter(digest(row.clock) for row in rows)
        usual = clocks.most_common(1)[0][0]
        elsewhere = sorted(row.label for row in rows if digest(row.clock) != usual)
        rows = [row for row in rows if digest(row.clock) == usual]
        subtitle += f"; {clock_name(rows[0].clock)}"
        if elsewhere:
            subtitle += f"; measured elsewhere: {', '.join(elsewhere)}"
    series = _series(rows) if cost.error else {row.label: row.label for row in rows}
    points = [
        Point(
            row.label,
            series[row.label],
            float(cost.of(row)),
            100 - row.accuracy if cost.error else row.accuracy,
            row.interval,
        )
        for row in rows
    ]
    return Panel(title, subtitle, points, pareto_front(points, lowest=cost.error))


def _series(rows: list[SummaryRow]) -> dict[str, str]:
    """By a row's label: the label that it would have if all rows had as many diffusion steps."""

    def rest(row: SummaryRow) -> dict:
        own = {n: v for n, v in row.settings["hyperparameters"].items() if n != "diffusion_steps"}
        return {**row.settings, "hyperparameters": own}

    labels = variant_labels({digest({"method": row.method, **rest(row)}): (row.method, rest(row)) for row in rows})
    return {row.label: labels[digest({"method": row.method, **rest(row)})] for row in rows}


def _draw_panel(ax: Axes, panel: Panel, cost: Cost, look: dict[str, style.Look]) -> None:
    ax.set_xscale(cost.scale, **({"linthresh": 1} if cost.scale == "symlog" else {}))
    if not cost.error:
        style.accuracy_axis(ax)
    if cost.error:
        for series in sorted({point.series for point in panel.points}):
            line = sorted((p for p in panel.points if p.series == series), key=lambda p: p.cost)
            seen = look[series]
            ax.plot([p.cost for p in line], [p.value for p in line], seen.line, color=seen.colour, linewidth=1)
    else:
        dearest = max(point.cost for point in panel.points)
        steps = [(p.cost, p.value) for p in panel.front] + [(dearest, panel.front[-1].value)]
        ax.step(*zip(*steps, strict=True), where="post", color="#999999", linewidth=1)
    for point in panel.points:
        seen = look[point.series]
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
        )
    # Of the front, its best end is named: the others are close to each other, and the legend has them all.
    if not cost.error:
        best = panel.front[-1]
        ax.annotate(
            style.text(best.label),
            (best.cost, best.value),
            xytext=(5, 4),
            textcoords="offset points",
            fontsize=7,
            color="#333333",
        )
    ax.margins(x=0.12, y=0.12)
    style.plain_numbers(ax)
