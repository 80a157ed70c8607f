"""Flat records and their summary over seeds."""

import pytest

from benchmark.report.rows import flat_record, measured_cells
from benchmark.report.summary import summarise
from benchmark.system.keys import digest

H200 = {"device": "cuda", "device_name": "NVIDIA H200"}


def flat_records(store):
    return [flat_record(cell) for cell in measured_cells(store)]


def summary(results):
    return summarise(measured_cells(results.store))


def by_label(results):
    return {row.label: row for row in summary(results)}


def test_flat_record_has_the_key_and_the_outcome(results):
    key = results.add(0.9)
    results.add_latency(key, adapt=3.0, sample=0.1)
    (record,) = flat_records(results.store)
    assert key.items() <= record.items()
    assert record["key_hash"] == digest(key)
    assert (record["status"], record["reason"], record["accuracy_mean"]) == ("ok", None, 0.9)
    assert record["accuracy_per_episode"] == [0.9, 0.9]
    assert record["diagnostics"] == {"noise": 0.5}
    assert (record["generates_weights"], record["transductive"]) == (True, False)
    assert record["hardware"]["name"] == "AMD EPYC"
    assert record["versions"]["torch"] == "2.15.0"
    assert record["seconds"]["meta-training"] == 2.0
    assert (record["adapt_ms_per_task"], record["ms_per_sample"]) == (3.0, 0.1)


def test_flat_record_says_which_code_made_it(results):
    told = {"sources": "0123456789ab", "commit": "c" * 40, "clean": True}
    results.add(0.9, code=told)
    results.add(0.9, seed=1)
    assert [record["code"] for record in flat_records(results.store)] == [told, None]


def test_flat_record_of_a_failed_cell(results):
    results.add(reason="the loss is not finite")
    (record,) = flat_records(results.store)
    assert (record["status"], record["reason"]) == ("failed", "the loss is not finite")
    assert record["accuracy_mean"] is record["accuracy_per_episode"] is record["adapt_ms_per_task"] is None
    assert record["latency"] == [] and record["seconds"] is None


def test_latency_belongs_to_its_record_and_its_hardware_comes_first(results):
    first, second = results.add(seed=0), results.add(seed=1)
    results.add_latency(first, 1.0, 0.1, **H200)
    results.add_latency(first, 3.0, 0.3)
    results.add_latency(second, 2.0, 0.2, **H200)
    by_seed = {record["seed"]: record for record in flat_records(results.store)}
    assert by_seed[0]["adapt_ms_per_task"] == 3.0
    assert [latency["adapt_ms_per_task"] for latency in by_seed[0]["latency"]] == [3.0, 1.0]
    assert by_seed[0]["latency"][1]["clock"]["device_name"] == "NVIDIA H200"
    assert by_seed[1]["adapt_ms_per_task"] == 2.0


def test_seeds_are_summarised(results):
    for seed, (accuracy, adapt) in enumerate([(0.90, 1.0), (0.92, 9.0), (0.94, 2.0)]):
        results.add_latency(results.add(accuracy, seed=seed), adapt, adapt / 10)
    (row,) = summary(results)
    assert row.seeds == (0, 1, 2)
    assert row.accuracy == pytest.approx(92.0)
    # s = 2, t(0.975, 2 degrees of freedom) = 4.302653 from tables
    assert row.interval == pytest.approx(4.302653 * 2 / 3**0.5, rel=1e-6)
    assert (row.adapt_ms_per_task, row.ms_per_sample) == (2.0, 0.2)
    assert row.paper.accuracy == 97.12


def test_training_time_leaves_the_evaluation_out(results):
    for seed, seconds in enumerate([3.0, 40.0, 5.0]):
        results.add(seed=seed, seconds=seconds)
    (row,) = summary(results)
    assert row.training_seconds == 6.0  # 1 of preparation and 5 of meta-training, the median seed
    assert row.preparation_seconds == 1.0


def test_what_was_prepared_beside_is_not_added_to_the_time_of_training(results):
    key = results.add(seconds=5.0)
    path = results.store.record_path(key)
    path.write_text(path.read_text().replace('"preparation"', '"trajectories, beside"'))
    (row,) = summary(results)
    assert (row.training_seconds, row.preparation_seconds) == (5.0, 1.0)


def test_what_methods_share_is_no_time_of_training(results):
    for seed, body in enumerate([30.0, 20.0, 90.0]):
        results.add(seed=seed, seconds=2.0, shared_seconds={"body": body, "features": 4.0})
    (row,) = summary(results)
    assert row.shared_seconds == {"body": 30.0, "features": 4.0}
    assert row.training_seconds == 3.0


def test_single_seed_has_no_interval(results):
    results.add(0.9)
    (row,) = summary(results)
    assert (row.accuracy, row.interval) == (90.0, None)


