"""The run command, end to end on a data set that takes a second."""

import json
import sys

import numpy as np
import pytest
import torch

from benchmark.cells import cell as cells
from benchmark.planning.plan import make_plan
from benchmark.planning.request import Request
from benchmark.running.runner import run_cell
from benchmark.running.workbench import Workbench
from benchmark.store.artefacts import ArtefactFolder
from benchmark.store.records import RecordStore
from benchmark.suites.fewshot import FewShot
from methods.errors import UserError
from tests.running.conftest import QUICK, only, results

CHEAP = only(["prototypes", "ridge"])
pytestmark = pytest.mark.usefixtures("warmed")


@pytest.fixture
def store(tmp_path):
    return tmp_path / "results"


def test_records_latencies_and_checkpoints_are_written(ltdi_bench, store):
    done = ltdi_bench("run", "fewshot", *only(["prototypes", "lt-di"]), "--results", store)
    assert done.code == 0
    records = list(RecordStore(store).records())
    assert {(r["key"]["method"], r["key"]["seed"]) for r in records} == {
        (method, seed) for method in ("prototypes", "lt-di") for seed in (0, 1)
    }
    for record in records:
        accuracies = record["result"]["accuracy_per_episode"]
        assert len(accuracies) == record["key"]["episodes"]
        assert np.mean(accuracies) == pytest.approx(record["result"]["accuracy_mean"], abs=1e-6)
        assert {"evaluation", "meta-training"} <= record["provenance"]["seconds"].keys()
        assert len(record["provenance"]["code"]["sources"]) == 12
        assert record["data"] == {
            "images": 1200,
            "published": None,
            "classes": {"train": 30, "validation": 15, "test": 15},
            "images_per_class": {"train": [20, 20], "validation": [20, 20], "test": [20, 20]},
        }
    latencies = list(RecordStore(store).latencies())
    assert len(latencies) == 4
    for latency in latencies:
        result = latency["result"]
        assert 0 < result["adapt_ms_per_task_without_body"] < result["adapt_ms_per_task"]
        assert result["ms_per_sample"] < result["adapt_ms_per_task"]


def test_another_body_is_another_record(ltdi_bench, store):
    options = [*only(["prototypes"]), "--seeds=1", "--results", store]
    for body in ("conv4", "mobilenetv2"):
        assert ltdi_bench("run", "fewshot", *options, f"--body={body}").code == 0
    bodies = [record["key"]["body"]["architecture"] for record in RecordStore(store).records()]
    assert sorted(bodies) == ["conv4", "mobilenetv2"]
    done = ltdi_bench("run", "fewshot", *options, "--body=resnet-12")
    assert (done.code, done.out) == (2, "")
    assert "Unknown body 'resnet-12'. Did you mean 'resnet12'?" in done.err


def test_untrained_body_and_prototypes_beat_chance(ltdi_bench, store):
    ltdi_bench("run", "fewshot", *CHEAP, "--results", store)
    for record in RecordStore(store).records():
        assert record["result"]["accuracy_mean"] > 0.6


def test_same_seed_twice_gives_identical_accuracies(ltdi_bench, store, tmp_path, monkeypatch):
    arguments = ["run", "fewshot", *only(["metadiff", "lt-di"]), "--seeds=1", "--results"]
    ltdi_bench(*arguments, store)
    monkeypatch.setenv("LTDI_BENCH_CACHE", str(tmp_path / "another cache"))  # bodies and heads are made again
    ltdi_bench(*arguments, tmp_path / "again")
    assert results(store) == results(tmp_path / "again")


def test_methods_see_the_same_episodes(ltdi_bench, store):
    """Prototypes and ridge err on the same tasks: their accuracies per episode go together."""
    ltdi_bench("run", "fewshot", *CHEAP, "--seeds=1", "--results", store)
    one, two = (record["result"]["accuracy_per_episode"] for record in RecordStore(store).records())
    assert np.corrcoef(one, two)[0, 1] > 0.5


