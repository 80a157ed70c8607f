"""Every suite from end to end, on a data set that takes a second and with a few steps of everything."""

from dataclasses import replace

import pytest
import torch

from benchmark import suites
from benchmark.cells import profiles
from benchmark.cells.inputs import resolve
from benchmark.cells.scenarios.within import Within
from benchmark.planning.plan import make_plan
from benchmark.planning.request import Request
from benchmark.report.reproduce import Commands
from benchmark.running.workbench import Workbench
from benchmark.store.artefacts import ArtefactFolder
from benchmark.store.records import RecordStore
from methods import registry

FEW = {
    "steps": 3,
    "prepared_heads": 20,
    "preparation_steps": 6,
    "iterations": 2,
    "width": 16,
    "diffusion_steps": 20,
    "evaluation_steps": 2,
}


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """A smoke profile of even fewer episodes, and methods with few steps."""
    monkeypatch.setitem(profiles.PROFILES, "smoke", replace(profiles.get("smoke"), episodes=10, views=1))


def run(ltdi_bench, store, suite, *options, methods=None):
    """The records of a suite's smoke run, of all its methods or of some."""
    if methods:
        options = (f"--methods={','.join(methods)}", *options)
    methods = methods or suites.get(suite).methods
    settings = [
        f"--set={method}.{name}={value}"
        for method in methods
        for name, value in FEW.items()
        if name in registry.load(method).for_profile("smoke").__dataclass_fields__
        and not any(name in variant for variant in suites.get(suite).variants(method, "smoke"))
    ]
    base = ["--datasets=tiny", "--profile=smoke", "--seeds=1", "--no-latency", "--device=cpu", "--results", store]
    done = ltdi_bench("run", suite, *base, *settings, *options)
    assert done.code == 0, done.out + done.err
    return list(RecordStore(store).records())


def test_ablation(ltdi_bench, tmp_path):
    records = run(ltdi_bench, tmp_path, "ablation")
    assert [r["key"]["method"] for r in records].count("lt-di") == 2, "smoke keeps two variants of a method"
    assert {r["key"]["method"] for r in records} == {"reptile", "vae", "lv-di", "lt-di", "regression"}
    assert all(len(r["result"]["curve"]) == 2 for r in records), "and two points of a curve"


@pytest.mark.parametrize(("suite", "cells"), [("sensitivity", 2), ("tradeoff", 5)])
def test_grids(ltdi_bench, tmp_path, suite, cells):
    assert len(run(ltdi_bench, tmp_path, suite)) == cells


def test_search_is_on_validation_classes(ltdi_bench, tmp_path):
    records = run(ltdi_bench, tmp_path, "search", methods=["regression"])
    assert [(record["key"]["part"], record["status"]) for record in records] == [("validation", "ok")] * 2


def test_budget(ltdi_bench, tmp_path):
    records = run(ltdi_bench, tmp_path, "budget", methods=["regression"])
    assert {r["key"]["hyperparameters"]["steps"] for r in records} == {30, 60}
    assert [r["status"] for r in records] == ["ok"] * 2


def test_fewer_validation_classes_than_a_task_has(ltdi_bench, tmp_path):
    methods = ["lt-di", "set-to-set", "metadiff", "meta-baseline"]
    records = run(ltdi_bench, tmp_path, "fewshot", "--split=narrow", "--ways=5", "--shots=1", methods=methods)
    assert [record["status"] for record in records] == ["ok"] * 4
    (lt_di,) = (record for record in records if record["key"]["method"] == "lt-di")
    assert lt_di["result"]["diagnostics"]["unexplained_variance"] > 0
    shown = ltdi_bench("report", "--results", tmp_path, "--format", "markdown").out
    assert "In the 5-way setting, methods make their choices on 4-way tasks of all validation classes." in shown
    for record in run(ltdi_bench, tmp_path / "study", "convergence", "--split=narrow", methods=["lt-di"]):
        assert record["result"]["diagnostics"]["largest_eigenvalue"] > 0


def test_convergence(ltdi_bench, tmp_path):
    records = run(ltdi_bench, tmp_path, "convergence")
    assert {r["key"]["hyperparameters"]["sam_rho"] for r in records} == {0.05, 0.0}
    for record in records:
        assert record["key"]["study"] == "convergence"
        assert record["result"]["diagnostics"]["largest_eigenvalue"] > 0
        assert len(record["result"]["series"]["excess_loss"]) == 16
    done = ltdi_bench("report", "--results", tmp_path, "--format", "markdown")
    assert "| lt-di (sam\\_rho=0.05)" in done.out and "| largest eigenvalue " in done.out
    for dry in ([], ["--dry-run"]):
        done = ltdi_bench("run", "convergence", "--datasets=tiny", "--methods=ridge", "--results", tmp_path, *dry)
        assert done.code == 2 and "ridge cannot be studied for 'convergence'" in done.err and done.err.count("\n") == 1


