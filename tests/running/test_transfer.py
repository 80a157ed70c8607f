"""The suites `zeroshot` and `domain` at the smoke profile, on data that take a second."""

import json
from dataclasses import replace

import numpy as np
import pytest

from benchmark import suites
from benchmark.data import catalogue
from benchmark.data.catalogue import Located
from benchmark.data.dataset import ImageSplit, Selection
from benchmark.planning.plan import make_plan
from benchmark.planning.request import Request
from benchmark.report.reproduce import Commands
from benchmark.suites import zeroshot as zeroshot_suite
from methods.errors import UserError
from tests.running.sources.tiny_domains import NAMES

ZEROSHOT = ("run", "zeroshot", "--datasets=tiny-domains", "--source=tiny", "--shots=5", "--seeds=1", "--profile=smoke")
DOMAIN = ("run", "domain", "--datasets=tiny-domains", "--ways=5", "--shots=1", "--seeds=1", "--profile=smoke")
QUICK = tuple(
    f"--set={method}.{change}"
    for method in ("lt-di", "semantic-lt-di")
    for change in ("steps=5", "prepared_heads=20", "preparation_steps=5", "diffusion_steps=5")
)


def records(folder, suite):
    """The records of a suite by method."""
    found = [json.loads(path.read_text()) for path in sorted(folder.glob(f"{suite}/*.json"))]
    return {record["key"]["method"]: record for record in found}


@pytest.fixture
def zeroshot(ltdi_bench, tmp_path):
    """Runs methods in `zeroshot`: zeroshot(methods, *options) -> records by method."""

    def run(methods, *options):
        named = f"--methods={','.join(methods)}"
        quick = [option for option in QUICK if option.split("=")[1].split(".")[0] in methods]
        done = ltdi_bench(*ZEROSHOT, named, *quick, *options, "--device=cpu", f"--results={tmp_path}")
        assert done.code == 0, done.err + done.out
        return records(tmp_path, "zeroshot")

    return run


def test_both_tracks_end_to_end(zeroshot, ltdi_bench, tmp_path):
    found = zeroshot(["lt-di", "prototypes", "semantic-lt-di", "semantic-ridge"])
    assert {record["status"] for record in found.values()} == {"ok"}
    tracks = {method: (record["key"]["track"], record["key"]["shot"]) for method, record in found.items()}
    assert tracks == {
        "lt-di": ("gradient-free", 5),
        "prototypes": ("gradient-free", 5),
        "semantic-lt-di": ("semantic", 0),
        "semantic-ridge": ("semantic", 0),
    }
    for method, record in found.items():
        key = record["key"]
        assert (key["way"], key["source"], key["source_way"]) == (10, "tiny", 10)
        assert key["left_out"] == ["pattern 03", "pattern 55"]
        assert ("semantics" in key) == method.startswith("semantic")
        assert record["data"]["source"]["classes"] == {"train": 29, "validation": 29}
        assert "train" not in record["data"]["classes"]
    assert found["prototypes"]["result"]["accuracy_mean"] > 0.15  # chance is 0.1
    report = ltdi_bench("report", f"--results={tmp_path}").out
    text = " ".join(report.split())
    assert "track semantic, meta-trained on tiny" in text
    assert "track gradient-free, meta-trained on tiny" in text
    assert "without pattern 03, pattern 55, which tiny-domains has too" in text
    for record in found.values():
        command = Commands().command(record["key"])
        again = ltdi_bench(*command.split()[1:], "--seeds=1", "--dry-run", f"--results={tmp_path}")
        assert [line.split()[0] for line in again.out.splitlines()] == ["done"]


@pytest.mark.parametrize(
    ("train", "message"),
    [
        (Selection(classes=NAMES[1:], share=(0.0, 0.5)), "but '03' is in one of them only; restore"),
        (Selection(groups=("plain", "dark")), "but one has them in several groups; restore"),
    ],
)
def test_parts_of_different_classes_are_an_error(ltdi_bench, monkeypatch, tmp_path, train, message):
    """Support and query images are paired by the numbers of their classes."""
    kind = type(catalogue.get("tiny-domains"))
    monkeypatch.setattr(kind, "split", lambda self, name: ImageSplit(train, train, Selection(groups=("negative",))))
    done = ltdi_bench(*ZEROSHOT, "--methods=prototypes", "--ways=5", f"--results={tmp_path}")
    assert done.code == 2
    assert "The train and the test part of tiny-domains (official) must have the same classes" in done.err
    assert message in done.err
    assert records(tmp_path, "zeroshot") == {}