def test_a_learning_curve_changes_nothing_but_adds_its_points(ltdi_bench, store, tmp_path, monkeypatch):
    arguments = ["run", "fewshot", *only(["lt-di"]), "--seeds=1", "--no-latency", "--results"]
    ltdi_bench(*arguments, store)
    monkeypatch.setattr(FewShot, "curve", 2)
    monkeypatch.setattr(cells, "CURVE_TASKS", 7)
    ltdi_bench(*arguments, tmp_path / "curves")
    (plain,), (curved,) = (list(RecordStore(folder).records()) for folder in (store, tmp_path / "curves"))
    points = curved["result"].pop("curve")
    assert curved["result"] == plain["result"]
    assert [point["step"] for point in points] == [3, 5]
    assert 0 < points[0]["seconds"] < points[1]["seconds"]
    for point in points:
        assert 0.2 < point["validation_accuracy"] <= 1
        assert point["validation_accuracy"] * 7 * 75 == pytest.approx(
            round(point["validation_accuracy"] * 7 * 75), abs=1e-3
        )
        assert point["unexplained_variance"] > 0


@pytest.mark.parametrize("points", [0, 2])
def test_diagnostics_are_no_cost_of_the_method(ltdi_bench, store, cache, monkeypatch, points):
    """Heads that are prepared to measure the error on validation classes are not those that it learned from."""
    monkeypatch.setattr(FewShot, "curve", points)
    ltdi_bench("run", "fewshot", *only(["lt-di"]), "--seeds=1", "--no-latency", "--results", store)
    (record,) = RecordStore(store).records()
    made = [json.loads(file.read_text()) for file in cache.glob("trajectories/*/key.json")]
    assert sorted(artefact["key"]["heads"] for artefact in made) == [16, 20]
    (own,) = (artefact["seconds"] for artefact in made if artefact["key"]["heads"] == 20)
    assert record["provenance"]["seconds"]["trajectories"] == pytest.approx(own, abs=1e-3)


def test_second_run_trains_nothing(ltdi_bench, store, monkeypatch):
    ltdi_bench("run", "fewshot", *CHEAP, "--results", store)
    before = {path: path.stat().st_mtime_ns for path in store.rglob("*.json")}

    def refuse(*arguments):
        raise AssertionError("trained again")

    monkeypatch.setattr("benchmark.running.cell_runner.run_cell", refuse)
    monkeypatch.setattr("benchmark.running.clocking.measure_latency", refuse)
    done = ltdi_bench("run", "fewshot", *CHEAP, "--results", store)
    assert done.code == 0
    assert {path: path.stat().st_mtime_ns for path in store.rglob("*.json")} == before


def test_latencies_may_be_measured_later(ltdi_bench, store):
    done = ltdi_bench("run", "fewshot", *CHEAP, "--no-latency", "--results", store)
    assert "4 finished, 0 latencies measured, 0 failed." in done.out
    before = results(store)
    done = ltdi_bench("run", "fewshot", *CHEAP, "--results", store)
    assert "0 finished, 4 latencies measured, 0 failed." in done.out
    assert results(store) == before and len(list(RecordStore(store).latencies())) == 4


def test_second_method_prepares_nothing_again(ltdi_bench, store, monkeypatch):
    ltdi_bench("run", "fewshot", *only(["lt-di"]), "--seeds=1", "--results", store)

    def refuse(*arguments, **named):
        raise AssertionError("prepared again")

    monkeypatch.setattr("methods.prepared.prepare_heads", refuse)
    monkeypatch.setattr("benchmark.running.workbench.pretrain", refuse)
    monkeypatch.setattr("benchmark.running.workbench.encode", refuse)
    settings = ["--set=lv-di.steps=5", "--set=lv-di.prepared_heads=20"]
    done = ltdi_bench("run", "fewshot", *only(["lv-di"]), *settings, "--seeds=1", "--results", store)
    assert done.code == 0, done.err + done.out


