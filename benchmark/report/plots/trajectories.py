"""Chains that generate heads, and a training, in one plane over the loss (Lt-Di paper, Figure 1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, LogNorm
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from benchmark.analysis.landscape import Landscape, landscape_key
from benchmark.report.plots import style
from benchmark.report.results import Results
from benchmark.report.rows import MeasuredCell
from benchmark.store.records import RecordStore
from benchmark.system.keys import digest

METHODS = ("lt-di", "lv-di")
CHAINS = 6  # of each method
LEVELS = 17  # of the loss
_GREYS = LinearSegmentedColormap.from_list("light greys", ["#ffffff", "#9aa0a6"])  # curves stand out against it
_TRAINING = "#000000"


@dataclass(frozen=True)
class Shown:
    """One task: what is drawn, with labels by the hash of a record."""

    title: str
    labels: dict[str, str]
    landscape: Landscape


def choose(
    results: Results, store: RecordStore, seed: int, methods: Sequence[str], chains: int
) -> tuple[list[MeasuredCell], list[str]]:
    """The cells to draw, with their labels: those of the first setting whose trajectories are kept, else the first."""
    settings = results.settings_of(seed, methods)
    stored = (one for one in settings if store.trajectories(_key(one[0], chains)))
    return next(stored, settings[0])


def kept(store: RecordStore, cells: Sequence[MeasuredCell], labels: Sequence[str], chains: int) -> Shown | None:
    """The stored trajectories of these cells, or None. UserError where the file is damaged."""
    record = store.trajectories(_key(cells, chains))
    if record is None:
        return None
    key = record["key"]
    title = f"{key['dataset']} {key['way']}-way {key['shot']}-shot, profile {key['profile']}, seed {key['seed']}"
    names = {digest(cell.key): label for cell, label in zip(cells, labels, strict=True)}
    return Shown(title, names, Landscape.of_plain(record["result"]))


@style.own_settings()
def draw(shown: Shown) -> style.Drawing:
    """The figure: filled contours of the loss, the chains from noise (crosses) to heads, and a head's training."""
    landscape = shown.landscape
    wide, high = np.ptp(landscape.x), np.ptp(landscape.y)
    figure, (ax,) = style.panels(1, width=6.4, height=0.9 + 4.6 * min(1.5, max(0.4, high / wide)))
    ax.grid(False)
    ax.set_aspect("equal")  # the axes are orthonormal: distances are those of weights
    levels = np.geomspace(0.999 * landscape.loss.min(), 1.001 * landscape.loss.max(), LEVELS)
    norm = LogNorm(levels[0], levels[-1])
    contours = ax.contourf(landscape.x, landscape.y, landscape.loss, levels, cmap=_GREYS, norm=norm)
    ax.contour(landscape.x, landscape.y, landscape.loss, levels, colors="white", linewidths=0.6)
    bar = figure.colorbar(contours, ax=ax, label="mean cross-entropy on the task's images", shrink=0.8)
    bar.ax.yaxis.set_major_locator(LogLocator())
    bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    bar.ax.yaxis.set_minor_locator(NullLocator())
    handles = []
    look = style.looks(shown.labels.values())
    for name, label in sorted(shown.labels.items(), key=lambda item: item[1]):
        chains, seen = landscape.chains[name], look[label]
        for chain in chains:
            ax.plot(*chain.T, color=seen.colour, marker=".", markersize=3, linewidth=0.8, alpha=0.8)
        ax.plot(*chains[:, 0].T, "x", color=seen.colour, markersize=6)
        end = {"marker": seen.marker, "color": seen.colour, "markersize": 8, "markeredgecolor": "white"}
        ax.plot(*chains[:, -1].T, linestyle="", **end)
        handles.append(Line2D([], [], linewidth=0.8, label=f"{style.text(label)}: chains to generated heads", **end))
    trained = {"color": _TRAINING, "linewidth": 1.8}
    ax.plot(*landscape.optimisation.T, **trained)
    star = {"marker": "*", "markersize": 13, "markeredgecolor": "white"}
    ax.plot(*landscape.optimisation[-1], color=_TRAINING, **star)
    handles.append(Line2D([], [], label="training of a head, to its end", **trained, **star))
    handles.append(Line2D([], [], color="#555555", marker="x", linestyle="", label="noise that chains start in"))
    ax.set_xlabel(f"first principal component ({landscape.shown:.0%} of the variance in both)")
    ax.set_ylabel("second principal component")
    ax.set_title(style.text(shown.title), fontsize=9, loc="left")
    style.legend_of(figure, handles, columns=2)
    return figure


def data(shown: Shown) -> dict[str, Any]:
    """The numbers of the figure, as plain values."""
    return {"title": shown.title, "labels": shown.labels, **shown.landscape.plain()}


def _key(cells: Sequence[MeasuredCell], chains: int) -> dict[str, Any]:
    return landscape_key([cell.key for cell in cells], chains)
