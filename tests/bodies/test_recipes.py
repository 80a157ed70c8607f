"""Which body a data set gets, and that results measured before keep their names."""

import json
from pathlib import Path

import pytest

from benchmark.bodies import architectures
from benchmark.bodies.recipe import Recipe
from benchmark.cells.profiles import PROFILES
from methods.errors import UserError

RECORDS = Path(__file__).parents[2] / "results/fewshot"


@pytest.mark.parametrize("path", sorted(RECORDS.glob("omniglot-*.json")), ids=lambda path: path.stem)
def test_committed_records_have_the_body_of_their_profile(path):
    key = json.loads(path.read_text())["key"]
    assert PROFILES[key["profile"]].recipe("characters").key() == key["body"]


def test_key_of_a_recipe_without_later_settings_never_changes():
    assert Recipe(epochs=12).key() == {
        "version": 1,
        "epochs": 12,
        "architecture": "conv4",
        "width": 64,
        "batch": 128,
        "learning_rate": 0.003,
        "weight_decay": 0.05,
        "label_smoothing": 0.1,
        "temperature": 16.0,
    }


def test_later_settings_are_part_of_the_key():
    plain, photographs = Recipe(1), Recipe(1, augmentation="photographs")
    others = Recipe(1, augmentation="photographs", pretrained="elsewhere")
    assert photographs.key() == {**plain.key(), "augmentation": "photographs"}
    assert others.key() == {**photographs.key(), "pretrained": "elsewhere"}
    assert Recipe(1, class_scale=0.1).key() == {**plain.key(), "class_scale": 0.1}


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_photographs_and_characters_have_recipes_of_their_own(profile):
    assert profile.recipe("characters") == profile.body
    assert profile.recipe("characters").augmentation == "characters"
    assert profile.recipe("photographs").augmentation == "photographs"


@pytest.mark.parametrize("name", architectures.names())
def test_every_architecture_has_a_recipe_of_its_own(name):
    recipes = {other: PROFILES["cpu"].recipe("photographs", other) for other in architectures.names()}
    assert recipes[name].architecture == name
    assert sum(recipe.key() == recipes[name].key() for recipe in recipes.values()) == 1
    assert (recipes[name].pretrained is not None) == name.endswith("-imagenet")


def test_weights_of_others_are_not_trained():
    assert PROFILES["paper"].recipe("photographs", "swin-imagenet").epochs == 0


def test_unknown_architecture_is_an_error_with_a_guess():
    with pytest.raises(UserError, match=r"Unknown body 'resnet-12'. Did you mean 'resnet12'\?"):
        architectures.get("resnet-12")


def test_larger_bodies_take_fewer_epochs_where_there_is_no_gpu():
    for profile in (PROFILES["smoke"], PROFILES["cpu"]):
        assert profile.recipe("characters", "swin").epochs < profile.recipe("characters").epochs
    assert PROFILES["paper"].recipe("characters", "swin").epochs == PROFILES["paper"].recipe("characters").epochs
    assert PROFILES["cpu"].recipe("characters", "swin-imagenet").epochs == 0