def test_class_vectors_come_from_a_file(zeroshot, tmp_path):
    rng = np.random.default_rng(0)
    words = [f"pattern {i:02d}" for i in range(60)] + ["03", *(f"figure {i}" for i in range(1, 9))]
    file = tmp_path / "vectors.npz"
    np.savez(file, words=np.array(words), vectors=rng.normal(size=(len(words), 7)))
    found = zeroshot(["semantic-ridge"], f"--semantics={file}")
    assert found["semantic-ridge"]["key"]["semantics"]["kind"] == "vectors.npz"
    assert found["semantic-ridge"]["status"] == "ok"


def test_missing_class_vectors_are_named(ltdi_bench, tmp_path):
    file = tmp_path / "vectors.csv"
    file.write_text("\n".join(f"pattern {i:02d},1,{i}" for i in range(60)))
    done = ltdi_bench(*ZEROSHOT, "--methods=semantic-ridge", f"--semantics={file}", f"--results={tmp_path / 'new'}")
    assert done.code == 2
    assert "'vectors.csv' has no vector for 9 of 10 classes ('03', 'figure 1'" in done.err
    assert not list(tmp_path.glob("new/*/*.json"))


@pytest.mark.parametrize(
    ("asked", "settings"),
    [
        ({}, {(5, 1), (5, 5)}),
        ({"ways": (5, 20), "shots": (1, 5)}, {(5, 1), (5, 5), (20, 1), (20, 5)}),
        ({"shots": (2,)}, {(5, 2)}),
        ({"ways": (9,)}, {(9, 1), (9, 5)}),
    ],
)
def test_domain_takes_the_settings_of_the_data_set_unless_others_are_asked_for(asked, settings):
    plan = make_plan(Request("domain", methods=["ridge"], datasets=["tiny-domains"], **asked))
    assert {(cell.way, cell.shot) for cell in plan.cells} == settings


def test_domain_end_to_end(ltdi_bench, tmp_path):
    methods = "--methods=prototypes,lt-di,source-classifier"
    quick = [option for option in QUICK if option.startswith("--set=lt-di")]
    done = ltdi_bench(*DOMAIN, methods, *quick, "--device=cpu", f"--results={tmp_path}")
    assert done.code == 0, done.err + done.out
    found = records(tmp_path, "domain")
    assert {record["key"]["split"] for record in found.values()} == {"plain"}
    assert {record["status"] for record in found.values()} == {"ok"}
    assert found["source-classifier"]["data"]["images_per_class"]["validation"] == [18, 18]
    assert found["prototypes"]["result"]["accuracy_mean"] > 0.4


def test_each_target_learns_from_the_best_source_of_other_images(tmp_path, monkeypatch):
    """CIFAR-FS is made of CIFAR-100's images: it serves for CIFAR-10 only."""

    def begin(folder):
        """A copy that is there, though it lacks most: an empty folder would count as absent."""
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "begun").touch()

    for folder in ("cifar-10-batches-py", "cifar-100-python"):
        begin(folder)
    monkeypatch.setattr(Located, "class_names", lambda self: ("airplane", "bird", "cat"))
    monkeypatch.setattr(zeroshot_suite, "_widest", lambda source: 9)
    request = Request("zeroshot", methods=["prototypes"], data=tmp_path)

    def learned(plan):
        return {cell.data.dataset.name: cell.learned_from.dataset.name for cell in plan.cells}

    plan = make_plan(request)
    assert learned(plan) == {"cifar10": "cifar-fs"}
    needs = "cifar100, which needs another data set to meta-train on: none of imagenet, tiered-imagenet, mini-imagenet"
    assert plan.notice.startswith(f"Left out: {needs} is in ") and plan.notice.count("\n") == 0
    for datasets in (["cifar10", "cifar100"], ["cifar100"]):
        with pytest.raises(UserError, match=f"'zeroshot' cannot be run on {needs}"):
            make_plan(replace(request, datasets=datasets))
    begin("mini-imagenet")
    assert learned(make_plan(request)) == {"cifar10": "mini-imagenet", "cifar100": "mini-imagenet"}
    assert learned(make_plan(replace(request, datasets=["cifar10"], source="cifar-fs"))) == {"cifar10": "cifar-fs"}
    begin("tiered-imagenet")  # the better one
    assert learned(make_plan(request)) == {"cifar10": "tiered-imagenet", "cifar100": "tiered-imagenet"}
    (tmp_path / "mini-imagenet" / "images").mkdir()
    for name in ("train.csv", "val.csv", "test.csv"):
        (tmp_path / "mini-imagenet" / name).touch()  # whole, where the others lack what they need
    assert learned(make_plan(request)) == {"cifar10": "mini-imagenet", "cifar100": "mini-imagenet"}


