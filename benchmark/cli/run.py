"""ltdi-bench run: run those cells of a suite that have no record yet."""

from __future__ import annotations

from pathlib import Path

import click

from benchmark.cli import _options


@click.command("run")
@click.argument("suite")
@click.option(
    "--methods",
    type=_options.Listed(),
    help="Run these methods: names or .py files.  [default: the suite's, mostly all]",
)
@click.option(
    "--datasets", type=_options.Listed(), help="Run on these data sets.  [default: those of the suite that are present]"
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
    "--body", type=_options.Name(), help="Choose the network of the body, such as conv4 or resnet12.  [default: conv4]"
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
@_options.results
@_options.data
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="Compute on this device.",
)
@click.option(
    "--latency/--no-latency",
    default=True,
    help="Measure latencies too. Use --no-latency on a busy machine, and run the command again later.",
)
@click.option("--dry-run", is_flag=True, help="List the cells and their state, and train nothing.")
def command(suite: str, results: Path, device: str, latency: bool, dry_run: bool, **options) -> None:
    """Run a SUITE: meta-train, evaluate and clock every method on every setting and seed.

    The command skips cells that have a record. After an interruption, run it again to continue.
    """
    from benchmark.planning.plan import make_plan, state
    from benchmark.planning.request import Request
    from benchmark.planning.sizes import check_sizes
    from benchmark.store.records import RecordStore

    store = RecordStore(results)
    plan = make_plan(Request(suite, **options))
    if plan.notice:
        click.echo(plan.notice, err=True)
    if dry_run:
        check_sizes(plan.cells)
        # Only the code of a method, which imports torch, knows what it refuses.
        if options["changes"] or any(cell.study for cell in plan.cells):
            from benchmark.running.executor import check_hyperparameters

            check_hyperparameters(plan.cells)
        for cell in plan.cells:
            click.echo(f"{state(cell, store):8} {cell}")
        return
    if _all_done(plan.cells, store, device, latency):
        click.echo(f"All {len(plan.cells)} cells have records. See them with: ltdi-bench report --results {results}")
        return
    store.ensure_writable()
    check_sizes(plan.cells)

    from benchmark.system.memory import keep_freed_memory

    keep_freed_memory()
    from benchmark.running.executor import check_hyperparameters, choose_device, run_cells

    chosen = choose_device(device)
    check_hyperparameters(plan.cells)
    outcome = run_cells(plan.cells, store, chosen, click.echo, latency=latency)
    click.echo(
        f"{outcome.finished} finished, {outcome.clocked} latencies measured, {outcome.failed} failed. "
        f"See: ltdi-bench report --results {results}"
    )
    if outcome.failed:
        click.get_current_context().exit(1)


def _all_done(cells, store, device: str, latency: bool) -> bool:
    """Whether nothing is left to do; this imports torch only where a GPU may be meant."""
    from benchmark.planning.plan import clocked, recorded
    from benchmark.system.machine import may_have_gpu, processor_name

    if not recorded(cells, store):
        return False
    if not latency:
        return True
    if device == "cuda" or (device == "auto" and may_have_gpu()):
        return False
    return clocked(cells, store, "cpu", processor_name())
