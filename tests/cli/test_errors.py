"""Wrong input: exit code 2 and one line that says what to do."""

import errno
import os
from dataclasses import replace
from importlib.metadata import PackageNotFoundError

import pytest

from benchmark.data import catalogue
from benchmark.data.catalogue import Located
from benchmark.data.sources.omniglot import Omniglot
from benchmark.planning.plan import make_plan
from benchmark.planning.request import Request
from benchmark.store.records import RecordStore
from methods import registry

DOTS = ["run", "fewshot", "--datasets=dots", "--ways=5", "--shots=1", "--seeds=1", "--profile=smoke"]
RIDGE = [*DOTS, "--methods=ridge"]


def assert_one_line(done, *parts):
    """The command failed with one line of error, which holds all `parts`."""
    assert done.code == 2, done
    assert done.out == ""
    assert done.err.startswith("Error: ")
    assert done.err.endswith("\n")
    assert done.err.count("\n") == 1
    for part in parts:
        assert str(part) in done.err


@pytest.fixture
def results(tmp_path):
    return tmp_path / "results"


@pytest.fixture
def stored(dots, results):
    """The file of the record of the only cell of RIDGE."""
    request = Request("fewshot", ["ridge"], ["dots"], ways=(5,), shots=(1,), seeds=1, profile="smoke")
    (cell,) = make_plan(request).cells
    record = {"key": cell.key(), "status": "ok", "reason": None, "result": {}, "method": {}, "provenance": {}}
    RecordStore(results).write_record(record)
    return RecordStore(results).record_path(cell.key())


@pytest.mark.parametrize(
    ("arguments", "kind", "meant"),
    [
        (["rnu"], "command", "run"),
        (["reports"], "command", "report"),
        (["run", "fewshto"], "suite", "fewshot"),
        ([*DOTS, "--methods=protoypes"], "method", "prototypes"),
        ([*DOTS, "--methods=Ridge"], "method", "ridge"),
        (["check", "metadif"], "method, data set or body", "metadiff"),
        (["run", "fewshot", "--methods=ridge", "--datasets=omniglto"], "data set", "omniglot"),
        (["data", "verify", "glyhps"], "data set", "glyphs"),
        (["data", "download", "omniglott"], "data set", "omniglot"),
        ([*RIDGE, "--profile=papper"], "profile", "paper"),
        ([*RIDGE, "--split=defualt"], "split of dots", "default"),
        ([*RIDGE, "--set=ridge.penatly=1"], "hyper-parameter of ridge", "penalty"),
        ([*RIDGE, "--set=rigde.penalty=1"], "method in --set", "ridge"),
    ],
)
def test_unknown_name_is_answered_with_a_guess(ltdi_bench, dots, arguments, kind, meant):
    done = ltdi_bench(*arguments)
    assert_one_line(done, f"Unknown {kind} ", f"Did you mean {meant!r}?", "Allowed: ")


