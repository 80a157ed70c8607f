"""Learning curves are seen at even steps and leave training alone."""

import torch

from benchmark.curves import Curve
from methods.controls.prototypes import Prototypes
from methods.interface import Progress


def visited(points, steps, look=lambda: {"validation_accuracy": 0.5}):
    curve = Curve(Prototypes(), points, look)
    for step in range(steps + 1):
        curve.visit(Progress(step, steps, 0.0, "meta-training" if step else "weight preparation"), lambda s=step: s / 2)
    return curve


def test_points_are_evenly_spaced_and_the_last_is_the_end():
    assert [point["step"] for point in visited(4, 10).points] == [3, 5, 8, 10]
    assert [point["seconds"] for point in visited(2, 10).points] == [2.5, 5]
    assert visited(0, 10).points == []


def test_other_phases_are_no_points():
    curve = Curve(Prototypes(), 2, dict)
    curve.visit(Progress(5, 5, 0.0, "evaluation"), lambda: 1.0)
    assert not curve.points


def test_looking_draws_no_random_numbers_of_training_and_sees_evaluation_mode():
    modes = []

    def look():
        modes.append(method.training)
        torch.rand(3)
        return {}

    method = Prototypes()
    curve = Curve(method, 1, look)
    torch.manual_seed(0)
    expected = torch.rand(2)
    torch.manual_seed(0)
    curve.visit(Progress(1, 1, 0.0), lambda: 1.0)
    assert torch.equal(torch.rand(2), expected)
    assert modes == [False] and method.training
    assert curve.seconds > 0
