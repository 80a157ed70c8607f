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
    from benchmark.report.plots import tradeoff as plot

    shown = plot.panels(_rows(results, out, chosen), kind, diagnostic)
    _save(plot.draw(shown, kind, diagnostic), out, plot.data(shown))


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
    from benchmark.report.plots import curves as plot

    shown = plot.panels(_rows(results, out, chosen), axis, values)
    _save(plot.draw(shown, axis, values), out, plot.data(shown))


@_plot("sensitivity")
@click.option("--method", type=_options.Name(), help="Default: the method with the most variants.")
@click.option(
    "--x", type=_options.Name(), help="Hyper-parameter of the horizontal axis; default: the one with the most values."
)
@click.option("--y", type=_options.Name(), help="Hyper-parameter of the vertical axis; default: the next one.")
def sensitivity(results: Path, out: Path, method: str | None, x: str | None, y: str | None, **chosen) -> None:
    """Heat map of accuracy over two hyper-parameters of a method."""
    from benchmark.report.plots import sensitivity as plot

    shown = plot.heat_maps(_rows(results, out, chosen), method, x, y)
    _save(plot.draw(shown), out, plot.data(shown))


@_plot("ranks")
def ranks(results: Path, out: Path, **chosen) -> None:
    """Critical-difference diagram: average ranks over data sets and settings."""
    from benchmark.report.plots import ranks as plot

    shown = plot.diagrams(_rows(results, out, chosen))
    _save(plot.draw(shown), out, plot.data(shown))


@_plot("trajectories")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Whose checkpoints.")
@click.option("--chains", type=click.IntRange(1, 100), default=6, show_default=True, help="Chains of each method.")
@_options.data
def trajectories(results: Path, out: Path, seed: int, chains: int, data: Path | None, **chosen) -> None:
    """How methods generate heads and how one is trained, over the loss (the Lt-Di paper's Figure 1).

    What it shows is kept in the results folder, tens of kilobytes. Where that is not there yet, it is made from the
    checkpoints and the data of the records: run it first where they were made. Default: lt-di and lv-di.
    """
    from benchmark.report.plots import trajectories as plot
    from benchmark.report.plots.style import checked_file
    from benchmark.report.results import read_results
    from benchmark.report.selection import Selection
    from benchmark.store.records import RecordStore

    checked_file(out)
    store = RecordStore(results)
    found = read_results(store, selection=Selection(**chosen))
    cells, labels = plot.choose(found, store, seed, chosen["methods"] or plot.METHODS, chains)
    shown = plot.kept(store, cells, labels, chains)
    if shown is None:
        from benchmark.running.traces import keep_trajectories

        keep_trajectories(store, cells, chains, data)
        shown = plot.kept(store, cells, labels, chains)
    _save(plot.draw(shown), out, plot.data(shown))


def _rows(results: Path, out: Path, chosen: dict) -> list:
    from benchmark.report.plots.style import checked_file
    from benchmark.report.results import read_results
    from benchmark.report.selection import Selection
    from benchmark.store.records import RecordStore

    checked_file(out)
    return read_results(RecordStore(results), selection=Selection(**chosen)).rows


def _save(figure, out: Path, data=None) -> None:
    from benchmark.report.plots.style import save

    save(figure, out, data)
    click.echo(f"{out} is written.")