def test_unlike_name_is_answered_without_a_guess(ltdi_bench):
    done = ltdi_bench("zzz")
    assert_one_line(done, "Unknown command 'zzz'. Allowed: cache, check, data, export, list, merge, plot, report, run.")


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["run"], "Name a suite to run"),
        (["list", "all"], "'all'"),
        (["list"], "suites"),
        (["data", "remove"], "remove"),
        ([*RIDGE, "--sedes=3"], "--sedes"),
        ([*RIDGE, "--ways=5,many"], "'5,many' is not a list of whole numbers"),
        ([*RIDGE, "--ways=1,5"], "1 is too small; the least is 2"),
        ([*RIDGE, "--shots=0"], "0 is too small; the least is 1"),
        ([*RIDGE, "--shots=,"], "the list is empty"),
        ([*RIDGE, "--seeds=0"], "--seeds"),
        ([*RIDGE, "--device=tpu"], "--device"),
        ([*RIDGE, "--set=ridge"], "'ridge' is not of the form METHOD.NAME=VALUE"),
        ([*RIDGE, "--set=ridge.penalty="], "is not of the form METHOD.NAME=VALUE"),
        ([*RIDGE, "--set=ridge.penalty=much"], "ridge.penalty must be like 1.0 (float), not 'much'"),
        ([*RIDGE, "--methods=missing.py"], "There is no method file 'missing.py'"),
        (["report", "--format=tabel"], "'tabel'"),
        ([*RIDGE, "--results="], "'--results': the value is empty"),
        ([*RIDGE, "--data="], "'--data': the value is empty"),
        ([*RIDGE, "--split="], "'--split': the value is empty"),
        ([*RIDGE, "--profile="], "'--profile': the value is empty"),
        ([*RIDGE, "--body="], "'--body': the value is empty"),
        (["report", "--html="], "'--html': the value is empty"),
        (["report", "--html=page.html", "--format=csv"], "--html shows no tables, so --format does not apply"),
        (["report", "--against=old", "--format=json"], "--against shows no tables, so --format does not apply"),
        (["report", "--against=old", "--html=page.html"], "--against shows only changes; leave --html out"),
        (["report", "--against="], "'--against': the value is empty"),
        (["plot", "ranks", "--out="], "'--out': the value is empty"),
        (["merge", ""], "is empty"),
    ],
)
def test_wrong_option(ltdi_bench, dots, tmp_path, monkeypatch, arguments, part):
    monkeypatch.chdir(tmp_path)  # an empty path must not mean this folder, either
    assert_one_line(ltdi_bench(*arguments), part)
    assert list(tmp_path.iterdir()) == []


def test_hyperparameter_of_a_method_that_has_none(ltdi_bench, dots):
    done = ltdi_bench(*DOTS, "--methods=prototypes", "--set=prototypes.steps=1")
    assert_one_line(done, "prototypes", "steps")
    assert "Allowed: ." not in done.err


def test_wrong_hyperparameter_is_found_before_any_work(ltdi_bench, results, monkeypatch):
    """Packing takes a quarter of a minute, and a notice would be a second line."""
    monkeypatch.setattr(Located, "pack", lambda located: pytest.fail("data were packed first"))
    done = ltdi_bench("run", "fewshot", "--methods=ridge", "--set=ridge.penatly=1", "--results", results)
    assert_one_line(done, "Did you mean 'penalty'?")
    assert not results.exists()


@pytest.mark.parametrize("how", [(), ("--dry-run",)])
def test_hyperparameter_that_its_method_refuses(ltdi_bench, dots, results, how):
    done = ltdi_bench(*DOTS, "--methods=lt-di", "--set=lt-di.outer_loop=maml", *how, "--results", results)
    assert_one_line(done, "lt-di: outer_loop 'maml' is none of joint, reptile.")
    assert not list(results.glob("*/*"))


@pytest.mark.parametrize("arguments", [RIDGE, ["data", "list"], ["data", "verify", "omniglot"]])
def test_missing_data_folder(ltdi_bench, dots, tmp_path, arguments):
    missing = tmp_path / "missing"
    assert_one_line(ltdi_bench(*arguments, "--data", missing), repr(str(missing)), "--data", "does not exist")


def test_missing_data_folder_of_the_environment(ltdi_bench, monkeypatch, tmp_path):
    monkeypatch.setenv("LTDI_BENCH_DATA", str(tmp_path / "missing"))
    assert_one_line(ltdi_bench(*RIDGE), repr(str(tmp_path / "missing")), "LTDI_BENCH_DATA")


@pytest.mark.parametrize(
    "arguments",
    [["run", "fewshot", "--methods=ridge", "--datasets=omniglot"], ["data", "verify", "omniglot"]],
)
def test_absent_data_set(ltdi_bench, tmp_path, arguments):
    done = ltdi_bench(*arguments, "--data", tmp_path)
    assert_one_line(done, repr(str(tmp_path)), "ltdi-bench data download omniglot")


