"""Learning curves are seen at even steps and leave training alone."""

import torch

from benchmark.running.curves import Curve
from methods.controls.prototypes import Prototypes
from methods.interface import Progress


def visited(points, steps, look=lambda: {"validation_accuracy": 0.5}):
    curve = Curve(Prototypes(), points)
    for step in range(steps + 1):
        curve.visit(Progress(step, steps, 0.0, "meta-training" if step else "weight preparation"), lambda s=step: s / 2)
    return curve.points(look)


def test_points_are_evenly_spaced_and_the_last_is_the_end():
    assert [point["step"] for point in visited(4, 10)] == [3, 5, 8, 10]
    assert [point["seconds"] for point in visited(2, 10)] == [2.5, 5]
    assert visited(0, 10) == []


def test_other_phases_are_no_points():
    curve = Curve(Prototypes(), 2)
    curve.visit(Progress(5, 5, 0.0, "evaluation"), lambda: 1.0)
    assert curve.points(dict) == []


class Counter(Prototypes):
    """Has learned a number."""

    def __init__(self):
        super().__init__()
        self.register_buffer("learned", torch.tensor(0))


def test_a_point_is_of_the_method_as_it_was_then():
    method = Counter()
    curve = Curve(method, 3)
    for step in range(1, 4):
        method.learned.fill_(10 * step)
        curve.visit(Progress(step, 3, 0.0), lambda: 1.0)
    method.learned.fill_(99)
    assert [point["seen"] for point in curve.points(lambda: {"seen": method.learned.item()})] == [10, 20, 30]
    assert method.learned == 99


def test_looking_draws_no_random_numbers_and_sees_evaluation_mode():
    modes = []

    def look():
        modes.append(method.training)
        torch.rand(3)
        return {}

    method = Prototypes()
    curve = Curve(method, 1)
    torch.manual_seed(0)
    expected = torch.rand(2)
    torch.manual_seed(0)
    curve.visit(Progress(1, 1, 0.0), lambda: 1.0)
    curve.points(look)
    assert torch.equal(torch.rand(2), expected)
    assert modes == [False] and method.training
