"""Records as data frames: the same columns and types for any records, and the numbers of the records."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import benchmark
from benchmark.report.record_frames import COLUMNS
from benchmark.report.tables import as_csv

GPU = {"device": "cuda", "name": "NVIDIA H200", "cores": 16, "memory_gib": 139}


@pytest.fixture
def loaded(results):
    """Two methods, one of which failed once, and what an older version of the other found."""
    for seed in range(2):
        key = results.add(0.9 + seed / 100, seed=seed, way=20, diagnostics={"noise": 0.25})
        results.add_latency(key, 7.0, 0.5)
    results.add(method="prototypes", hyperparameters={}, generates_weights=False, hardware=GPU, way=20)
    results.add(reason="ValueError: no", method="prototypes", hyperparameters={}, seed=1, way=20)
    results.add(0.1, method_version=0, started="2020-01-01T00:00:00+00:00", way=20)
    return benchmark.load_results(results.store.root)


def test_records_have_the_documented_columns_and_types(loaded):
    records = loaded.records
    assert {name: str(records[name].dtype) for name in COLUMNS} == COLUMNS
    assert list(records)[: len(COLUMNS)] == list(COLUMNS)
    assert len(records) == 5


def test_records_say_what_the_files_say(loaded):
    records = loaded.records.set_index(["method", "method_version", "seed"]).sort_index()
    ours = records.loc[("lt-di", 1, 1)]
    assert ours.accuracy_mean == 0.91 and ours["hyperparameters.steps"] == 100 and ours["diagnostics.noise"] == 0.25
    assert (ours.way, ours.shot, ours.suite, ours.part, ours.tasks) == (20, 1, "fewshot", "test", "plain")
    assert (ours.adapt_ms_per_task, ours.ms_per_sample) == (7.0, 0.5) and "AMD EPYC" in ours.latency_measured_on
    assert (ours.training_seconds, ours.preparation_seconds, ours["seconds.evaluation"]) == (3.0, 1.0, 1.0)
    assert ours.started == pd.Timestamp("2026-11-22T01:00:00Z") and not ours.superseded
    failed = records.loc[("prototypes", 1, 1)]
    assert (failed.status, failed.reason) == ("failed", "ValueError: no") and np.isnan(failed.accuracy_mean)
    assert pd.isna(failed["hyperparameters.steps"]) and np.isnan(failed.training_seconds)
    assert records.loc[("prototypes", 1, 0)].hardware == "NVIDIA H200 (cuda)"
    old = records.loc[("lt-di", 0, 0)]
    assert old.superseded and pd.isna(old.label)


def test_variants_have_labels_of_their_own(results):
    for steps in (10, 20):
        results.add(hyperparameters={"steps": steps})
    labels = benchmark.load_results(results.store.root).records.label
    assert sorted(labels) == ["lt-di (steps=10)", "lt-di (steps=20)"]


@pytest.mark.parametrize(
    ("values", "kind", "found"),
    [
        ([1, 2], "Int64", [1, 2]),
        ([1, 0.5], "float64", [1.0, 0.5]),
        ([True, False], "boolean", [True, False]),
        (["a", "b"], "string", ["a", "b"]),
        ([[1, 2], [3]], "string", ["[1, 2]", "[3]"]),
        ([1, "auto"], "string", ["1", "auto"]),
        ([True, 2], "string", ["true", "2"]),
        ([None, 5], "Int64", [pd.NA, 5]),
    ],
)
def test_hyperparameters_have_the_narrowest_type(results, values, kind, found):
    for number, value in enumerate(values):
        results.add(seed=number, hyperparameters={"eta": value})
    column = benchmark.load_results(results.store.root).records.sort_values("seed")["hyperparameters.eta"]
    assert (str(column.dtype), column.tolist()) == (kind, found)


def test_episodes_are_rows_that_pair_methods(loaded):
    episodes = loaded.episodes
    assert len(episodes) == 4 * 2  # the failed record has none
    assert str(episodes.accuracy.dtype) == "float64" and str(episodes.episode.dtype) == "int64"
    assert {str(episodes[name].dtype) for name in ("key_hash", "dataset", "method", "label", "tasks")} == {"category"}
    means = episodes.groupby("key_hash", observed=True).accuracy.mean()
    records = loaded.records.set_index("key_hash").accuracy_mean.dropna()
    assert means.sort_index().to_dict() == pytest.approx(records.sort_index().to_dict())
    paired = episodes.dropna(subset="label").pivot_table(
        index=["seed", "episode"], columns="method", values="accuracy", observed=True
    )
    assert paired.loc[0].shape == (2, 2)


def test_summary_is_the_csv_of_the_command(loaded):
    assert loaded.summary.to_csv(index=False, lineterminator="\n") == as_csv(loaded.read)


def test_selection_is_that_of_the_report(results):
    for way in (5, 20):
        for method in ("a", "b"):
            results.add(way=way, method=method)
    folder = results.store.root
    assert len(benchmark.load_results(folder, ways=5).records) == 2
    assert set(benchmark.load_results(str(folder), ways=[20], methods="b").records.method) == {"b"}
    assert len(benchmark.load_results(folder, methods="a,b", suites=["fewshot"]).records) == 4


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({"methods": "lt-dy"}, "Did you mean 'lt-di'"),
        ({"ways": 7}, "None of the chosen records has 7 ways"),
        ({"ways": "5"}, "ways='5' is not a whole number"),
        ({"ways": [True]}, "ways=True is not a whole number"),
        ({"ways": 1}, "the least is 2"),
        ({"shots": []}, "shots is empty"),
        ({"methods": []}, "methods is empty"),
        ({"methods": ", "}, "methods is empty"),
        ({"methods": [5]}, "are no names"),
        ({"methods": 5}, "are no names"),
        ({"reference": "ridge"}, "Unknown method to compare with 'ridge'"),
    ],
)
def test_wrong_selection_is_one_line(results, options, part):
    results.add()
    with pytest.raises(benchmark.UserError) as raised:
        benchmark.load_results(results.store.root, **options)
    assert part in str(raised.value) and "\n" not in str(raised.value)


def test_folder_without_records(tmp_path):
    with pytest.raises(benchmark.UserError, match="There are no results in"):
        benchmark.load_results(tmp_path / "nothing")


def test_home_folders_are_found(results, monkeypatch):
    results.add()
    monkeypatch.setenv("HOME", str(results.store.root.parent))
    assert len(benchmark.load_results(f"~/{results.store.root.name}").records) == 1


def test_results_say_what_they_are(loaded):
    assert repr(loaded).startswith("Results(") and "5 records of fewshot" in repr(loaded)


def test_importing_the_package_imports_nothing_else():
    code = "import sys, benchmark; assert {'run', 'load_results'} <= set(dir(benchmark)); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "pandas", "matplotlib", "numpy", "click"} & set(loaded)


def test_names_of_the_package():
    assert all(getattr(benchmark, name) is not None for name in benchmark.__all__)
    with pytest.raises(AttributeError, match="no attribute 'runs'"):
        benchmark.runs  # noqa: B018
