"""Accuracy against a cost: what is on the front, what is joined, what is left out."""

import pytest

from benchmark.report.plots import tradeoff
from methods.errors import UserError
from tests.report.drawn import rows

H200 = {"device": "cuda", "device_name": "NVIDIA H200"}


def test_pareto_front_holds_what_nothing_beats_in_both(filled):
    shown = tradeoff.panels(rows(filled, suites=["fewshot"]), "latency")
    assert [panel.subtitle.split(";")[0] for panel in shown] == ["5-way 1-shot", "20-way 1-shot"]
    assert [point.label for point in shown[0].front] == ["fast", "slow"]
    assert {point.label for point in shown[0].points} == {"fast", "slow", "worse"}
    assert shown[0].points[0].value == pytest.approx(90.1)
    assert shown[0].points[0].interval > 0


def test_pareto_front_of_equal_costs_and_of_errors():
    def point(label, cost, value):
        return tradeoff.Point(label, label, cost, value, None)

    points = [point("a", 1, 50), point("b", 1, 60), point("c", 2, 60), point("d", 3, 61)]
    assert [p.label for p in tradeoff.pareto_front(points)] == ["b", "d"]
    assert [p.label for p in tradeoff.pareto_front(points, lowest=True)] == ["a"]


def test_what_is_at_chance_is_named_and_not_drawn(results):
    for seed in range(3):
        for method, accuracy in (("guess", 0.201 + 0.01 * (seed - 1)), ("weak", 0.3), ("good", 0.99)):
            results.add_latency(results.add(accuracy + seed / 1000, seed=seed, method=method), 1.0, 1.0)
    (panel,) = tradeoff.panels(rows(results), "latency")
    assert panel.at_chance == ["guess"] and {point.label for point in panel.points} == {"weak", "good"}
    (panel,) = tradeoff.panels(rows(results, methods=["guess"]), "latency")
    assert panel.at_chance == [] and len(panel.points) == 1  # nothing else is there to be drawn
    figure = tradeoff.draw([panel], "latency")
    assert figure.axes[0].get_ylim()[0] < 20.2 < figure.axes[0].get_ylim()[1]


@pytest.mark.parametrize("budgets", [{"steps": (100, 200), "prepared_heads": (500, 1000)}, {"iterations": (100, 200)}])
def test_budgets_of_a_method_are_joined(results, budgets):
    for seconds, budget in zip((1.0, 2.0), zip(*budgets.values(), strict=True), strict=True):
        results.add(0.8, hyperparameters=dict(zip(budgets, budget, strict=True)), seconds=seconds)
    (panel,) = tradeoff.panels(rows(results), "training")
    assert {point.series for point in panel.points} == {"lt-di"} and len({p.label for p in panel.points}) == 2
    assert [len(line.get_xdata()) for line in tradeoff.draw([panel], "training").axes[0].lines].count(2) >= 1


def test_one_number_of_diffusion_steps_can_be_drawn(results):
    for method in ("a", "b"):
        results.add(0.8, method=method, hyperparameters={"diffusion_steps": 20})
    figure = tradeoff.draw(tradeoff.panels(rows(results), "diffusion-steps"), "diffusion-steps")
    assert figure.axes[0].get_xlim() == pytest.approx((10, 40))


def test_training_time_and_diffusion_steps(filled):
    (panel, _) = tradeoff.panels(rows(filled, suites=["fewshot"]), "training")
    assert {p.label: p.cost for p in panel.points} == {"fast": 1.1, "slow": 11.0, "worse": 6.0}
    (panel,) = tradeoff.panels(rows(filled, suites=["grid"]), "diffusion-steps")
    assert {p.series for p in panel.points} == {"lt-di (trajectory_length=2)", "lt-di (trajectory_length=4)"}
    assert {p.cost: p.value for p in panel.points if p.series.endswith("=4)")} == {
        10.0: pytest.approx(29),
        20.0: pytest.approx(28),
    }


def test_error_and_diagnostics_against_trajectory_length(filled):
    grid = rows(filled, suites=["grid"])
    (panel,) = tradeoff.panels(grid, "trajectory-length")
    assert {(p.series, p.cost): p.value for p in panel.points if p.series.endswith("=10)")} == {
        ("lt-di (diffusion_steps=10)", 2.0): pytest.approx(39),
        ("lt-di (diffusion_steps=10)", 4.0): pytest.approx(29),
    }
    (panel,) = tradeoff.panels(grid, "trajectory-length", "noise")
    assert {(p.value, p.interval) for p in panel.points} == {(0.5, 0.0)} and panel.front == []
    (ax,) = tradeoff.draw([panel], "trajectory-length", "noise").axes
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("weights of a trajectory", "noise, with 95 % t-interval")
    with pytest.raises(UserError, match="Did you mean 'noise'"):
        tradeoff.panels(grid, "trajectory-length", "nose")


def test_rows_of_which_some_seeds_did_not_measure_a_diagnostic_are_not_drawn(results):
    for seed in range(2):
        results.add(seed=seed, method="a", diagnostics={"new": 0.5})
        results.add(seed=seed, method="b", diagnostics={"new": 0.5} if seed else {"old": 0.5})
    (panel,) = tradeoff.panels(rows(results), "training", "new")
    assert [point.label for point in panel.points] == ["a"]
    with pytest.raises(UserError, match="Allowed: new"):
        tradeoff.panels(rows(results), "training", "old")


def test_times_by_another_clock_are_left_out_and_named(results):
    for method in ("a", "b", "c"):
        results.add_latency(results.add(method=method), 1.0, 1.0, **(H200 if method == "c" else {}))
    (panel,) = tradeoff.panels(rows(results), "latency")
    assert [point.label for point in panel.points] == ["a", "b"]
    assert "AMD EPYC" in panel.subtitle and "measured elsewhere: c" in panel.subtitle
