"""`ltdi-bench plot`: draw the results."""

from __future__ import annotations

from pathlib import Path

import click

from benchmark.cli import _options


def _plot(name: str):
    """A command of this group with the options that all have."""

    def decorate(function):
        out = click.option(
            "--out",
            type=_options.Place(dir_okay=False),
            default=Path(f"{name}.svg"),
            show_default=True,
            help="Write this file: .png, .svg or .pdf.",
        )
        return command.command(name)(_options.results(_options.selection(out(function))))

    return decorate


@click.group("plot")
def command() -> None:
    """Draw the results as PNG, SVG or PDF."""


@_plot("tradeoff")
@click.option(
    "--x",
    "kind",
    type=click.Choice(["latency", "training", "diffusion-steps", "trajectory-length"]),
    default="latency",
    show_default=True,
    help="Choose what the horizontal axis shows.",
)
@click.option(
    "--y",
    "diagnostic",
    type=_options.Name(),
    help="Show this diagnostic, such as unexplained_variance.  [default: accuracy, or error over steps and length]",
)
def tradeoff(results: Path, out: Path, kind: str, diagnostic: str | None, **chosen) -> None:
    """Draw accuracy against cost with the Pareto front, or errors against diffusion steps or trajectory length."""
    _draw("tradeoff", results, out, chosen, x=kind, y=diagnostic)


@_plot("curves")
@click.option(
    "--x",
    "axis",
    type=click.Choice(["steps", "seconds", "all-seconds"]),
    default="steps",
    show_default=True,
    help="Choose what the horizontal axis shows.",
)
@click.option(
    "--y",
    "values",
    type=_options.Listed(),
    default="validation_accuracy",
    show_default=True,
    help="Show these values of the curves: the accuracy, or diagnostics. Several share a panel for each method.",
)
def curves(results: Path, out: Path, axis: str, values: tuple[str, ...], **chosen) -> None:
    """Draw accuracy or diagnostics on validation classes during meta-training, as the mean over seeds."""
    _draw("curves", results, out, chosen, x=axis, y=values)


@_plot("sensitivity")
@click.option("--method", type=_options.Name(), help="Show this method.  [default: the one with the most variants]")
@click.option(
    "--x",
    type=_options.Name(),
    help="Put this hyper-parameter on the horizontal axis.  [default: the one with the most values]",
)
@click.option(
    "--y", type=_options.Name(), help="Put this hyper-parameter on the vertical axis.  [default: the next one]"
)
def sensitivity(results: Path, out: Path, method: str | None, x: str | None, y: str | None, **chosen) -> None:
    """Draw a heat map of accuracy over two hyper-parameters of a method."""
    _draw("sensitivity", results, out, chosen, method=method, x=x, y=y)


@_plot("ranks")
def ranks(results: Path, out: Path, **chosen) -> None:
    """Draw a critical-difference diagram of average ranks over data sets and settings."""
    _draw("ranks", results, out, chosen)


@_plot("trajectories")
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Use the checkpoints of this seed."
)
@click.option(
    "--chains", type=click.IntRange(1, 100), default=6, show_default=True, help="Draw this many chains of each method."
)
@_options.data
def trajectories(results: Path, out: Path, seed: int, chains: int, data: Path | None, **chosen) -> None:
    """Draw how methods generate heads, and how one trains, over the loss (the Lt-Di paper's Figure 1).

    The first run needs the checkpoints and the data of the records, so do it on the machine that made them. It keeps
    tens of kilobytes in the results folder, and later runs draw from these. The default methods are lt-di and lv-di.
    """
    named = {"methods": chosen["methods"]} if chosen["methods"] else {}
    _draw("trajectories", results, out, chosen, seed=seed, chains=chains, data=data, **named)


def _draw(plot: str, results: Path, out: Path, chosen: dict, **options) -> None:
    """Write a plot of `benchmark.plots`."""
    from benchmark.api import plots
    from benchmark.api.results import load_results
    from benchmark.report.plots.style import checked_file

    checked_file(out)
    plots.save(getattr(plots, plot)(load_results(results, **chosen), **options), out)
    click.echo(f"{out} is written.")
