"""From options to cells."""

import importlib
import itertools
from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from benchmark.planning.plan import clocked, make_plan, recorded, state
from benchmark.planning.request import Request
from benchmark.store.records import RecordStore
from benchmark.suites.fewshot import FewShot
from benchmark.system.keys import digest
from methods import registry
from methods.errors import UserError
from tests.planning.plans import plan, plan_one


def defaults(**options):
    return make_plan(Request("fewshot", methods=["prototypes"], **options))


def settings_of(cells):
    return {(cell.data.dataset.name, cell.way, cell.shot, cell.seed, cell.profile.name) for cell in cells}


def test_defaults_are_the_present_data_sets_at_the_settings_of_the_suite(dots, monkeypatch):
    monkeypatch.setattr(FewShot, "datasets", ("omniglot", "dots"))
    found = defaults()
    assert found.notice is None
    assert settings_of(found.cells) == set(itertools.product(["dots"], [5, 20], [1, 5], range(5), ["cpu"]))
    assert {cell.split for cell in found.cells} == {"default"}


def test_smoke_takes_the_first_present_data_set_and_says_so(dots, monkeypatch):
    monkeypatch.setattr(FewShot, "datasets", ("omniglot", "dots", "glyphs"))
    found = defaults(profile="smoke")
    assert {cell.data.dataset.name for cell in found.cells} == {"dots"}
    assert found.notice == "The smoke profile takes the first data set, dots; left out: glyphs (--datasets)."
    both = defaults(profile="smoke", datasets=["dots", "glyphs"])
    assert {cell.data.dataset.name for cell in both.cells} == {"dots", "glyphs"}
    assert both.notice is None
    assert {cell.data.dataset.name for cell in defaults().cells} == {"dots", "glyphs"}


def test_all_methods_are_the_default(dots):
    cells = make_plan(Request("fewshot", datasets=["dots"], ways=(5,), shots=(1,), seeds=1)).cells
    assert {"prototypes", "ridge", "lt-di", "lv-di", "metadiff"} <= {cell.method.label for cell in cells}


@pytest.fixture
def without_learn2learn(monkeypatch):
    """As where the package is not installed."""

    def find(package):
        if package == "learn2learn":
            raise PackageNotFoundError(package)

    monkeypatch.setattr(registry, "distribution", find)


@pytest.fixture
def with_learn2learn(monkeypatch):
    """As where the package is installed."""
    monkeypatch.setattr(registry, "distribution", lambda package: None)


def test_method_whose_package_is_not_installed_is_left_out_and_named(dots, without_learn2learn):
    found = make_plan(Request("fewshot", datasets=["dots"], ways=(5,), shots=(1,), seeds=1))
    assert "maml" not in {cell.method.label for cell in found.cells}
    assert found.notice.startswith("Left out: maml needs learn2learn, which is not installed; install it with: pip ")
    assert "\n" not in found.notice


def test_method_whose_package_is_installed_is_among_the_default_ones(dots, with_learn2learn):
    found = make_plan(Request("fewshot", datasets=["dots"], ways=(5,), shots=(1,), seeds=1))
    assert "maml" in {cell.method.label for cell in found.cells}
    assert found.notice is None


def test_method_that_is_asked_for_needs_its_package(dots, without_learn2learn):
    with pytest.raises(UserError, match=r"^maml needs learn2learn, which .*'ltdi-bench\[learn2learn\]'"):
        plan("maml")


def test_incomplete_data_sets_are_left_out_and_named_where_another_is_whole(tmp_path):
    for folder in ("omniglot-py/images_background", "mini-imagenet/images", "tiered-imagenet/train"):
        (tmp_path / folder).mkdir(parents=True)
    request = Request("fewshot", methods=["ridge"], data=tmp_path)
    datasets = {"omniglot", "mini-imagenet", "tiered-imagenet"}
    assert {cell.data.dataset.name for cell in make_plan(request).cells} == datasets  # running says what they lack
    (tmp_path / "omniglot-py" / "images_evaluation").mkdir()
    found = make_plan(request)
    assert {cell.data.dataset.name for cell in found.cells} == {"omniglot"}
    lines = found.notice.splitlines()
    assert lines[0].startswith(f"Left out: mini-imagenet, which is incomplete: there is no {tmp_path}")
    assert lines[1].startswith("Left out: tiered-imagenet, ")
    named = make_plan(replace(request, datasets=["mini-imagenet"]))
    assert {cell.data.dataset.name for cell in named.cells} == {"mini-imagenet"}