def test_a_changed_hyperparameter_is_another_record(ltdi_bench, store):
    ltdi_bench("run", "fewshot", *CHEAP, "--results", store)
    first = results(store)
    ltdi_bench("run", "fewshot", *CHEAP, "--set=ridge.penalty=0.5", "--results", store)
    both = results(store)
    assert first.items() < both.items()
    penalties = [r["key"]["hyperparameters"].get("penalty") for r in both.values() if r["key"]["method"] == "ridge"]
    assert sorted(penalties) == [0.5, 0.5, 1.0, 1.0]


def test_a_failing_cell_is_recorded_and_the_others_go_on(ltdi_bench, store):
    done = ltdi_bench(
        "run", "fewshot", *only(["lt-di", "prototypes"]), "--set=lt-di.learning_rate=1e30", "--results", store
    )
    assert done.code == 1
    records = {(r["key"]["method"], r["key"]["seed"]): r for r in RecordStore(store).records()}
    assert records["lt-di", 0]["status"] == records["lt-di", 1]["status"] == "failed"
    assert "loss" in records["lt-di", 0]["reason"]
    assert records["prototypes", 1]["status"] == "ok"
    assert "2 failed" in done.out


def test_any_error_of_a_method_is_recorded_with_its_line(ltdi_bench, store, tmp_path):
    file = tmp_path / "my_nearest.py"
    file.write_text(METHOD.replace("return task\n", "assert task.way > 5\n"))
    done = ltdi_bench("run", "fewshot", *only([str(file), "prototypes"]), "--seeds=1", "--results", store)
    assert done.code == 1
    records = {r["key"]["method"]: r for r in RecordStore(store).records()}
    line = 1 + METHOD[: METHOD.index("return task\n")].count("\n")
    assert records["my-nearest"]["reason"] == f"AssertionError (my_nearest.py, line {line})"
    assert records["prototypes"]["status"] == "ok"


@pytest.mark.parametrize(
    ("own", "error"),
    [
        ("    def __init__(self):\n        super().__init__()\n\n", "TypeError"),
        (
            "    def state_dict(self):\n        one = torch.ones(2)\n        return {'a': one, 'b': one}\n\n",
            "RuntimeError",
        ),
    ],
    ids=["cannot be made", "cannot be saved"],
)
def test_any_method_that_fails_leaves_the_others_alone(ltdi_bench, store, tmp_path, own, error):
    file = tmp_path / "my_nearest.py"
    file.write_text("import torch\n" + METHOD.replace("    def adapt", own + "    def adapt"))
    done = ltdi_bench("run", "fewshot", *only([str(file), "prototypes"]), "--seeds=1", "--results", store)
    assert done.code == 1 and "Traceback" not in done.err
    records = {r["key"]["method"]: r for r in RecordStore(store).records()}
    assert records["my-nearest"]["reason"].startswith(error)
    assert records["prototypes"]["status"] == "ok"


def test_a_method_file_that_changes_during_a_run_is_not_run_under_its_old_name(store, tmp_path):
    file = tmp_path / "my_nearest.py"
    file.write_text(METHOD)
    request = Request("fewshot", [str(file)], ["tiny"], ways=(5,), shots=(1,), seeds=1, profile="smoke")
    (cell,) = make_plan(request).cells
    file.write_text(METHOD + "\n")
    bench = Workbench(torch.device("cpu"), ArtefactFolder(tmp_path))
    with pytest.raises(UserError, match=r"my_nearest\.py' was changed since this run began; run the command again"):
        run_cell(cell, bench, RecordStore(store), lambda progress: None)
    assert not list(RecordStore(store).records())


def test_a_failed_cell_is_tried_again(ltdi_bench, store, monkeypatch):
    def out_of_memory(*arguments):
        raise MemoryError("out of memory")

    with monkeypatch.context() as patch:
        patch.setattr("methods.controls.ridge.Ridge.adapt", out_of_memory)
        assert ltdi_bench("run", "fewshot", *only(["ridge"]), "--results", store).code == 1
    assert all(r["status"] == "failed" for r in RecordStore(store).records())
    assert ltdi_bench("run", "fewshot", *only(["ridge"]), "--results", store).code == 0
    assert all(r["status"] == "ok" for r in RecordStore(store).records())


