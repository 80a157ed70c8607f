"""Learning curves: their steps, intervals, axes and legends."""

import pytest
from matplotlib.collections import PolyCollection

from benchmark.report.plots import curves
from methods.errors import UserError
from tests.report.drawn import curve_to, rows


def test_curves_are_means_over_seeds_at_shared_steps(results):
    results.add(seed=0, curve=curve_to(0.8))
    results.add(seed=1, curve=[{**point, "seconds": 2 * point["seconds"]} for point in curve_to(0.6)[:2]])
    results.add(seed=2)
    ((curve,),) = curves.panels(rows(results), "steps").values()
    assert curve.x == [100, 200] and curve.seeds == 2
    assert curve.value == pytest.approx([100 * 0.7 / 3, 200 * 0.7 / 3])
    # s = 100 x 0.2 / 3 / sqrt(2) at the first step; t(0.975, 1 degree of freedom) = 12.706 from tables
    assert curve.interval[0] == pytest.approx(12.706 * 100 * 0.2 / 3 / 2, rel=1e-4)
    ((curve,),) = curves.panels(rows(results), "seconds").values()
    assert curve.x == [15, 30]
    ((curve,),) = curves.panels(rows(results), "all-seconds").values()
    assert curve.x == [16, 31]  # a second of preparation each


def test_curves_of_very_unequal_length_share_a_logarithmic_axis(results):
    results.add(method="a", curve=curve_to(0.8))
    results.add(method="b", curve=curve_to(0.8, (100, 400, 900)))
    draw = lambda: curves.draw(curves.panels(rows(results), "steps"), "steps").axes[0].get_xscale()  # noqa: E731
    assert draw() == "linear"
    results.add(method="c", curve=curve_to(0.8, (100, 400, 901)))
    assert draw() == "log"


def test_legend_of_curves_is_in_the_order_in_which_they_end(results):
    for method, end in (("a", 0.6), ("b", 0.9), ("c", 0.8)):
        results.add(method=method, curve=curve_to(end))
    figure = curves.draw(curves.panels(rows(results), "steps"), "steps")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["b", "c", "a"]


@pytest.mark.parametrize(("methods", "bands"), [(6, 6), (7, 0)])
def test_many_curves_have_their_intervals_at_the_end(results, methods, bands):
    for number in range(methods):
        for seed in range(2):
            results.add(method=f"m{number}", seed=seed, curve=curve_to(0.6 + number / 50 + seed / 100))
    (ax,) = curves.draw(curves.panels(rows(results), "steps"), "steps").axes
    shaded = [each for each in ax.collections if isinstance(each, PolyCollection)]
    assert (len(shaded), len(ax.containers)) == (bands, methods - bands)


def test_curves_of_a_diagnostic(results):
    for seed in range(2):
        points = [{**point, "unexplained_variance": 4.0 + seed} for point in curve_to(0.8)]
        results.add(seed=seed, curve=points)
    ((curve,),) = curves.panels(rows(results), "steps", ["unexplained_variance"]).values()
    assert curve.value == [4.5, 4.5, 4.5]
    with pytest.raises(UserError, match="Did you mean 'unexplained_variance'"):
        curves.panels(rows(results), "steps", ["unexplained_varance"])


def test_several_values_of_curves_are_lines_of_one_panel_for_each_method(results):
    for method, error in (("lt-di", 1.0), ("lv-di", 2.0)):
        points = [
            {**point, "unexplained_variance_anchor_0": error, "unexplained_variance_anchor_1": 10 * error}
            for point in curve_to(0.8)
        ]
        results.add(method=method, curve=points)
    shown = curves.panels(rows(results), "steps", ["unexplained_variance_anchor_0", "unexplained_variance_anchor_1"])
    assert [title.split(", ")[-1] for title in shown] == ["lt-di", "lv-di"]
    assert [[(curve.label, curve.value[0]) for curve in panel] for panel in shown.values()] == [
        [("unexplained variance anchor 0", 1.0), ("unexplained variance anchor 1", 10.0)],
        [("unexplained variance anchor 0", 2.0), ("unexplained variance anchor 1", 20.0)],
    ]
    figure = curves.draw(shown, "steps", ["unexplained_variance_anchor_0", "unexplained_variance_anchor_1"])
    assert {ax.get_ylabel() for ax in figure.axes} == {"unexplained variance anchor"}
