"""ltdi-bench run: run those cells of a suite that have no record yet."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from benchmark.cli import _options


@click.command("run")
@click.argument("suite", required=False)
@click.option(
    "--methods",
    type=_options.Listed(),
    help="Run these methods: names or .py files.  [default: the suite's, mostly all]",
)
@click.option(
    "--datasets",
    type=_options.Listed(),
    help="Run on these: names, .py files, folder:PATH or features:FILE.npz.  [default: the suite's that are present]",
)
@click.option("--split", type=_options.Name(), help="Use this class split of the data set.  [default: its first one]")
@click.option("--ways", type=_options.Listed(int, least=2), help="Set the numbers of classes per task, such as 5,20.")
@click.option(
    "--shots", type=_options.Listed(int, least=1), help="Set the numbers of support images per class, such as 1,5."
)
@click.option("--seeds", type=click.IntRange(min=1), help="Run this many seeds.  [default: the suite's, mostly 5]")
@click.option(
    "--first-seed", type=click.IntRange(min=0), help="Start with this seed.  [default: the suite's, mostly 0]"
)
@click.option(
    "--profile", type=_options.Name(), help="Choose the amount of compute: smoke, cpu or paper.  [default: cpu]"
)
@click.option(
    "--body", type=_options.Name(), help="Choose the body: a name, a .py file or timm:NAME.  [default: conv4]"
)
@click.option(
    "--body-epochs",
    type=click.IntRange(min=1),
    help="Pre-train the body for this many epochs.  [default: the profile's]",
)
@click.option(
    "--source",
    type=_options.Name(),
    help="zeroshot: meta-train on this data set.  [default: the first that is present]",
)
@click.option(
    "--target",
    type=_options.Name(),
    help="stress: run the cross-domain test on this data set.  [default: the first that is present]",
)
@click.option(
    "--track",
    type=_options.Name(),
    help="zeroshot: run only this track, gradient-free or semantic.  [default: those of the methods]",
)
@click.option(
    "--semantics",
    type=_options.Place(),
    help="zeroshot: read class vectors from this CSV or NPZ file (docs/suites.md).  [default: letters of the names]",
)
@click.option(
    "--set",
    "changes",
    type=_options.Change(),
    multiple=True,
    help="Change a hyper-parameter of a method. You can repeat this option.",
)
@click.option(
    "--record",
    type=_options.Name(),
    help="Make this record again and no other: name its .json file or the first digits of its hash, and no SUITE.",
)
@_options.results
@_options.data
@click.option(
    "--jobs",
    type=_options.Jobs(),
    default="auto",
    show_default=True,
    envvar="LTDI_BENCH_JOBS",
    show_envvar=True,
    help="Run this many cells at once, in processes; auto: one on each GPU, or one on each core if memory allows.",
)
@click.option(
    "--threads",
    type=click.IntRange(min=1),
    help="Use this many threads in each process.  [default: 1; with one job, as many as there are cores]",
)
@click.option(
    "--device",
    type=_options.Devices(),
    default="auto",
    show_default=True,
    help="Compute on cpu, cuda (all GPUs), cuda:1 or a list of them; auto: on GPUs if there are any.",
)
@click.option(
    "--latency/--no-latency",
    default=True,
    help="Measure latencies after the cells. Use --no-latency on a busy machine, and run the command again later.",
)
@click.option("--dry-run", is_flag=True, help="List the cells, their state and what the rest takes, and train nothing.")
def command(
    suite: str | None,
    record: str | None,
    results: Path,
    jobs: int | None,
    threads: int | None,
    device: str,
    latency: bool,
    dry_run: bool,
    **options,
) -> None:
    """Run a SUITE: meta-train, evaluate and clock every method on every setting and seed.

    The command skips cells that have a record. After an interruption, run it again to continue. To make a record of
    another folder again, name its file: ltdi-bench run --record results/fewshot/RECORD.json --results mine
    """
    from benchmark.api.run import carry_out, requested

    outcome = carry_out(
        requested(suite, record, results, options),
        results,
        jobs=jobs,
        threads=threads,
        device=device,
        latency=latency,
        dry_run=dry_run,
        say=click.echo,
        warn=partial(click.echo, err=True),
    )
    if dry_run:
        for cell, state in outcome.states:
            click.echo(f"{state:8} {cell}")
        for sentence in outcome.forecast:
            click.echo(sentence, err=True)
        return
    if outcome.untouched:
        click.echo(f"All {len(outcome.cells)} cells have records. See them with: ltdi-bench report --results {results}")
        return
    elsewhere = f"{outcome.elsewhere} done by another run, " if outcome.elsewhere else ""
    click.echo(
        f"{outcome.finished} finished, {elsewhere}{outcome.clocked} latencies measured, {outcome.failed} failed. "
        f"See: ltdi-bench report --results {results}"
    )
    if outcome.failed:
        click.get_current_context().exit(1)