def test_ctrl_c_keeps_what_is_finished(ltdi_bench, store, monkeypatch):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("methods.controls.ridge.Ridge.adapt", interrupted)
        done = ltdi_bench("run", "fewshot", *CHEAP, "--results", store)
    assert done.code == 130
    assert len(results(store)) == 1
    assert ltdi_bench("run", "fewshot", *CHEAP, "--results", store).code == 0
    assert len(results(store)) == 4


def test_report_reads_the_run(ltdi_bench, store):
    ltdi_bench("run", "fewshot", *CHEAP, "--results", store)
    done = ltdi_bench("report", "--results", store, "--format", "json")
    rows = json.loads(done.out)
    assert len(rows) == 4
    for row in rows:
        assert row["status"] == "ok" and 0 < row["accuracy_mean"] <= 1 and row["ms_per_sample"] > 0


METHOD = '''
"""Nearest support example: a method in one file, for the test that this is all it takes."""

import torch

from methods.interface import Method


class Nearest(Method):
    def adapt(self, task):
        return task

    def predict(self, task, query):
        similarity = -torch.cdist(query.x, task.support.x)
        nearest = similarity.argmax(-1)
        labels = task.support.y.gather(1, nearest)
        return torch.nn.functional.one_hot(labels, task.way).float()
'''


def test_a_method_of_ones_own_is_one_file(ltdi_bench, store, tmp_path):
    file = tmp_path / "my_nearest.py"
    file.write_text(METHOD)
    done = ltdi_bench("run", "fewshot", *only([str(file), "prototypes"]), "--results", store)
    assert done.code == 0, done.err
    accuracy = {r["key"]["method"]: r["result"]["accuracy_mean"] for r in RecordStore(store).records()}
    assert accuracy.keys() == {"my-nearest", "prototypes"}
    assert accuracy["my-nearest"] > 0.5
    checked = ltdi_bench("check", str(file))
    assert checked.code == 0, checked.out


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Adds a package with an entry point: installed(name of the package, its code, entry point)."""

    def install(name, code, entry_point):
        package = tmp_path / name
        (package / f"{name}-1.0.dist-info").mkdir(parents=True)
        (package / f"{name}.py").write_text(code)
        (package / f"{name}-1.0.dist-info" / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n")
        (package / f"{name}-1.0.dist-info" / "entry_points.txt").write_text(f"[ltdi_bench.methods]\n{entry_point}\n")
        monkeypatch.syspath_prepend(str(package))

    return install


def test_a_method_can_come_by_entry_point(ltdi_bench, store, installed):
    installed("elsewhere", METHOD, "my-own = elsewhere:Nearest")
    assert "my-own" in ltdi_bench("list", "methods").out
    assert ltdi_bench("run", "fewshot", *only(["my-own"]), "--seeds=1", "--results", store).code == 0


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import not_there_at_all", "cannot be imported: ModuleNotFoundError: No module named 'not_there_at_all'"),
        ("class Broken: pass", "is no class that derives from Method"),
    ],
)
def test_a_broken_method_of_another_package_is_left_out(ltdi_bench, store, installed, code, reason):
    installed("broken", code, "my-broken = broken:Broken")
    planned = ltdi_bench("run", "fewshot", *(o for o in QUICK if "=lt-di" not in o), "--dry-run", "--results", store)
    assert planned.code == 0 and "prototypes" in planned.out and "my-broken" not in planned.out
    (warning,) = [line for line in planned.err.splitlines() if "my-broken" in line]
    assert warning.startswith("Left out: The method 'my-broken' (broken:Broken)") and reason in warning
    assert "prototypes" in ltdi_bench("list", "methods").out
    named = ltdi_bench("run", "fewshot", *only(["my-broken"]), "--results", store)
    assert named.code == 2 and reason in named.err and named.err.count("\n") == 1
    sys.modules.pop("broken", None)
