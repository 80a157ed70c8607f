"""Critical-difference diagrams: average ranks, with bars over methods that Nemenyi's test does not tell apart."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from matplotlib.axes import Axes

from benchmark.analysis.statistics import LEVEL, Ranking
from benchmark.report.comparisons import OverSettings, rank_over
from benchmark.report.plots import style
from benchmark.report.summary import SummaryRow
from methods.errors import UserError


@dataclass(frozen=True)
class Diagram:
    """The methods of a suite, ranked over its data sets and settings."""

    title: str
    methods: list[OverSettings]  # best first
    ranking: Ranking
    left_out: list[str]  # labels that did not finish everywhere


def diagrams(rows: Iterable[SummaryRow]) -> list[Diagram]:
    """A diagram per suite and profile; UserError where nothing can be ranked."""
    suites: dict[tuple[str, str], list[SummaryRow]] = {}
    for row in rows:
        suites.setdefault((row.sheet["suite"], row.sheet["profile"]), []).append(row)
    drawable = []
    for (suite, profile), members in suites.items():
        methods, ranking = rank_over(members)
        if ranking:
            title = f"{suite}, profile {profile}: average rank over {ranking.blocks} settings, 1 being the best"
            names = {row.label: row.named() for row in members}
            left_out = sorted(names[label] for label in names.keys() - frozenset().union(*(m.labels for m in methods)))
            shown = [replace(method, label=names[method.label]) for method in methods]
            drawable.append(Diagram(title, shown, ranking, left_out))
    if not drawable:
        raise UserError("Ranks need two methods that finished in all of at least two settings; there are none here.")
    return drawable


def indistinguishable(ranking: Ranking) -> list[tuple[int, int]]:
    """First and last of each longest run of methods, by rank, that do not differ."""
    average = ranking.average
    runs: list[tuple[int, int]] = []
    for first in range(len(average)):
        last = max(i for i in range(first, len(average)) if not ranking.distinguishable(first, i))
        if last > first and (not runs or last > runs[-1][1]):
            runs.append((first, last))
    return runs


@style.own_settings()
def draw(shown: Sequence[Diagram]) -> style.Drawing:
    """The figure (Demšar 2006, Figure 1): best to the left."""
    height = max(1.3 + 0.26 * len(diagram.methods) + 0.13 * len(_notes(diagram)) for diagram in shown)
    figure, axes = style.panels(len(shown), width=max(map(_width, shown)), height=height)
    for ax, diagram in zip(axes, shown, strict=True):
        _draw_diagram(ax, diagram)
    return figure


def _width(diagram: Diagram) -> float:
    """Inches that have room for the longest name and its rank on either side of the scale."""
    count = len(diagram.methods)
    beside = (0.6 + 0.28 * count) / (0.6 + 1.56 * count)  # share of the width on one side, by the limits of the axis
    return max(7.0, 0.064 * max(len(style.text(method.label)) + 6 for method in diagram.methods) / beside)


def _draw_diagram(ax: Axes, diagram: Diagram) -> None:
    average, count = diagram.ranking.average, len(diagram.methods)
    bars = _bars(diagram)
    below = 0.35 + 0.22 * len(bars)  # where the names begin
    left = (count + 1) // 2
    ax.axis("off")
    ax.set_xlim(0.2 - 0.28 * count, count + 0.8 + 0.28 * count)
    ax.set_ylim(-below - 0.45 * left - 0.2, 1.5)
    ax.plot([1, count], [0, 0], color="black", linewidth=1)
    for tick in range(1, count + 1):
        ax.plot([tick, tick], [0, 0.12], color="black", linewidth=1)
        ax.text(tick, 0.2, str(tick), ha="center", va="bottom", fontsize=8)
    for i, (method, rank) in enumerate(zip(diagram.methods, average, strict=True)):
        to_left = i < left
        level = -below - 0.45 * (i if to_left else count - 1 - i)
        end = 0.8 if to_left else count + 0.2
        ax.plot([rank, rank, end], [0, level, level], color="#555555", linewidth=0.8)
        label = f"{style.text(method.label)} {rank:.2f}" if to_left else f"{rank:.2f} {style.text(method.label)}"
        ax.text(
            end - 0.05 if to_left else end + 0.05,
            level,
            label,
            ha="right" if to_left else "left",
            va="center",
            fontsize=10,
        )
    for number, (first, last) in enumerate(bars):
        height = -0.22 * (number + 1)
        ax.plot([average[first] - 0.05, average[last] + 0.05], [height, height], color=style.COLOURS[0], linewidth=3)
    ranking, title = diagram.ranking, style.text(diagram.title)
    if ranking.critical_difference is not None:
        width = min(ranking.critical_difference, count - 1)
        ax.plot([1, 1 + width], [0.95, 0.95], color="black", linewidth=1.5)
        verdict = "p < 0.001" if ranking.p < 0.001 else f"p = {ranking.p:.3f}"
        about = (
            f"critical difference {ranking.critical_difference:.2f} (Nemenyi, {LEVEL:.0%} level); Friedman {verdict}"
        )
        ax.text(1, 1.05, about, ha="left", va="bottom", fontsize=8)
    else:
        title += "; too few for a test"
    ax.text(0, 0, "\n".join(_notes(diagram)), transform=ax.transAxes, va="top", fontsize=8, color="#555555")
    ax.set_title(title, fontsize=9, loc="left")


def _bars(diagram: Diagram) -> list[tuple[int, int]]:
    return indistinguishable(diagram.ranking) if diagram.ranking.p is not None else []


def _notes(diagram: Diagram) -> list[str]:
    """Lines of text below a diagram."""
    notes = ["blue bars join methods that do not differ"] if _bars(diagram) else []
    if diagram.left_out:
        notes.append(f"not ranked, as not finished in all settings: {', '.join(diagram.left_out)}")
    return [style.text(line) for note in notes for line in textwrap.wrap(note, 100, break_on_hyphens=False)]


def data(shown: Sequence[Diagram]) -> list[dict[str, Any]]:
    """The numbers of the figure, as plain values."""
    return [
        {
            "title": diagram.title,
            "ranks": [[method.label, round(method.average_rank, 4)] for method in diagram.methods],
            "critical_difference": diagram.ranking.critical_difference,
            "p": diagram.ranking.p,
            "left_out": diagram.left_out,
        }
        for diagram in shown
    ]
