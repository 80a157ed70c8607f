"""Heat maps of two hyper-parameters."""

import pytest

from benchmark.report.plots import sensitivity
from tests.report.drawn import rows


def test_heat_map_finds_its_method_and_axes(filled):
    (found,) = sensitivity.heat_maps(rows(filled), None, None, None)
    assert (found.x_name, found.y_name) == ("diffusion_steps", "trajectory_length")
    assert (found.x, found.y) == ([10, 20, 50], [2, 4])
    assert found.rows[0, 1].accuracy == pytest.approx(62)
    assert (1, 2) not in found.rows


def test_heat_maps_of_more_than_two_hyperparameters_are_kept_apart(results):
    for width in (16, 32):
        for steps in (1, 2):
            for rate in (0.1, 0.2):
                results.add(hyperparameters={"width": width, "steps": steps, "rate": rate})
    found = sensitivity.heat_maps(rows(results), "lt-di", "width", "steps")
    assert len(found) == 2 and all(len(heat_map.rows) == 4 for heat_map in found)
    assert {heat_map.title.split("\n")[0] for heat_map in found} == {"lt-di (rate=0.1)", "lt-di (rate=0.2)"}


def test_heat_maps_of_several_bodies_are_kept_apart(results):
    for body, accuracy in (("conv4", 0.7), ("resnet12", 0.9)):
        for steps in (1, 2):
            results.add(accuracy, hyperparameters={"steps": steps}, body={"version": 1, "architecture": body})
    found = sensitivity.heat_maps(rows(results), "lt-di", None, None)
    assert {heat_map.title.split("\n")[0]: heat_map.rows[0, 1].accuracy for heat_map in found} == {
        "lt-di (body.architecture=conv4)": pytest.approx(70),
        "lt-di (body.architecture=resnet12)": pytest.approx(90),
    }