def test_file_of_ones_own_says_what_it_requires(dots, mine):
    file = Path(mine)
    required = 'requires = {"some-package": "pip install some-package"}'
    file.write_text(file.read_text().replace('PROFILES = {"smoke"', f'{required}\n    PROFILES = {{"smoke"'))
    with pytest.raises(
        UserError, match=r"^my-method needs some-package, .* install it with: pip install some-package$"
    ):
        plan(mine)


def test_quickstart_where_no_data_set_is_present():
    found = defaults()
    assert settings_of(found.cells) == {("glyphs", 5, 1, 0, "smoke"), ("glyphs", 5, 1, 1, "smoke")}
    assert "quickstart" in found.notice
    assert "ltdi-bench data download omniglot" in found.notice
    assert "\n" not in found.notice


def test_options_override_the_quickstart():
    found = defaults(ways=(4, 6), shots=(2,), seeds=3, profile="cpu")
    assert settings_of(found.cells) == set(itertools.product(["glyphs"], [4, 6], [2], range(3), ["cpu"]))
    assert found.notice is not None


def test_options_override_the_suite(dots):
    cells = plan("prototypes", "ridge", ways=(3, 4), shots=(2,), seeds=2, split="few", profile="paper")
    assert settings_of(cells) == set(itertools.product(["dots"], [3, 4], [2], [0, 1], ["paper"]))
    assert {cell.split for cell in cells} == {"few"}
    assert [cell.method.label for cell in cells[:2]] == ["prototypes", "ridge"]
    assert len(cells) == 8


def test_named_data_set_is_no_quickstart():
    found = defaults(datasets=["glyphs"])
    assert found.notice is None
    assert len(found.cells) == 2 * 2 * 5


def test_method_named_twice_is_run_once(dots):
    assert len(plan("ridge", "ridge")) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"split": "fwe"}, "Unknown split of dots 'fwe'. Did you mean 'few'? Allowed: default, few, narrow."),
        ({"profile": "smoek"}, "Unknown profile 'smoek'. Did you mean 'smoke'? Allowed: cpu, paper, smoke."),
        ({"datasets": ["dost"]}, "Unknown data set 'dost'. Did you mean 'dots'?"),
        ({"datasets": ["omniglot"]}, "The data set 'omniglot' is not in "),
        ({"methods": ["protoypes"]}, "Unknown method 'protoypes'. Did you mean 'prototypes'?"),
        ({"methods": ["none.py"]}, "There is no method file 'none.py'"),
        ({"suite": "few-shot"}, "Unknown suite 'few-shot'. Did you mean 'fewshot'?"),
        ({"changes": [("rigde", "penalty", "1")]}, "Unknown method in --set 'rigde'. Did you mean 'ridge'?"),
    ],
)
def test_wrong_name_is_an_error(dots, options, message):
    with pytest.raises(UserError) as raised:
        make_plan(Request(**{"suite": "fewshot", "datasets": ["dots"], "methods": ["ridge"], **options}))
    assert str(raised.value).startswith(message)


def test_states_of_a_cell(dots, tmp_path):
    store, cell = RecordStore(tmp_path / "results"), plan_one()
    record = {"key": cell.key(), "result": None, "method": {}, "provenance": {}}
    assert state(cell, store) == "missing"
    store.write_record({**record, "status": "failed", "reason": "the loss is nan"})
    assert state(cell, store) == "failed"
    store.write_record({**record, "status": "ok", "reason": None})
    assert state(cell, store) == "done"


def test_a_run_is_recorded_when_every_cell_is_done(dots, tmp_path):
    store, cells = RecordStore(tmp_path / "results"), plan(seeds=2)
    for cell in cells:
        assert not recorded(cells, store)
        store.write_record(
            {"key": cell.key(), "status": "ok", "reason": None, "result": {}, "method": {}, "provenance": {}}
        )
    assert recorded(cells, store)


def test_a_run_is_clocked_when_every_cell_was_measured_on_this_device(dots, tmp_path):
    store, cells = RecordStore(tmp_path / "results"), plan(seeds=2)
    for cell in cells:
        assert not clocked(cells, store, "cpu", "mine")
        key = {"record": digest(cell.key()), "method": "prototypes", "device": "cpu", "device_name": "mine"}
        store.write_latency({"key": key, "result": {}, "provenance": {}})
    assert clocked(cells, store, "cpu", "mine")
    assert not clocked(cells, store, "cpu", "another")


def test_seeds_may_start_elsewhere(dots):
    assert [cell.seed for cell in plan(seeds=2, first_seed=3)] == [3, 4]


