"""What methods make smaller at the profile "cpu" where images are large, features wide or tasks of many images."""

import pytest

from methods import registry
from methods.errors import UserError
from methods.interface import Method, Needs
from methods.profiles import PROFILE_NAMES, InputSizes

SMALL = InputSizes((28, 28, 1), features=64, way=5, shot=1)
MIDDLE = InputSizes((32, 32, 3), features=256, way=5, shot=1)
LARGE = InputSizes((84, 84, 3), features=1600, way=5, shot=1)
WIDE = InputSizes((28, 28, 1), features=1280, way=5, shot=1)
MANY = InputSizes((28, 28, 1), features=64, way=16, shot=20)


def changes(name, inputs, profile="cpu"):
    """What a method changes of its settings for inputs."""
    method = registry.load(name)
    usual = method.for_profile(profile)
    scaled = vars(method.scaled(usual, profile, inputs))
    return {field: value for field, value in scaled.items() if value != vars(usual)[field]}


@pytest.mark.parametrize("name", registry.names())
def test_small_inputs_and_other_profiles_change_nothing(name):
    assert changes(name, SMALL) == {}
    for profile in (*PROFILE_NAMES,):
        assert profile == "cpu" or changes(name, LARGE, profile) == {}


HEADS = {"prepared_heads": 2000}


@pytest.mark.parametrize(
    ("name", "middle", "large"),
    [
        *((name, {}, HEADS) for name in ("lt-di", "lv-di", "semantic-lt-di", "vae", "regression", "flow-matching")),
        ("mean-head", {}, HEADS),
        ("classifier-baseline", {"classifier_steps": 4000}, {"classifier_steps": 1000}),
        ("meta-baseline", {"classifier_steps": 4000}, {"classifier_steps": 1000, "steps": 60}),
        ("reptile", {}, {"iterations": 300}),
        *((name, {}, {}) for name in ("maml", "metadiff", "set-to-set", "prototypes", "ridge", "finetune")),
    ],
)
def test_the_larger_the_images_the_fewer_of_what_takes_long(name, middle, large):
    """The numbers are parts of the keys of records."""
    assert changes(name, MIDDLE) == middle
    assert changes(name, LARGE) == large


def test_wide_features_of_small_images_get_fewer_heads():
    assert changes("lt-di", WIDE) == changes("mean-head", WIDE) == HEADS
    assert changes("reptile", WIDE) == {}


def test_tasks_of_many_images_come_one_at_a_time():
    assert changes("meta-baseline", MANY) == {"episodes_per_step": 1}
    assert changes("meta-baseline", InputSizes((28, 28, 1), features=64, way=20, shot=5)) == {}


def test_unknown_profiles_are_refused():
    with pytest.raises(UserError, match=r"Unknown profile 'papr'. Did you mean 'paper'\?"):
        registry.load("ridge").for_profile("papr")
    with pytest.raises(UserError, match=r"Unknown profile 'smok'. Did you mean 'smoke'\?"):
        type("Mine", (Method,), {"PROFILES": {"smok": {}}})


def test_a_method_without_settings_for_check_has_those_of_smoke():
    set_to_set = registry.load("set-to-set")
    assert set_to_set.for_profile("check") == set_to_set.for_profile("smoke") != set_to_set.for_profile("cpu")
    lt_di = registry.load("lt-di")
    assert lt_di.for_profile("check").steps < lt_di.for_profile("smoke").steps


def test_needs_that_there_are_not_are_refused():
    with pytest.raises(UserError, match=r"Unknown Needs.inputs 'pixel'. Did you mean 'pixels'\?"):
        Needs(inputs="pixel")
    with pytest.raises(UserError, match=r"Unknown Needs.condition 'semantic'. Did you mean 'semantics'\?"):
        Needs(condition="semantic")
