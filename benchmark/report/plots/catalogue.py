"""Every plot of a suite as it is by default, for files that show some."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from benchmark.report.plots import curves, ranks, sensitivity, tradeoff, trajectories
from benchmark.report.plots.style import Drawing
from benchmark.report.results import Results
from benchmark.store.records import RecordStore
from methods.errors import UserError

RECONSTRUCTION = "unexplained_variance"  # see `WeightGenerator.diagnostics`
ANCHOR_ERROR = "unexplained_variance_anchor_"  # and the anchor's number, see `LtDi.diagnostics`


@dataclass(frozen=True)
class Plot:
    """A plot that can be drawn, and what it shows."""

    about: str  # for readers who do not see it
    data: Any  # plain values
    draw: Callable[[], Drawing]


def _tradeoff(kind: str, diagnostic: str | None, results: Results, store: RecordStore) -> Plot:
    shown = tradeoff.panels(results.rows, kind, diagnostic)
    about = f"{tradeoff.shown_name(kind, diagnostic)} against {tradeoff.COSTS[kind].name}"
    return Plot(about, tradeoff.data(shown), lambda: tradeoff.draw(shown, kind, diagnostic))


def _curves(axis: str, results: Results, store: RecordStore) -> Plot:
    shown = curves.panels(results.rows, axis)
    about = f"accuracy on validation classes against {curves.AXES[axis]}"
    return Plot(about, curves.data(shown), lambda: curves.draw(shown, axis))


def _anchors(results: Results, store: RecordStore) -> Plot:
    known = {name for row in results.rows for name in curves.curve_values(row) if name.startswith(ANCHOR_ERROR)}
    if not known:
        raise UserError("No learning curve here says how far a chain is from its anchors; lt-di's say it.")
    values = sorted(known)
    shown = curves.panels(results.rows, "steps", values)
    about = "how far chains are from the weights that they should pass, against meta-training steps"
    return Plot(about, curves.data(shown), lambda: curves.draw(shown, "steps", values))


def _sensitivity(results: Results, store: RecordStore) -> Plot:
    shown = sensitivity.heat_maps(results.rows, None, None, None)
    axes = " and ".join(filter(None, (shown[0].x_name, shown[0].y_name))).replace("_", " ")
    return Plot(f"accuracy over {axes}", sensitivity.data(shown), lambda: sensitivity.draw(shown))


def _ranks(results: Results, store: RecordStore) -> Plot:
    shown = ranks.diagrams(results.rows)
    return Plot("average ranks over settings", ranks.data(shown), lambda: ranks.draw(shown))


def _trajectories(results: Results, store: RecordStore) -> Plot:
    cells, labels = trajectories.choose(results, store, 0, trajectories.METHODS, trajectories.CHAINS)
    shown = trajectories.kept(store, cells, labels, trajectories.CHAINS)
    if shown is None:
        raise UserError(
            f"No trajectories are kept in {str(store.root)!r}; `ltdi-bench plot trajectories` keeps them "
            "where it is run beside the records' checkpoints."
        )
    about = f"how {' and '.join(sorted(labels))} generate heads, beside the training of one, over the loss"
    return Plot(about, trajectories.data(shown), lambda: trajectories.draw(shown))


PLOTS: dict[str, Callable[[Results, RecordStore], Plot]] = {
    "tradeoff": partial(_tradeoff, "latency", None),
    "training": partial(_tradeoff, "training", None),
    "diffusion-steps": partial(_tradeoff, "diffusion-steps", None),
    "diffusion-steps-reconstruction": partial(_tradeoff, "diffusion-steps", RECONSTRUCTION),
    "trajectory-length": partial(_tradeoff, "trajectory-length", None),
    "trajectory-length-reconstruction": partial(_tradeoff, "trajectory-length", RECONSTRUCTION),
    "curves": partial(_curves, "steps"),
    "curves-all-seconds": partial(_curves, "all-seconds"),
    "anchors": _anchors,
    "sensitivity": _sensitivity,
    "ranks": _ranks,
    "trajectories": _trajectories,
}