def test_cross_fitting(ltdi_bench, tmp_path):
    cells = make_plan(Request("cross-fitting", methods=["prototypes"], datasets=["tiny"], profile="smoke")).cells
    seen, unseen = (
        next(cell for cell in cells if cell.scenario.training_classes == which) for which in ("seen", "unseen")
    )

    def classes(cell, part):
        return cell.origins[part].units.classes.tolist()

    assert classes(seen, "body") == classes(unseen, "body") == classes(seen, "train")
    assert not {*classes(unseen, "train")} & {*classes(unseen, "body")}
    assert classes(seen, "test") == classes(unseen, "test")

    records = run(ltdi_bench, tmp_path, "cross-fitting", "--shots=1")
    found = {(r["key"]["method"], r["key"]["training_classes"]): r["result"] for r in records}
    assert found["prototypes", "seen"] == found["prototypes", "unseen"], "they learn nothing, and the body is the same"
    assert found["regression", "seen"] != found["regression", "unseen"]
    assert {r["data"]["classes"]["train"] for r in records} == {15}
    done = ltdi_bench("report", "--results", tmp_path, "--format", "markdown")
    assert "| regression (training\\_classes=unseen)" in done.out
    key = records[-1]["key"]
    again = ltdi_bench(*Commands().command(key).split()[1:], "--seeds=1", "--dry-run", "--results", tmp_path)
    assert again.out.count("done") == 2, "the command makes both"


@pytest.mark.parametrize(
    ("first", "seeds", "alone"), [(0, 4, []), (0, 3, [(2, 3)]), (1, 2, [(1, 0), (2, 3)]), (3, 1, [(3, 2)])]
)
def test_halves_whose_better_one_does_not_cancel_are_named(first, seeds, alone):
    request = Request("cross-fitting", datasets=["tiny"], methods=["prototypes"], seeds=seeds, first_seed=first)
    lines = (make_plan(request).notice or "").splitlines()
    assert [line.partition(":")[0] for line in lines] == [
        f"Seed {seed} is without the other of its pair, {other}" for seed, other in alone
    ]


def test_halves_of_the_training_classes_are_artefacts_of_their_own(cache, tmp_path):
    cells = make_plan(Request("cross-fitting", methods=["prototypes"], datasets=["tiny"], profile="smoke")).cells
    which = {cell.scenario.training_classes: cell for cell in cells}
    cells = [which["seen"], which["unseen"], replace(which["seen"], scenario=Within())]
    for inputs in ("features", "pixels"):
        bench = Workbench(torch.device("cpu"), ArtefactFolder(cache))
        sources = [bench.sources(resolve(cell)).tasks("train", inputs) for cell in cells]
        assert len({source.key for source in sources}) == 3
        assert [source.class_count for source in sources] == [15, 15, 30]
    assert len(list((cache / "bodies").iterdir())) == 2, "one of half of the classes, one of all"


def test_a_workbench_is_for_one_body(cache):
    request = Request("fewshot", methods=["ridge"], datasets=["tiny"], ways=(5,), shots=(1, 5), seeds=1)
    usual, other_shot = make_plan(request).cells
    bench = Workbench(torch.device("cpu"), ArtefactFolder(cache))

    def made(cell):
        bench.sources(resolve(cell))
        return bench.once("a thing", object)

    first = made(usual)
    assert made(other_shot) is first
    for change in ({"body_epochs": 3}, {"architecture": "resnet12"}, {"seed": 1}):
        assert made(replace(usual, **change)) is not first


def test_sources_know_which_classes_of_two_domains_are_one(cache):
    domains = make_plan(Request("domain", datasets=["tiny-domains"], profile="smoke", ways=[5], shots=[1])).cells[0]
    bench = Workbench(torch.device("cpu"), ArtefactFolder(cache))
    found = bench.sources(resolve(domains)).tasks("train", "pixels")
    assert found.class_count == 20 and found.widest == 10
    assert found.labels.tolist() == [*range(10)] * 2


