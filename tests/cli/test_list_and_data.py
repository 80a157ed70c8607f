"""What there is: help, lists, data sets, and the cells of a run that is only planned."""

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmark import suites
from benchmark.bodies import architectures
from benchmark.cells.profiles import PROFILES
from benchmark.data import bank, catalogue, formats
from benchmark.data.sources import glyphs
from benchmark.planning import sizes as planning
from methods import registry

HEAVY = {"torch", "torchvision", "pandas", "matplotlib", "scipy"}
AFTERWARDS = f"""
import sys
try:
    main()
finally:
    print("imported:", *sorted(set(sys.modules) & {HEAVY!r}), file=sys.stderr)
"""


def heavy_imports(*arguments, before=""):
    """Names of the slow packages that a command imports, in a process of its own."""
    code = f"{before}\nfrom benchmark.cli import main\n{AFTERWARDS}"
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout
    return done.stderr.splitlines()[-1].split()[1:]


@pytest.fixture
def thin_glyphs(monkeypatch):
    """One drawing a character, of 20, which take fifteen seconds."""
    monkeypatch.setattr(glyphs, "DRAWINGS", 1)


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"]])
def test_help_imports_nothing_slow(arguments):
    assert heavy_imports(*arguments) == []


def test_finding_that_a_run_is_planned_imports_no_torch(ltdi_bench, dots, tmp_path):
    arguments = ["run", "fewshot", "--datasets", "dots", "--ways", "5", "--dry-run", "--results", tmp_path / "results"]
    assert ltdi_bench(*arguments).code == 0  # describes the methods, which needs torch once
    folder = str(Path(__file__).parent.parent / "data" / "sources")
    add = f"from benchmark.data import sources; sources.__path__.append({folder!r})"
    assert heavy_imports(*arguments, before=add) == []


def test_help_names_every_command(ltdi_bench):
    done = ltdi_bench("--help")
    assert done.code == 0
    for command in ("check", "data", "list", "merge", "plot", "report", "run"):
        assert f"\n  {command} " in done.out
        assert ltdi_bench(command, "-h").out.startswith(f"Usage: ltdi-bench {command} ")


@pytest.mark.parametrize("arguments", [[], ["data"]])
def test_command_alone_shows_its_help(ltdi_bench, arguments):
    done = ltdi_bench(*arguments)
    shown = done.out + done.err
    assert shown.startswith("Usage: ltdi-bench ")
    assert shown == ltdi_bench(*arguments, "--help").out


def test_version(ltdi_bench):
    assert importlib.metadata.version("ltdi-bench") in ltdi_bench("--version").out


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("suites", suites.names()),
        ("methods", registry.names()),
        ("datasets", [*catalogue.names(), *formats.usages()]),
        ("bodies", architectures.names()),
        ("profiles", PROFILES),
    ],
)
def test_list_has_every_name_with_what_it_is(ltdi_bench, what, names):
    done = ltdi_bench("list", what)
    assert (done.code, done.err) == (0, "")
    first_words = [line.split()[0] for line in done.out.splitlines() if line[:1].strip()]
    assert first_words == list(names)
    assert all(len(line.split()) > 2 for line in done.out.splitlines() if line[:1].strip())


def test_list_of_methods_says_what_a_method_needs(ltdi_bench, monkeypatch):
    def shown():
        return " ".join(ltdi_bench("list", "methods").out.split())

    monkeypatch.setattr(registry, "distribution", lambda package: None)
    assert "needs learn2learn" not in shown()

    def find(package):
        raise importlib.metadata.PackageNotFoundError(package)

    monkeypatch.setattr(registry, "distribution", find)
    assert "(needs learn2learn, which is not installed; install it with: pip install" in shown()


def test_list_of_data_sets_names_their_splits(ltdi_bench):
    shown = " ".join(ltdi_bench("list", "datasets").out.split())
    assert "800-400-423, 1200-423, vinyals" in shown


def test_data_list_says_what_is_there_and_how_to_get_the_rest(ltdi_bench, dots):
    done = ltdi_bench("data", "list")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0] == f"data folder: {dots}"
    found = {line.split()[0]: line.split(maxsplit=1)[1] for line in done.out.splitlines()[1:]}
    assert found["dots"] == "present"
    assert found["glyphs"] == "embedded"
    assert found["omniglot"] == "missing; to get it: ltdi-bench data download omniglot"