@pytest.mark.parametrize("arguments", [["data", "verify", "omniglot"], ["run", "fewshot", "--methods=ridge"]])
def test_incomplete_data_set(ltdi_bench, tmp_path, results, arguments):
    folder = tmp_path / "omniglot-py" / "images_evaluation"
    (folder.parent / "images_background").mkdir(parents=True)
    options = ["--results", results] if arguments[0] == "run" else []
    assert_one_line(ltdi_bench(*arguments, "--data", tmp_path, *options), repr(str(folder)))


def test_data_set_that_lacks_a_class_of_its_split(ltdi_bench, dots, results):
    """As when somebody renamed a folder of Omniglot."""
    located = catalogue.locate("dots", dots)
    located.pack()
    meta = located.folder / "bank.json"
    meta.write_text(meta.read_text().replace("dot 07", "dot seven"))
    assert_one_line(ltdi_bench(*RIDGE, "--results", results), "dot 07")


@pytest.mark.parametrize("file", ["images.npy", "labels.npy", "bank.json"])
def test_emptied_bank(ltdi_bench, dots, file):
    """What a full disk leaves behind; it must not look like an interruption by the user."""
    located = catalogue.locate("dots", dots)
    located.pack()
    (located.folder / file).write_bytes(b"")
    assert_one_line(ltdi_bench("data", "verify", "dots"), repr(str(located.folder)), "delete that folder")


def test_too_many_classes_or_images(ltdi_bench, dots, results):
    for options, part in (("--ways=11", "11-way"), ("--shots=6", "need 21 images")):
        assert_one_line(ltdi_bench(*RIDGE, options, "--results", results), part, "choose smaller --")


def test_download_that_fails(ltdi_bench, monkeypatch, tmp_path):
    def fail(self, root):
        raise RuntimeError("no network\nsecond line")

    monkeypatch.setattr(Omniglot, "download", fail)
    done = ltdi_bench("data", "download", "omniglot", "--data", tmp_path)
    assert_one_line(done, "omniglot could not be downloaded", "no network")


def test_data_set_that_cannot_be_downloaded(ltdi_bench, dots, tmp_path):
    done = ltdi_bench("data", "download", "dots", "--data", tmp_path)
    assert_one_line(done, "dots")
    assert not done.err.rstrip().endswith(":")


@pytest.mark.parametrize("arguments", [["check", "maml"], [*DOTS, "--methods=ridge,maml"]])
def test_method_whose_package_is_not_installed(ltdi_bench, dots, monkeypatch, arguments):
    def find(package):
        raise PackageNotFoundError(package)

    monkeypatch.setattr(registry, "distribution", find)
    assert_one_line(ltdi_bench(*arguments), "maml needs learn2learn", "pip install 'ltdi-bench[learn2learn]'")


def test_method_file_with_an_error_of_several_lines(ltdi_bench, dots, tmp_path):
    file = tmp_path / "broken.py"
    file.write_text('raise ImportError("first\\nsecond")')
    done = ltdi_bench(*DOTS, f"--methods={file}")
    assert_one_line(done, repr(str(file)), "first")


def test_method_file_without_a_method(ltdi_bench, dots, tmp_path):
    file = tmp_path / "empty.py"
    file.touch()
    assert_one_line(ltdi_bench(*DOTS, f"--methods={file}"), repr(str(file)), "exactly one class", "has 0")


def test_method_file_that_lacks_a_function(ltdi_bench, dots, tmp_path):
    file = tmp_path / "half.py"
    file.write_text("from methods.interface import Method\nclass Half(Method):\n    def adapt(self, task): ...\n")
    assert_one_line(ltdi_bench(*DOTS, f"--methods={file}"), repr(str(file)), "Half", "has no predict")


def test_results_below_a_file(ltdi_bench, dots, tmp_path):
    (tmp_path / "file").touch()
    done = ltdi_bench(*RIDGE, "--results", tmp_path / "file" / "results")
    assert_one_line(done, repr(str(tmp_path / "file" / "results")), "cannot be written", "--results")