def test_stress(ltdi_bench, tmp_path, monkeypatch):
    records = run(ltdi_bench, tmp_path, "stress", "--target=tiny-domains")
    found = {
        (r["key"]["method"], r["key"].get("tasks", "plain")): r
        for r in records
        if r["key"]["hyperparameters"].get("schedule") != "cosine"  # a variant of metadiff, on plain tasks only
    }
    for method in ("metadiff", "lt-di", "prototypes", "shrunken-prototypes"):
        kinds = {kind: found[method, kind]["result"] for kind in ("plain", "imbalanced", "overlapping", "open-set")}
        assert kinds["open-set"]["accuracy_mean"] == kinds["plain"]["accuracy_mean"], "unknown queries aside"
        assert 0.5 < kinds["open-set"]["diagnostics"]["auroc_largest_logit"] <= 1 or method in ("metadiff", "lt-di")
    assert found["prototypes", "imbalanced"]["result"] != found["prototypes", "plain"]["result"]
    hard = found["prototypes", "overlapping"]["result"]["accuracy_mean"]
    assert hard <= found["prototypes", "plain"]["result"]["accuracy_mean"]
    studied = [r for r in records if r["key"].get("study")]
    assert {r["key"]["method"] for r in studied} == {"metadiff"} and len(studied) == 2
    assert all("end_error_learned" in r["result"]["diagnostics"] for r in studied)
    done = ltdi_bench("report", "--results", tmp_path, "--format", "markdown")
    assert "## stress: tiny, split default, profile smoke (tasks=open-set)" in done.out

    # Hard tasks and other domains meet what was fitted on plain ones: nothing is trained again.
    for method in ("metadiff", "lt-di"):
        kinds = ("plain", "open-set", "cross-domain")
        assert len({found[method, kind]["provenance"]["seconds"]["meta-training"] for kind in kinds}) == 1

    across = found["prototypes", "cross-domain"]
    assert (across["key"]["dataset"], across["key"]["target"], across["key"]["target_split"]) == (
        "tiny",
        "tiny-domains",
        "plain",
    )
    assert across["key"]["target_left_out"] == ["03"]
    assert across["data"]["classes"] == {"train": 30, "validation": 15}
    assert across["data"]["target"]["classes"] == {"test": 9}
    assert across["result"]["accuracy_mean"] > 0.4  # chance is 0.2
    assert "stress: tiny, split default, tested on tiny-domains, profile smoke" in done.out
    assert "were tested on 9 classes of tiny-domains, without 03, which they had learned from." in done.out
    again = ltdi_bench(*Commands().command(across["key"]).split()[1:], "--seeds=1", "--dry-run", "--results", tmp_path)
    assert any(line.startswith("done") and "cross-domain (tiny-domains)" in line for line in again.out.splitlines())


@pytest.mark.parametrize(("way", "left_out"), [(7, False), (8, True)])
def test_open_set_tasks_that_need_more_classes_than_there_are_are_left_out(way, left_out):
    found = make_plan(Request("stress", datasets=["tiny"], methods=["prototypes"], ways=[way], seeds=1))
    assert ("open-set" in {cell.tasks for cell in found.cells}) is not left_out
    assert ("Left out: open-set 8-way 5-shot tasks of tiny; " in (found.notice or "")) is left_out


def test_search_and_budget_are_planned_with_few_variants():
    for suite in ("search", "budget"):
        methods = suites.get(suite).methods
        cells = make_plan(Request(suite, datasets=["tiny"], profile="smoke")).cells
        assert len(cells) == 2 * len(methods), "one seed, two variants"
        assert len(make_plan(Request(suite, datasets=["tiny"], seeds=1)).cells) > len(cells)
        names = ("steps", "iterations", "classifier_steps")
        lengths = [cell.hyperparameters[name] for cell in cells for name in names if name in cell.hyperparameters]
        assert max(lengths) <= 100


def test_architectures(ltdi_bench, tmp_path):
    cells = make_plan(Request("architectures", datasets=["tiny"])).cells
    assert {cell.architecture for cell in cells} == {"swin", "resnet18", "mobilenetv2"}
    assert {cell.seed for cell in cells} == {0}
    cells = make_plan(Request("architectures", datasets=["tiny"], profile="smoke")).cells
    assert {cell.architecture for cell in cells} == {"resnet18"}
    records = run(ltdi_bench, tmp_path, "architectures", "--body=conv4")
    assert len(records) == 4


def test_quickstart_has_enough_images_to_be_imbalanced():
    found = make_plan(Request("stress"))
    assert "quickstart" in found.notice
    assert {cell.shot for cell in found.cells} == {5}
    assert {cell.key().get("tasks", "plain") for cell in found.cells} == {
        "plain",
        "imbalanced",
        "overlapping",
        "open-set",
        "cross-domain",
    }
    assert {cell.key()["target"] for cell in found.cells if "target" in cell.key()} == {"symbols"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("stress", "--target=tiny"), "What has learned from tiny cannot be tested on tiny"),
        (("stress", "--target=cifar-fs"), "it has to be another data set of characters"),
        (("stress", "--target=tinny"), "Did you mean 'tiny'?"),
        (("fewshot", "--target=glyphs"), "leave out --target"),
    ],
)
def test_wrong_target_is_one_line(ltdi_bench, tmp_path, arguments, message):
    done = ltdi_bench("run", *arguments, "--datasets=tiny", f"--results={tmp_path}")
    assert done.code == 2 and message in done.err and done.err.count("\n") == 1
