"""A run that is killed at random moments ends with the records of one that is not."""

import multiprocessing
import os
import random
import signal
import sys
import time

import pytest

from tests.running.conftest import make_small, only, results

METHODS = ["prototypes", "ridge", "lt-di"]
# The last two are what torch and scipy import at the first use of an optimiser and of a schedule.
PRELOADED = [
    "tests.running.conftest",
    "benchmark.running.executor",
    "methods.algorithms.lt_di",
    "torch._dynamo",
    "scipy.optimize",
]


def child(arguments, cache):
    """Runs in a process of its own, forked from one that has imported everything slow already."""
    os.environ["LTDI_BENCH_CACHE"] = cache
    from benchmark.cli import main
    from benchmark.store import checkpoints

    make_small(pytest.MonkeyPatch())
    checkpoints.INTERVAL = 0.0
    sys.argv = ["ltdi-bench", *arguments]
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: PTH123, SIM115
    main()


def run_in_a_process(arguments, cache):
    """Its exit code: minus the signal's number where it was killed."""
    process = launch(arguments, cache)
    process.join()
    return process.exitcode


def start(folder):
    return launch(["run", "fewshot", *only(METHODS), "--results", str(folder / "results")], folder / "cache")


def launch(arguments, cache):
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(PRELOADED)
    process = server.Process(target=child, args=(arguments, str(cache)))
    process.start()
    return process


def test_ten_kills_change_nothing(tmp_path):
    run_in_a_process(["--version"], tmp_path)  # starts the fork server, which imports what is slow
    begin = time.monotonic()
    process = start(tmp_path / "undisturbed")
    process.join()
    whole = time.monotonic() - begin
    assert process.exitcode == 0
    expected = results(tmp_path / "undisturbed" / "results")
    assert len(expected) == 2 * len(METHODS)

    rng = random.Random(0)
    killed, finished, folder = 0, 0, tmp_path / "disturbed-0"
    while killed < 10 or results(folder / "results") != expected:
        process = start(folder)
        process.join(timeout=rng.uniform(0.05, 0.7) * whole if killed < 10 else None)
        if process.exitcode is None:
            os.kill(process.pid, signal.SIGKILL)
            process.join()
            killed += 1
            assert results(folder / "results").items() <= expected.items()
        else:
            assert process.exitcode == 0
            assert results(folder / "results") == expected
            if killed < 10:  # it got to the end between two kills: once more, from nothing
                finished += 1
                folder = tmp_path / f"disturbed-{finished}"
