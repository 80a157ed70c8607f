"""`ltdi-bench plot`: pictures of the results."""

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
            help="File to write: .png, .svg or .pdf.",
        )
        return command.command(name)(_options.results(_options.selection(out(function))))

    return decorate


@click.group("plot")
def command() -> None:
    """Draw the results: PNG, SVG or PDF."""


@_plot("tradeoff")
@click.option(
    "--x",
    "kind",
    type=click.Choice(["latency", "training", "diffusion-steps", "trajectory-length"]),
    default="latency",
    show_default=True,
    help="What the horizontal axis shows.",
)
@click.option(
    "--y",
    "diagnostic",
    type=_options.Name(),
    help="A diagnostic, such as unexplained_variance.  [default: accuracy, or error over steps and length]",
)
def tradeoff(results: Path, out: Path, kind: str, diagnostic: str | None, **chosen) -> None:
    """Accuracy against what it costs, with the Pareto front; or errors against diffusion steps or trajectory length."""
    _draw("tradeoff", results, out, chosen, x=kind, y=diagnostic)


@_plot("curves")
@click.option("--x", "axis", type=click.Choice(["steps", "seconds", "all-seconds"]), default="steps", show_default=True)
@click.option(
    "--y",
    "values",
    type=_options.Listed(),
    default="validation_accuracy",
    show_default=True,
    help="Or a diagnostic that the curves have; several are drawn together, a panel for each method.",
)
def curves(results: Path, out: Path, axis: str, values: tuple[str, ...], **chosen) -> None:
    """Accuracy, or diagnostics, on validation classes during meta-training: mean over seeds."""
    _draw("curves", results, out, chosen, x=axis, y=values)


@_plot("sensitivity")
@click.option("--method", type=_options.Name(), help="Default: the method with the most variants.")
@click.option(
    "--x", type=_options.Name(), help="Hyper-parameter of the horizontal axis; default: the one with the most values."
)
@click.option("--y", type=_options.Name(), help="Hyper-parameter of the vertical axis; default: the next one.")
def sensitivity(results: Path, out: Path, method: str | None, x: str | None, y: str | None, **chosen) -> None:
    """Heat map of accuracy over two hyper-parameters of a method."""
    _draw("sensitivity", results, out, chosen, method=method, x=x, y=y)


@_plot("ranks")
def ranks(results: Path, out: Path, **chosen) -> None:
    """Critical-difference diagram: average ranks over data sets and settings."""
    _draw("ranks", results, out, chosen)


@_plot("trajectories")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Whose checkpoints.")
@click.option("--chains", type=click.IntRange(1, 100), default=6, show_default=True, help="Chains of each method.")
@_options.data
def trajectories(results: Path, out: Path, seed: int, chains: int, data: Path | None, **chosen) -> None:
    """How methods generate heads and how one is trained, over the loss (the Lt-Di paper's Figure 1).

    What it shows is kept in the results folder, tens of kilobytes. Where that is not there yet, it is made from the
    checkpoints and the data of the records: run it first where they were made. Default: lt-di and lv-di.
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