@pytest.mark.parametrize("arguments", [RIDGE, ["report"]])
def test_results_that_are_a_file(ltdi_bench, dots, tmp_path, arguments):
    (tmp_path / "file").touch()
    assert_one_line(ltdi_bench(*arguments, "--results", tmp_path / "file"), tmp_path / "file")


def test_report_without_results(ltdi_bench, results):
    assert_one_line(ltdi_bench("report", "--results", results), repr(str(results)), "ltdi-bench run")


@pytest.mark.parametrize("arguments", [["list", "methods"], [*RIDGE, "--dry-run"], ["data", "verify", "dots"]])
def test_cache_below_a_file(ltdi_bench, dots, tmp_path, monkeypatch, arguments):
    (tmp_path / "file").touch()
    monkeypatch.setenv("LTDI_BENCH_CACHE", str(tmp_path / "file" / "cache"))
    done = ltdi_bench(*arguments)
    assert_one_line(done, tmp_path / "file" / "cache", "Not a directory", "LTDI_BENCH_CACHE")
    assert "Errno" not in done.err and ".staging" not in done.err


@pytest.mark.parametrize("file", [None, "page.html"])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_full_disk(ltdi_bench, cache, monkeypatch, file, number):
    def full(*_):
        raise OSError(number, os.strerror(number), file)

    monkeypatch.setattr("benchmark.report.results.read_results", full)
    done = ltdi_bench("report")
    assert_one_line(done, file or "The output", os.strerror(number), "make room: `ltdi-bench cache list`", cache)


@pytest.mark.parametrize("place", ["file/page.html", "page.html/page.html"])
def test_page_that_cannot_be_written(ltdi_bench, capsys, tmp_path, monkeypatch, place):
    """The error names what was asked for, not the hidden file that is written first."""
    (tmp_path / "file").touch()
    (tmp_path / "page.html").symlink_to("/proc")  # where nobody can make anything
    monkeypatch.setattr("benchmark.report.results.read_results", lambda *_: None)
    monkeypatch.setattr("benchmark.report.page.render_page", lambda _: b"")
    done = ltdi_bench("report", "--html", tmp_path / place)
    assert_one_line(done, repr(str(tmp_path / place)), "cannot be read or written", "name another place")
    assert "Errno" not in done.err and ".staging" not in done.err


@pytest.mark.parametrize("arguments", [RIDGE, [*RIDGE, "--dry-run"], ["report"], ["report", "--format=csv"]])
def test_truncated_record(ltdi_bench, stored, results, arguments):
    stored.write_bytes(stored.read_bytes()[:100])
    done = ltdi_bench(*arguments, "--results", results)
    assert_one_line(done, repr(str(stored)), "truncated or damaged; delete it")


@pytest.mark.parametrize("arguments", [RIDGE, ["report"]])
def test_foreign_file_among_the_records(ltdi_bench, stored, results, arguments):
    stored.write_text('{"someone": "else"}')
    done = ltdi_bench(*arguments, "--results", results)
    assert_one_line(done, repr(str(stored)), "move it away")


def test_damaged_latency(ltdi_bench, stored, results):
    file = results / "latency" / "ridge-cpu-0123.json"
    file.parent.mkdir()
    file.write_text("{")
    assert_one_line(ltdi_bench("report", "--results", results), repr(str(file)))


def test_missing_checkpoint_of_a_record_without_latency(ltdi_bench, stored, results, monkeypatch):
    monkeypatch.setattr("benchmark.running.workbench.pretrain", lambda *_arguments, **_options: None)
    done = ltdi_bench(*RIDGE, "--device=cpu", "--results", results)
    *log, error = done.err.splitlines()
    assert all("latencies" in line for line in log)
    assert_one_line(replace(done, err=f"{error}\n"), "checkpoint", repr(str(stored)), "run again")
