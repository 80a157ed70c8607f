"""Tasks that need more classes or images than the data have."""

from dataclasses import replace

import pytest

from benchmark.cells.scenarios.split_classes import SplitClasses
from benchmark.planning.sizes import check_sizes
from methods.errors import UserError
from tests.planning.plans import plan, plan_one


def test_sizes_that_fit_are_accepted(dots):
    check_sizes(plan(ways=(5, 10), shots=(1, 5)))


def test_validation_tasks_may_be_narrower_than_test_tasks(dots):
    check_sizes(plan(split="few", ways=(3,)))
    narrow = replace(plan_one(split="narrow", ways=(17,)), part="validation")
    check_sizes([replace(narrow, part="test")])
    with pytest.raises(UserError, match="17-way tasks need 17 classes, but the validation part of dots"):
        check_sizes([narrow])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"ways": (5, 11)},
            "11-way tasks need 11 classes, but the test part of dots (default) has 10; ",
        ),
        ({"split": "few"}, "5-way tasks need 5 classes, but the test part of dots (few) has 3; "),
        (
            {"shots": (1, 6)},
            "6-shot tasks with 15 queries need 21 images per class, "
            "but a class of the train part of dots (default) has 20; ",
        ),
    ],
)
def test_sizes_that_do_not_fit_are_an_error(dots, options, message):
    with pytest.raises(UserError) as raised:
        check_sizes(plan(**options))
    assert str(raised.value).startswith(message)
    assert "choose smaller --" in str(raised.value)


def test_half_of_the_training_classes_is_called_a_half(dots):
    with pytest.raises(UserError, match=r"11-way tasks .* but a half of the train part of dots \(default\) has 10;"):
        check_sizes([replace(plan_one(ways=(11,)), scenario=SplitClasses("seen"), part="validation")])
    with pytest.raises(UserError, match=r"5-way tasks .* but the test part of dots \(few\) has 3;"):
        check_sizes([replace(plan_one(split="few", ways=(5,)), scenario=SplitClasses("seen"))])


def test_images_that_are_too_few_for_a_single_shot_are_no_matter_of_shots(dots):
    (cell,) = plan(shots=(1,))
    with pytest.raises(UserError, match=r"need 21 images per class, but .* has 20; restore its images"):
        check_sizes([replace(cell, profile=replace(cell.profile, queries=20))])
