"""Cells in processes of their own: the same records, whatever happens to a worker."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmark.cells.inputs import resolve
from benchmark.planning.plan import make_plan
from benchmark.planning.request import Request
from benchmark.store.cache import artefact_folder
from benchmark.store.records import RecordStore
from benchmark.system.claims import claim
from tests.running.conftest import only, results
from tests.running.test_kill import launch, run_in_a_process

pytestmark = pytest.mark.usefixtures("warmed")

SMALL = """
from methods import weight_generator
from methods.algorithms.lt_di import LtDi

weight_generator.VALIDATION_HEADS = 16


class Small(LtDi):
    pass
"""
LOGGED = '''
"""Learns nothing in steps that it writes down."""

import os
import signal
import time
from pathlib import Path

import torch

from benchmark.store import checkpoints
from methods.errors import UserError
from methods.interface import Method, Progress
from methods.support import class_means, cosine_logits

checkpoints.INTERVAL = 0.0
HERE = Path(__file__).parent


def wanted(name):
    """Whether a file asks for this, once."""
    try:
        (HERE / name).unlink()
    except FileNotFoundError:
        return False
    return True


class Logged(Method):
    def build(self, problem):
        self.weights = torch.nn.Parameter(torch.ones(problem.input_shape))

    def fit(self, context):
        yield from context.training.run(lambda done: self.steps(context.seed, done), method=self)

    def steps(self, seed, done):
        for step in range(done + 1, 6):
            with (HERE / "steps").open("a") as log:
                log.write(f"{seed} {step}\\n")
            if step == 3 and wanted("kill"):
                os.kill(os.getpid(), signal.SIGKILL)
            if step == 3 and wanted("leave"):
                os._exit(3)
            if step == 3 and wanted("complain"):
                raise UserError("The disk is full; make room.")
            if step == 3 and wanted("hang"):
                (HERE / "hanging").write_text(f"{os.getpid()} {seed}")
                time.sleep(600)
            self.weights.data += torch.randn(
                self.weights.shape, generator=torch.Generator().manual_seed(step)
            )
            yield Progress(step, 5, 0.0)

    def adapt(self, task):
        return class_means(task, task.support.x * self.weights)

    def predict(self, state, query):
        return cosine_logits(state, query.x * self.weights)
'''


@pytest.fixture
def logged(tmp_path):
    """The method, in a folder of its own."""
    file = tmp_path / "method" / "logged.py"
    file.parent.mkdir()
    file.write_text(LOGGED)
    return file


@pytest.fixture
def arguments(logged):
    return ["run", "fewshot", *only([str(logged)]), "--no-latency", "--jobs=2"]


def steps(logged):
    return sorted((logged.parent / "steps").read_text().splitlines())


def test_as_many_jobs_the_same_records(ltdi_bench, tmp_path):
    (tmp_path / "small.py").write_text(SMALL)
    methods = only(["prototypes", "ridge", str(tmp_path / "small.py")])
    methods += ["--set=small.steps=5", "--set=small.prepared_heads=20", "--set=small.diffusion_steps=5", "--threads=1"]
    for jobs in (1, 3):
        done = ltdi_bench("run", "fewshot", *methods, f"--jobs={jobs}", "--results", tmp_path / str(jobs))
        assert done.code == 0, done.err
        assert "6 finished, 6 latencies measured, 0 failed." in done.out
    assert results(tmp_path / "1") == results(tmp_path / "3") and len(results(tmp_path / "3")) == 6


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("kill", "worker killed by signal 9 (out of memory?)"),
        ("leave", "worker ended with exit code 3"),
    ],
)
def test_a_worker_that_dies_fails_its_cell_and_the_others_go_on(ltdi_bench, arguments, logged, tmp_path, how, reason):
    (logged.parent / how).touch()
    store = tmp_path / "results"
    done = ltdi_bench(*arguments, "--results", store)
    assert done.code == 1 and "1 finished, 0 latencies measured, 1 failed." in done.out, done.err
    records = {record["status"]: record for record in RecordStore(store).records()}
    assert records["failed"]["reason"] == reason and records["ok"]["result"]
    assert ltdi_bench(*arguments, "--results", store).code == 0
    whole = tmp_path / "whole"
    assert ltdi_bench(*arguments, "--results", whole).code == 0
    assert results(store) == results(whole)


def test_what_the_user_has_to_mend_stops_the_run(ltdi_bench, arguments, logged, tmp_path):
    (logged.parent / "complain").touch()
    done = ltdi_bench(*arguments, "--results", tmp_path / "results")
    assert done.code == 2
    assert done.err.splitlines()[-1] == "Error: The disk is full; make room."


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 129)])
@pytest.mark.parametrize("jobs", [1, 2])
def test_signals_stop_at_once_and_keep_what_was_trained(arguments, logged, tmp_path, cache, number, code, jobs):
    (logged.parent / "hang").touch()
    arguments += [f"--jobs={jobs}", "--seeds=2", "--results", str(tmp_path / "results")]
    process = launch(arguments, cache)
    worker, seed = hanging(logged)
    os.kill(process.pid, number)
    process.join(10)
    assert process.exitcode == code
    assert process.pid == worker or not alive(worker)
    assert list((tmp_path / "results/checkpoints").glob("*.training.pt"))
    assert run_in_a_process(arguments, cache) == 0
    begun = [line for line in steps(logged) if line.startswith(seed)]
    assert begun == [f"{seed} {step}" for step in (1, 2, 3, 3, 4, 5)]


def test_workers_end_with_a_parent_that_is_killed(arguments, logged, tmp_path, cache):
    (logged.parent / "hang").touch()
    process = launch([*arguments, "--results", str(tmp_path / "results")], cache)
    worker, _ = hanging(logged)
    process.kill()
    process.join()
    wait_for(lambda: not alive(worker))


def test_two_runs_in_one_folder_share_the_work(arguments, logged, tmp_path, cache):
    arguments += ["--seeds=4", "--results", str(tmp_path / "results")]
    runs = [launch([*arguments, f"--jobs={jobs}"], cache) for jobs in (1, 2)]
    for run in runs:
        run.join()
    assert [run.exitcode for run in runs] == [0, 0]
    assert len(steps(logged)) == len(set(steps(logged))) == 4 * 5
    assert len(results(tmp_path / "results")) == 4


def test_a_cell_steps_back_while_another_process_makes_what_it_needs(tmp_path, cache):
    request = Request("fewshot", ["prototypes"], ["tiny"], ways=(5,), shots=(1,), seeds=2, profile="smoke")
    first = make_plan(request).cells[0]
    features = artefact_folder(cache, "features", resolve(first).parts["train"].features_key)
    shutil.rmtree(features)
    store = tmp_path / "results"
    with claim(features):
        run = launch(["run", "fewshot", *only(["prototypes"]), "--no-latency", "--results", str(store)], cache)
        wait_for(lambda: [record["key"]["seed"] for record in RecordStore(store).records()] == [1])
        assert run.is_alive() and not features.exists()
    run.join()
    assert run.exitcode == 0 and len(results(store)) == 2 and features.exists()


def test_a_script_without_a_guard_may_start_a_run(tmp_path, cache, logged):
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\n"
        f"sys.path[:0] = {sys.path!r}\n"
        "from benchmark.data import sources\n"
        f"sources.__path__.append({str(Path(__file__).parent / 'sources')!r})\n"
        "from benchmark.cli import main\n"
        "main()\n"
    )
    command = [sys.executable, script, "run", "fewshot", *only(["prototypes", "ridge"]), "--jobs=2", "--no-latency"]
    done = subprocess.run([*command, "--results", tmp_path / "results"], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "4 finished" in done.stdout


def hanging(logged):
    """The process that hangs in a step, and the seed of that."""
    file = logged.parent / "hanging"
    wait_for(lambda: file.exists() and file.read_text())
    pid, seed = file.read_text().split()
    return int(pid), seed


def wait_for(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "zombie" not in Path(f"/proc/{pid}/status").read_text() if Path("/proc").is_dir() else True