def test_data_list_of_a_folder(ltdi_bench, dots_known, tmp_path):
    (tmp_path / "omniglot-py" / "images_background").mkdir(parents=True)
    (tmp_path / "pacs" / "cartoon").mkdir(parents=True)
    (tmp_path / "imagenet" / "train").mkdir(parents=True)
    (tmp_path / "stl10_binary").mkdir()
    done = ltdi_bench("data", "list", "--data", tmp_path)
    found = {line.split()[0]: line.split(maxsplit=1)[1] for line in done.out.splitlines()[1:]}
    evaluation = tmp_path / "omniglot-py" / "images_evaluation"
    assert found["omniglot"] == f"incomplete: there is no {evaluation}; to get it: ltdi-bench data download omniglot"
    assert found["pacs"].startswith(f"incomplete: there is no {tmp_path / 'pacs' / 'art_painting'}; ")
    assert found["imagenet"] == "present"
    assert found["stl10"].startswith("missing"), "an empty folder is no data set"
    assert found["dots"].startswith("missing")


def test_data_verify_glyphs(ltdi_bench, thin_glyphs):
    done = ltdi_bench("data", "verify", "glyphs")
    assert (done.code, done.err) == (0, "")
    count = len(glyphs.classes())
    assert done.out.startswith(f"glyphs: {count} classes, {count} images (1 to 1 a class), fingerprint ")


def test_data_verify_says_what_was_counted(ltdi_bench, dots):
    fingerprint = catalogue.locate("dots", dots).fingerprint()[:16]
    expected = f"dots: 40 classes, 800 images (20 to 20 a class), fingerprint {fingerprint}\n"
    assert ltdi_bench("data", "verify", "dots").out == expected


def test_data_verify_is_as_strict_as_run(ltdi_bench, dots):
    """A class folder that is renamed leaves the number of classes right."""
    located = catalogue.locate("dots", dots)
    located.pack()
    meta = located.folder / "bank.json"
    meta.write_text(meta.read_text().replace("dot 07", "Dot-07"))
    fingerprint(meta.parent)
    done = ltdi_bench("data", "verify", "dots")
    assert (done.code, done.out) == (2, "")
    assert "has a class 'dot 07' that" in done.err
    assert "there is 'Dot-07': rename it" in done.err


def fingerprint(folder):
    """Writes down that of a bank as it is now."""
    meta = json.loads((folder / "bank.json").read_text())
    found = bank.fingerprint(np.load(folder / "images.npy"), np.load(folder / "labels.npy"), tuple(meta["class_names"]))
    (folder / "bank.json").write_text(json.dumps({**meta, "fingerprint": found}))


def test_data_download_of_glyphs_has_nothing_to_do(ltdi_bench):
    done = ltdi_bench("data", "download", "glyphs")
    assert (done.code, done.out, done.err) == (0, "glyphs is already present.\n", "")


def test_data_download_of_what_is_present_has_nothing_to_do(ltdi_bench, dots):
    assert ltdi_bench("data", "download", "dots").out == "dots is already present.\n"


def test_dry_run_lists_the_cells_and_writes_no_results(ltdi_bench, dots, tmp_path):
    options = ["--datasets=dots", "--methods=ridge,prototypes", "--ways=5", "--shots=1,5", "--seeds=2"]
    done = ltdi_bench("run", "fewshot", *options, "--dry-run", "--results", tmp_path / "results")
    assert (done.code, done.err) == (0, "8 cells are left. No record tells how long cells like them take.\n")
    assert not (tmp_path / "results").exists()
    assert done.out.splitlines() == [
        f"missing  dots 5-way {shot}-shot seed {seed} {method}"
        for seed in (0, 1)
        for shot in (1, 5)
        for method in ("ridge", "prototypes")
    ]


def test_dry_run_shows_what_is_done(ltdi_bench, dots, tmp_path):
    from benchmark.planning.plan import make_plan
    from benchmark.planning.request import Request
    from benchmark.store.records import RecordStore

    request = Request("fewshot", ["ridge"], ["dots"], ways=(5,), shots=(1,), seeds=3, profile="smoke")
    rest = {"result": {}, "method": {}, "provenance": {}}
    states = [{"status": "ok", "reason": None}, {"status": "failed", "reason": "why"}]
    for cell, found in zip(make_plan(request).cells, states, strict=False):
        RecordStore(tmp_path).write_record({"key": cell.key(), **found, **rest})
    options = ["--datasets=dots", "--methods=ridge", "--ways=5", "--shots=1", "--seeds=3", "--profile=smoke"]
    done = ltdi_bench("run", "fewshot", *options, "--dry-run", "--results", tmp_path)
    assert [line.split()[0] for line in done.out.splitlines()] == ["done", "failed", "missing"]


def test_quickstart_says_so_on_standard_error(ltdi_bench, thin_glyphs, tmp_path, monkeypatch):
    monkeypatch.setattr(planning, "check_sizes", lambda cells: None)  # thin glyphs are too few for a task
    done = ltdi_bench("run", "fewshot", "--methods=ridge", "--dry-run", "--results", tmp_path / "results")
    assert done.code == 0
    assert "quickstart" in done.err
    assert done.out.splitlines() == [f"missing  glyphs 5-way 1-shot seed {seed} ridge" for seed in (0, 1)]