@pytest.mark.parametrize("track", ["semantic", "gradient-free"])
def test_a_track_has_methods_that_are_told_the_same(tmp_path, monkeypatch, track):
    for folder in ("cifar-10-batches-py", "mini-imagenet"):
        (tmp_path / folder).mkdir()
    monkeypatch.setattr(Located, "class_names", lambda self: ("airplane", "bird", "cat"))
    monkeypatch.setattr(zeroshot_suite, "_widest", lambda source: 9)
    cells = make_plan(Request("zeroshot", track=track, data=tmp_path)).cells
    assert {cell.scenario.track for cell in cells} == {track}
    assert {cell.method.label for cell in cells} == {
        name for name in suites.get("zeroshot").methods if name.startswith("semantic") == (track == "semantic")
    }


def test_source_that_has_the_targets_classes_only_is_refused(ltdi_bench, tmp_path, monkeypatch):
    monkeypatch.setattr(type(catalogue.get("tiny")), "words", lambda self, name: "pattern 55")
    done = ltdi_bench(*ZEROSHOT, f"--results={tmp_path}")
    assert done.code == 2
    assert done.err.startswith(
        "Error: Without the classes of tiny-domains there are none left of tiny to meta-train on"
    )


def test_source_and_target_show_the_same_kind_of_thing(ltdi_bench, tmp_path, monkeypatch):
    monkeypatch.setattr(type(catalogue.get("tiny")), "kind", "photographs")
    done = ltdi_bench(*ZEROSHOT, f"--results={tmp_path}")
    assert done.code == 2
    assert done.err == "Error: tiny shows photographs, tiny-domains characters; choose another --source.\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("fewshot", "--datasets=tiny", "--methods=source-classifier"), "run it in 'domain', or leave it out"),
        (("fewshot", "--datasets=tiny", "--methods=semantic-ridge"), "run it in 'zeroshot', or leave it out"),
        (("fewshot", "--datasets=tiny", "--source=tiny"), "leave out --source"),
        (("zeroshot", "--methods=finetune"), "finetune adapts by gradients on the support set, which 'zeroshot' does"),
        (("zeroshot", "--methods=metadiff"), "metadiff adapts by gradients on the support set, which 'zeroshot' does"),
        (("zeroshot", "--methods=reptile"), "reptile adapts by gradients on the support set, which 'zeroshot' does"),
        (("fewshot", "--datasets=tiny", "--semantics=x.csv"), "leave out --semantics"),
        (("zeroshot", "--datasets=tiny-domains"), "none of imagenet, tiered-imagenet, mini-imagenet, cifar-fs is in"),
        (
            ("zeroshot", "--datasets=tiny-domains", "--source=tiny-domains"),
            "tiny-domains (plain) are of the same classes, but choices are made on classes that methods have not",
        ),
        (
            ("zeroshot", "--datasets=tiny-domains", "--source=tiny", "--methods=ridge", "--semantics=x.csv"),
            "None of these methods is conditioned on class vectors; leave out --semantics.",
        ),
        (("fewshot", "--datasets=tiny-domains"), "(plain) are of the same classes, but tasks of 'fewshot' are of new"),
        (("zeroshot", "--datasets=tiny", "--source=tiny-domains"), "tiny has no training and test images"),
        (("zeroshot", "--datasets=tiny-domains", "--source=tiny", "--semantics=x.csv"), "no file 'x.csv'"),
        (("domain", "--datasets=tiny"), "tiny has no domains"),
        (("fewshot", "--datasets=tiny", "--track=semantic"), "'fewshot' has no tracks; leave out --track."),
        (("zeroshot", "--track=semantics"), "Unknown track 'semantics'. Did you mean 'semantic'?"),
        (("zeroshot", "--track=semantic", "--methods=ridge"), "ridge is not of the track 'semantic'; leave it out"),
        (("domain", "--datasets=typefaces", "--split=official"), "Unknown target domain of typefaces 'official'"),
    ],
)
def test_what_a_suite_cannot_do_is_one_line(ltdi_bench, tmp_path, arguments, message):
    done = ltdi_bench("run", *arguments, f"--results={tmp_path}")
    assert done.code == 2
    assert message in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(("shots", "tasks"), [((20,), 1), ((3,), 4)])
def test_tasks_of_many_classes_with_many_images_come_one_at_a_time(ltdi_bench, shots, tasks):
    request = Request("zeroshot", ["meta-baseline"], ["tiny-domains"], shots=shots, seeds=1, source="tiny")
    (cell,) = make_plan(request).cells
    assert (cell.input_sizes.way, cell.input_sizes.shot) == (29, *shots) and cell.way == 10
    assert cell.hyperparameters["episodes_per_step"] == tasks
