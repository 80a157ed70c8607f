"""Critical-difference diagrams: who is ranked, what is joined, and that all names have room."""

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

from benchmark.analysis.statistics import rank
from benchmark.report.plots import ranks
from tests.report.drawn import rows


def test_bars_join_methods_that_do_not_differ():
    ranking = rank([[10, 9, 8, 1, 0.5]] * 6)
    assert ranking.critical_difference == pytest.approx(2.49, abs=0.01)
    assert ranks.indistinguishable(ranking) == [(0, 2), (1, 3), (2, 4)]
    assert ranks.indistinguishable(rank([[1, 2, 3], [3, 2, 1]])) == [(0, 2)]


def test_ranks_are_over_data_sets_and_settings(results):
    for dataset in ("omniglot", "glyphs"):
        for shot in (1, 5):
            for number, method in enumerate("abc"):
                results.add(0.9 - number / 10, dataset=dataset, shot=shot, method=method)
    (diagram,) = ranks.diagrams(rows(results))
    assert diagram.ranking.blocks == 4
    assert [(m.label, m.average_rank) for m in diagram.methods] == [("a", 1), ("b", 2), ("c", 3)]


def test_variants_that_one_sheet_alone_has_do_not_take_the_method_out_of_the_ranks(results):
    """`stress` varies MetaDiff on plain tasks, and so its name there."""
    for tasks in ("plain", "imbalanced"):
        study = {"study": "optimal-path"} if tasks == "plain" else {}
        results.add(0.9, tasks=tasks, method="metadiff", hyperparameters={"steps": 10}, **study)
        results.add(0.8, tasks=tasks, method="prototypes", hyperparameters={})
    results.add(0.7, method="metadiff", hyperparameters={"steps": 20}, study="optimal-path")
    (diagram,) = ranks.diagrams(rows(results))
    assert [(m.label, m.average_rank) for m in diagram.methods] == [("metadiff", 1), ("prototypes", 2)]
    assert diagram.left_out == ["metadiff (steps=20)"]


def text_extents(figure):
    """Where the texts of a figure's only axes are, in pixels."""
    FigureCanvasAgg(figure).draw()
    (ax,) = figure.axes
    return [text.get_window_extent() for text in ax.get_children() if isinstance(text, Text) and text.get_text()]


def test_what_is_not_ranked_has_room_below(results):
    for number in range(60):
        for shot in (1, 5) if number < 2 else (1,):
            results.add(0.9, shot=shot, method=f"a-method-of-some-length-{number}")
    figure = ranks.draw(ranks.diagrams(rows(results)))
    extents = text_extents(figure)
    assert min(extent.y0 for extent in extents) >= 0
    assert max(extent.y1 for extent in extents) <= figure.bbox.y1


def test_settings_that_a_data_set_changes_do_not_take_a_method_out_of_the_ranks(results):
    for dataset, steps in (("omniglot", 10), ("glyphs", 20)):
        results.add(0.9, dataset=dataset, method="lt-di", hyperparameters={"steps": steps})
        results.add(0.8, dataset=dataset, method="prototypes", hyperparameters={})
    (diagram,) = ranks.diagrams(rows(results))
    assert [m.label for m in diagram.methods] == ["lt-di", "prototypes"]
    assert diagram.left_out == []


def test_long_names_of_ranked_methods_are_not_cut_off(results):
    """As those of variants are, and of files that were changed."""
    names = ["a", "lt-di (steps=100, trajectory_length=2, method_source=43959249df7c)"]
    for shot in (1, 5):
        for number, method in enumerate(names):
            results.add(0.9 - number * shot / 10, shot=shot, method=method)
    figure = ranks.draw(ranks.diagrams(rows(results)))
    extents = text_extents(figure)
    assert min(extent.x0 for extent in extents) >= 0
    assert max(extent.x1 for extent in extents) <= figure.bbox.x1
