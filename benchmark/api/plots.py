"""Plots of results as matplotlib figures: those of `ltdi-bench plot`, with its options.

A figure shows itself at the end of a notebook's cell; `save` writes it whole, `figure.savefig` as matplotlib does.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from benchmark.api import values
from benchmark.api.results import Results
from benchmark.report.plots import curves as curves_plot
from benchmark.report.plots import ranks as ranks_plot
from benchmark.report.plots import sensitivity as sensitivity_plot
from benchmark.report.plots import tradeoff as tradeoff_plot
from benchmark.report.plots import trajectories as trajectories_plot
from benchmark.report.plots.style import Drawing, save
from methods.errors import unknown

__all__ = ["curves", "ranks", "save", "sensitivity", "tradeoff", "trajectories"]


def tradeoff(
    results: Results,
    x: Literal["latency", "training", "diffusion-steps", "trajectory-length"] = "latency",
    y: str | None = None,
) -> Drawing:
    """Accuracy against what it costs, with the Pareto front; or errors against diffusion steps or trajectory length.

    `y` is a diagnostic to show in place of the accuracy or the error. Raises UserError where no record has these.
    """
    if x not in tradeoff_plot.COSTS:
        raise unknown("x of a tradeoff", x, tradeoff_plot.COSTS)
    shown = tradeoff_plot.panels(results.read.rows, x, y)
    return tradeoff_plot.draw(shown, x, y).showing(tradeoff_plot.data(shown))


def curves(
    results: Results,
    x: Literal["steps", "seconds", "all-seconds"] = "steps",
    y: Sequence[str] | str = curves_plot.ACCURACY,
) -> Drawing:
    """Draw accuracy, or diagnostics, on validation classes during meta-training: mean over seeds, with its interval.

    `y` are values of the learning curves; several are drawn together, a panel for each method. Raises UserError where
    no record holds a learning curve, or none such a value.
    """
    if x not in curves_plot.AXES:
        raise unknown("x of curves", x, curves_plot.AXES)
    chosen = values.names("y", y) or []
    shown = curves_plot.panels(results.read.rows, x, chosen)
    return curves_plot.draw(shown, x, chosen).showing(curves_plot.data(shown))


def sensitivity(results: Results, method: str | None = None, x: str | None = None, y: str | None = None) -> Drawing:
    """A heat map of a method's accuracy over two of its hyper-parameters.

    By default the method is the one with the most variants, and the hyper-parameters are the two with the most values.
    Raises UserError where none varies.
    """
    shown = sensitivity_plot.heat_maps(results.read.rows, method, x, y)
    return sensitivity_plot.draw(shown).showing(sensitivity_plot.data(shown))


def ranks(results: Results) -> Drawing:
    """Average ranks over data sets and settings. Raises UserError where nothing can be ranked."""
    shown = ranks_plot.diagrams(results.read.rows)
    return ranks_plot.draw(shown).showing(ranks_plot.data(shown))


def trajectories(
    results: Results,
    methods: Sequence[str] | str = trajectories_plot.METHODS,
    seed: int = 0,
    chains: int = trajectories_plot.CHAINS,
    data: Path | None = None,
) -> Drawing:
    """Draw the chains by which methods generate heads, and a training, over the loss (Lt-Di paper, Figure 1).

    What it shows is kept in the results folder. Where that is not there yet, it is made from the records' checkpoints
    and from their data, which lie in the folder `data` (by default, where the command looks for them).
    """
    seed, chains = values.number("seed", seed, 0), values.number("chains", chains, 1)
    store, chosen = results.store, values.names("methods", methods) or []
    cells, labels = trajectories_plot.choose(results.read, store, seed, chosen, chains)
    if trajectories_plot.kept(store, cells, labels, chains) is None:
        from benchmark.running.traces import keep_trajectories

        keep_trajectories(store, cells, chains, data)
    shown = trajectories_plot.kept(store, cells, labels, chains)
    assert shown is not None
    return trajectories_plot.draw(shown).showing(trajectories_plot.data(shown))
