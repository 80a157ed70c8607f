"""What is made smaller at the profile `cpu` for wide features and large images."""

import pytest

from benchmark import suites
from benchmark.cells import profiles
from benchmark.cells.sizes import smaller
from methods import registry

SMALL = {"shape": (28, 28, 1), "kind": "characters"}
MIDDLE, LARGE = ({"shape": (side, side, 3), "kind": "photographs"} for side in (32, 84))


def settings(method, profile="cpu"):
    return vars(registry.load(method).for_profile(profile))


@pytest.mark.parametrize("method", ["lt-di", "mean-head", "meta-baseline", "classifier-baseline", "reptile"])
def test_large_images_get_fewer_of_what_takes_long(method):
    usual = settings(method)
    assert smaller(method, usual, "cpu", **SMALL) == {}
    changes = smaller(method, usual, "cpu", **LARGE)
    assert changes and all(changes[name] < usual[name] for name in changes)
    assert smaller(method, usual, "paper", **LARGE) == {}


def test_the_larger_the_images_the_fewer_the_steps_of_whole_class_training():
    small, middle, large = (
        (usual := settings("meta-baseline")) | smaller("meta-baseline", usual, "cpu", **images)
        for images in (SMALL, MIDDLE, LARGE)
    )
    assert small["classifier_steps"] > middle["classifier_steps"] > large["classifier_steps"]
    assert small["steps"] == middle["steps"] > large["steps"]


def test_methods_that_share_what_is_made_once_agree_on_its_size():
    heads = {m: smaller(m, settings(m), "cpu", **LARGE) for m in ("lt-di", "lv-di", "vae", "mean-head")}
    assert len({changes["prepared_heads"] for changes in heads.values()}) == 1
    for images in (MIDDLE, LARGE):
        steps = {m: smaller(m, settings(m), "cpu", **images) for m in ("meta-baseline", "classifier-baseline")}
        assert len({changes["classifier_steps"] for changes in steps.values()}) == 1


def test_wide_bodies_of_small_images_get_fewer_heads():
    assert smaller("lt-di", settings("lt-di"), "cpu", **SMALL, architecture="mobilenetv2") == {"prepared_heads": 2000}
    assert smaller("ridge", {}, "cpu", **LARGE) == {}


def test_larger_bodies_take_fewer_epochs_where_there_is_no_gpu():
    smoke, cpu, paper = map(profiles.get, ("smoke", "cpu", "paper"))
    for profile in (smoke, cpu):
        assert profile.recipe("characters", "swin").epochs < profile.recipe("characters").epochs
    assert paper.recipe("characters", "swin").epochs == paper.recipe("characters").epochs
    assert cpu.recipe("characters", "swin-imagenet").epochs == 0


def test_tasks_of_many_classes_come_one_at_a_time():
    changes = suites.get("zeroshot").smaller("meta-baseline", settings("meta-baseline"), "cpu", named=False, **SMALL)
    assert changes == {"episodes_per_step": 1}


def test_named_methods_of_the_quickstart_keep_their_settings():
    whole, named = (
        suites.get("fewshot").smaller("lt-di", settings("lt-di", "smoke"), "smoke", named=named, **SMALL)
        for named in (False, True)
    )
    assert whole["steps"] < settings("lt-di", "smoke")["steps"] and named == {}