def test_failed_seeds_are_counted_and_not_averaged(results):
    results.add(0.8, seed=0)
    results.add(seed=1, reason="out of memory")
    results.add(0.9, seed=2)
    (row,) = summary(results)
    assert row.accuracy == pytest.approx(85.0)
    assert (row.seeds, row.failures) == ((0, 2), ((1, "out of memory"),))
    assert row.status == "ok"


def test_setting_in_which_every_seed_failed(results):
    results.add(reason="out of memory")
    (row,) = summary(results)
    assert (row.status, row.accuracy, row.interval, row.seeds) == ("failed", None, None, ())


def test_missing_setting_and_missing_seeds_are_named(results):
    for seed in (0, 1):
        results.add(seed=seed, method="ridge", way=5)
        results.add(seed=seed, method="ridge", way=20)
    results.add(seed=0, method="vae", way=5)
    rows = {(row.method, row.way): row for row in summary(results)}
    assert rows["ridge", 20].absent == ()
    assert rows["vae", 5].absent == (1,)
    assert (rows["vae", 20].status, rows["vae", 20].absent) == ("missing", (0, 1))
    assert rows["vae", 20].accuracy is None


def test_hyperparameter_variants_are_rows_of_their_own_named_by_what_differs(results):
    for seed in (0, 1):
        results.add(0.8, seed=seed, hyperparameters={"steps": 100, "rate": 0.1})
        results.add(0.9, seed=seed, hyperparameters={"steps": 1600, "rate": 0.1})
        results.add(0.7, seed=seed, method="ridge", hyperparameters={"penalty": 1.0})
    rows = by_label(results)
    assert {label: row.accuracy for label, row in rows.items()} == {
        "lt-di (steps=100)": pytest.approx(80.0),
        "lt-di (steps=1600)": pytest.approx(90.0),
        "ridge": pytest.approx(70.0),
    }


@pytest.mark.parametrize(
    ("change", "label"),
    [
        ({"method_version": 2}, "lt-di (method_version=2)"),
        ({"body": {"version": 1, "architecture": "conv4", "width": 128}}, "lt-di (body.width=128)"),
        ({"views": 8}, "lt-di (views=8)"),
        ({"added_later": ["a", 1]}, 'lt-di (added_later=["a", 1])'),
        ({"hyperparameters": {"steps": 100, "views": 7}}, "lt-di (hyperparameters.views=7)"),
    ],
)
def test_anything_else_in_the_key_keeps_rows_apart(results, change, label):
    results.add(0.8, seed=0)
    results.add(0.9, seed=1, **change)
    rows = by_label(results)
    assert len(rows) == 2
    assert rows[label].accuracy == pytest.approx(90.0)


@pytest.mark.parametrize(
    "change",
    [
        {"suite": "crossdomain"},
        {"dataset": "glyphs"},
        {"split": "vinyals"},
        {"profile": "paper"},
        {"data_fingerprint": "f" * 64},
        {"episodes": 600},
        {"queries": 5},
        {"part": "validation"},
        {"protocol": 2},
    ],
)
def test_other_data_and_protocols_are_other_sheets(results, change):
    results.add(0.8, seed=0)
    results.add(0.9, seed=1, **change)
    rows = summary(results)
    assert [row.label for row in rows] == ["lt-di", "lt-di"]
    assert rows[0].sheet != rows[1].sheet
    assert rows[0].title != rows[1].title
    assert all(row.absent == () for row in rows)


def test_tasks_that_overlap_to_other_bodies_are_other_sheets(results):
    for body in ("conv4", "resnet12"):
        for tasks in ("plain", "overlapping"):
            results.add(tasks=tasks, body={"version": 1, "architecture": body, "width": 64})
    rows = summary(results)
    assert {(row.sheet["tasks"], row.architecture) for row in rows} == {
        ("plain", "conv4"),
        ("plain", "resnet12"),
        ("overlapping", "conv4"),
        ("overlapping to resnet12", "resnet12"),
    }


def test_latencies_of_two_clocks_are_never_mixed(results):
    for seed, (cpu, cuda) in enumerate([(3.0, 1.0), (5.0, 1.0), (None, 1.0)]):
        key = results.add(seed=seed)
        results.add_latency(key, cuda, cuda, **H200)
        if cpu:
            results.add_latency(key, cpu, cpu)
    (row,) = summary(results)
    assert row.clock["device_name"] == "AMD EPYC"
    assert row.adapt_ms_per_task == 4.0


def test_rows_are_sorted_by_setting_and_then_from_best_to_worst(results):
    results.add(0.7, method="vae")
    results.add(0.9, method="ridge")
    results.add(method="lt-di", reason="out of memory")
    results.add(0.6, method="vae", way=20)
    rows = [(row.way, row.method, row.status) for row in summary(results)]
    assert rows[:3] == [(5, "ridge", "ok"), (5, "vae", "ok"), (5, "lt-di", "failed")]
    assert rows[3:] == [(20, "vae", "ok"), (20, "lt-di", "missing"), (20, "ridge", "missing")]
