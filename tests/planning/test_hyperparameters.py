"""Hyper-parameters from profiles and from --set."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmark.planning.plan import make_plan
from benchmark.planning.request import Request
from methods.errors import UserError
from tests.planning.plans import METHOD, plan, plan_one


def test_hyperparameters_are_those_of_the_profile(dots, mine):
    assert plan_one(mine, profile="smoke").hyperparameters["steps"] == 2
    assert plan_one(mine, profile="cpu").hyperparameters["steps"] == 10


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("steps", "7", 7),
        ("rate", "2", 2.0),
        ("rate", "1e-3", 0.001),
        ("fast", "true", True),
        ("fast", "False", False),
        ("outer", "reptile", "reptile"),
        ("widths", "5+6+7", [5, 6, 7]),
        ("widths", "5", [5]),
    ],
)
def test_changed_hyperparameter_has_the_type_of_its_default(dots, mine, name, text, value):
    found = plan_one(mine, changes=[("my-method", name, text)]).hyperparameters
    assert found[name] == value
    assert type(found[name]) is type(value)
    unchanged = plan_one(mine).hyperparameters
    assert {n for n in found if found[n] != unchanged[n]} <= {name}


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("steps", "2.5", "int"),
        ("steps", "many", "int"),
        ("rate", "fast", "float"),
        ("rate", "nan", "float"),
        ("rate", "inf", "float"),
        ("fast", "1", "bool"),
        ("fast", "yes", "bool"),
        ("widths", "5,6", "list"),
        ("widths", "5+", "list"),
    ],
)
def test_changed_hyperparameter_of_another_type_is_an_error(dots, mine, name, text, kind):
    with pytest.raises(UserError, match=rf"my-method.{name} must be like .*\({kind}\), not"):
        _ = plan_one(mine, changes=[("my-method", name, text)]).hyperparameters


def test_hyperparameters_that_no_record_could_hold_are_an_error(dots, mine):
    for default, part in (
        ("Path = Path('x')", "Object of type .*Path is not JSON serializable"),
        ("tuple = ()", "like"),
    ):
        Path(mine).write_text(
            "from pathlib import Path\n" + METHOD.replace("    steps: int", f"    odd: {default}\n    steps: int")
        )
        with pytest.raises(UserError, match=part):
            _ = plan_one(mine, changes=[("my-method", "odd", "3+4")]).hyperparameters


def test_unknown_hyperparameter_is_an_error(dots, mine):
    with pytest.raises(UserError, match=r"Unknown hyper-parameter of my-method 'stpes'. Did you mean 'steps'\?"):
        _ = plan_one(mine, changes=[("my-method", "stpes", "1")]).hyperparameters


def test_changes_concern_their_method_only(dots):
    cells = plan("ridge", "prototypes", "metadiff", changes=[("ridge", "penalty", "3"), ("metadiff", "steps", "5")])
    found = {cell.method.label: cell.hyperparameters for cell in cells}
    assert found["ridge"] == {"penalty": 3.0}
    assert found["prototypes"] == {}
    assert found["metadiff"]["steps"] == 5


def test_a_change_of_what_a_suite_varies_is_said_and_makes_no_cell_twice(dots):
    request = Request("sensitivity", datasets=["dots"], seeds=1, changes=[("lt-di", "trajectory_length", "3")])
    plan = make_plan(request)
    settings = [
        (cell.hyperparameters["trajectory_length"], cell.hyperparameters["diffusion_steps"]) for cell in plan.cells
    ]
    assert settings == [(3, steps) for steps in (10, 20, 50, 100)]
    assert "'sensitivity' varies lt-di.trajectory_length itself; --set holds it at 3 in all" in plan.notice
    assert make_plan(replace(request, changes=[("lt-di", "steps", "3")])).notice is None


def test_a_change_of_the_user_holds_in_every_variant(dots):
    changes = [("lv-di", "width", "32")]
    cells = make_plan(Request("search", methods=["lv-di"], datasets=["dots"], seeds=1, changes=changes)).cells
    assert len(cells) > 3
    assert {cell.hyperparameters["width"] for cell in cells} == {32}
