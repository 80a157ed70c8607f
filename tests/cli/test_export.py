"""Results as files: what a data frame says, read back by other programs."""

import csv
import importlib.util

import pandas as pd
import pytest

import benchmark
from benchmark.store.records import RecordStore
from tests.report.conftest import Results

needs_pyarrow = pytest.mark.skipif(importlib.util.find_spec("pyarrow") is None, reason="pyarrow is not installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two methods with two seeds, one of which failed; text that needs quotes."""
    made = Results(RecordStore(tmp_path_factory.mktemp("made") / "results"))
    for seed in range(2):
        made.add_latency(made.add(0.9, seed=seed, hyperparameters={"widths": [8, 16], "steps": 5}), 2.0, 0.5)
    made.add(method="méthode", hyperparameters={"eta": 0.5})
    made.add(method="méthode", seed=1, reason='ValueError: "a", b\nc', hyperparameters={"eta": 0.5})
    return made.store.root


@pytest.mark.parametrize(("what", "lines"), [("records", 4), ("episodes", 6), ("summary", 2)])
def test_csv_holds_the_frame(ltdi_bench, folder, tmp_path, what, lines):
    file = tmp_path / "out.csv"
    done = ltdi_bench("export", what, "--results", folder, "--out", file)
    assert done.code == 0 and done.out.startswith(f"{file} is written: {lines} lines of ")
    frame = getattr(benchmark.load_results(folder), what)
    with file.open(encoding="utf-8", newline="") as content:
        rows = list(csv.DictReader(content))
    assert [list(row) for row in rows] == [list(frame)] * lines
    assert [row["method"] for row in rows] == frame.method.tolist()


def test_csv_of_records_says_what_is_missing(ltdi_bench, folder, tmp_path):
    ltdi_bench("export", "records", "--results", folder, "--out", tmp_path / "out.csv")
    read = pd.read_csv(tmp_path / "out.csv").set_index(["method", "seed"])
    failed, ours = read.loc[("méthode", 1)], read.loc[("lt-di", 0)]
    assert failed.reason == 'ValueError: "a", b\nc' and pd.isna(failed.accuracy_mean)
    assert ours["hyperparameters.widths"] == "[8, 16]" and ours["hyperparameters.steps"] == 5
    assert pd.isna(ours["hyperparameters.eta"]) and ours.ms_per_sample == 0.5


@needs_pyarrow
@pytest.mark.parametrize("what", ["records", "episodes", "summary"])
def test_parquet_keeps_the_types(ltdi_bench, folder, tmp_path, what):
    file = tmp_path / "out.parquet"
    assert ltdi_bench("export", what, "--results", folder, "--out", file).code == 0
    read, frame = pd.read_parquet(file), getattr(benchmark.load_results(folder), what)
    pd.testing.assert_frame_equal(read, frame, check_categorical=False)
    assert [str(kind) for kind in read.dtypes] == [str(kind) for kind in frame.dtypes]


def test_selection(ltdi_bench, folder, tmp_path):
    done = ltdi_bench("export", "records", "--results", folder, "--out", tmp_path / "a.csv", "--methods=lt-di")
    assert "2 lines" in done.out


def test_default_file_lies_in_the_current_folder(ltdi_bench, folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert ltdi_bench("export", "summary", "--results", folder).out.startswith("summary.csv is written")
    assert (tmp_path / "summary.csv").is_file()


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["record"], "'record'"),
        (["records", "--out=a.xlsx"], "cannot be exported as 'a.xlsx'; end its name in .csv or .parquet"),
        (["records", "--out=a"], "end its name in .csv or .parquet"),
        (["records", "--out="], "is empty"),
        (["records", "--methods=lt-dy"], "Did you mean 'lt-di'"),
    ],
)
def test_what_is_wrong_is_one_line(ltdi_bench, folder, tmp_path, monkeypatch, arguments, part):
    monkeypatch.chdir(tmp_path)
    done = ltdi_bench("export", *arguments, "--results", folder)
    assert done.code == 2 and part in done.err and done.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_parquet_without_pyarrow_is_said_before_any_work(ltdi_bench, tmp_path, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *_: None if name == "pyarrow" else find(name))
    done = ltdi_bench("export", "records", "--results", tmp_path / "nothing", "--out", tmp_path / "a.parquet")
    assert done.code == 2 and "pip install pyarrow" in done.err and done.err.count("\n") == 1