def test_request_has_the_options_of_the_command(dots):
    """Else an option would be accepted and forgotten."""
    command = importlib.import_module("benchmark.cli.run").command
    options = {option.name for option in command.params} - {
        "results",
        "device",
        "latency",
        "dry_run",
        "jobs",
        "threads",
    }
    assert options - {"record"} == set(Request.__dataclass_fields__) - {"only"}


def test_search_uses_validation_classes_and_seeds_of_its_own(dots):
    cells = make_plan(Request("search", datasets=["dots"], profile="smoke", seeds=2)).cells
    assert {cell.part for cell in cells} == {"validation"}
    assert {cell.key()["part"] for cell in cells} == {"validation"}
    assert {cell.seed for cell in cells} == {100, 101}
    assert "part" not in plan_one().key(), "records of test classes keep their names"


def test_every_variant_of_a_search_is_a_cell_of_its_own(dots):
    cells = make_plan(Request("search", datasets=["dots"], seeds=1)).cells
    keys = [digest(cell.key()) for cell in cells]
    assert len(set(keys)) == len(keys)
    assert {"lt-di", "lv-di", "metadiff"} <= {cell.method.label for cell in cells}


def test_a_method_that_trains_its_own_network_is_run_once_whatever_the_bodies(dots):
    methods = ["prototypes", "reptile"]
    for options, bodies in (({}, ["resnet18", "mobilenetv2", "swin"]), ({"body": "resnet12"}, ["resnet12"])):
        plan = make_plan(Request("architectures", methods=methods, datasets=["dots"], seeds=1, **options))
        found = [(cell.method.label, cell.key()["body"]["architecture"]) for cell in plan.cells]
        assert sorted(found) == sorted([*(("prototypes", body) for body in bodies), ("reptile", "conv4")])


def test_body_that_is_trained_for_longer_is_another_one_for_those_who_have_it(dots):
    request = Request("fewshot", methods=["prototypes", "reptile"], datasets=["dots"], ways=(5,), shots=(1,), seeds=1)
    usual, longer = (
        {cell.method.label: cell for cell in make_plan(replace(request, body_epochs=epochs)).cells}
        for epochs in (None, 77)
    )
    assert longer["prototypes"].recipe == replace(usual["prototypes"].recipe, epochs=77)
    assert longer["prototypes"].key()["body"]["epochs"] == 77
    assert longer["reptile"].key() == usual["reptile"].key(), "it trains a network of its own"
    assert str(longer["prototypes"]).startswith("dots (body of 77 epochs) 5-way")


@pytest.mark.parametrize(
    ("suite", "body", "message"),
    [
        ("stress", None, "Tasks of 'stress' depend on the profile's body; leave out --body-epochs"),
        ("fewshot", "resnet18-imagenet", "resnet18-imagenet has the weights of others and is not trained further"),
    ],
)
def test_body_that_cannot_be_trained_for_longer(dots, suite, body, message):
    with pytest.raises(UserError, match=message):
        make_plan(Request(suite, datasets=["dots"], body=body, body_epochs=5))


@pytest.mark.parametrize(("way", "left_out"), [(5, False), (6, True)])
def test_open_set_tasks_may_take_all_classes_and_no_more(dots, way, left_out):
    found = make_plan(Request("stress", datasets=["dots"], methods=["prototypes"], ways=(way,), seeds=1))
    assert ("open-set" in {cell.tasks for cell in found.cells}) is not left_out
    assert ("12 in all, and there are 10." in (found.notice or "")) is left_out


def test_a_single_image_is_never_imbalanced(dots):
    for shot, tasks in (
        (1, {"plain", "overlapping", "open-set"}),
        (2, {"plain", "imbalanced", "overlapping", "open-set"}),
    ):
        plan = make_plan(Request("stress", ["ridge"], ["dots"], seeds=1, shots=[shot]))
        assert {cell.tasks for cell in plan.cells} == tasks
        assert ("imbalanced 5-way 1-shot tasks of dots; a single image" in (plan.notice or "")) is (shot == 1)


@pytest.mark.parametrize(
    ("suite", "methods", "profile"),
    [("fewshot", None, "check"), ("fewshot", ["lt-di"], "smoke"), ("ablation", ["lt-di"], "check")],
)
def test_at_smoke_suites_take_the_least_unless_the_quickstart_compares_named_methods(dots, suite, methods, profile):
    sizes = {"ways": (5,), "shots": (1,), "seeds": 1}
    cells = make_plan(Request(suite, methods, ["dots"], profile="smoke", **sizes)).cells
    (cell, *_) = (cell for cell in cells if cell.method.label == "lt-di")
    assert cell.hyperparameters == cell.method.hyperparameters[profile]
    assert cell.key()["profile"] == "smoke"
