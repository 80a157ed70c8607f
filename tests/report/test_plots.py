"""What the plots show, that they are written, and that text in records stays text."""

from itertools import product

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.text import Text
from PIL import Image

from benchmark.analysis.statistics import rank
from benchmark.report.plots import curves, ranks, sensitivity, tradeoff
from benchmark.report.plots.style import accuracy_axis, fingerprint, fingerprint_in, looks, panels
from benchmark.report.results import read_results
from benchmark.report.selection import Selection
from methods.errors import UserError

H200 = {"device": "cuda", "device_name": "NVIDIA H200"}


def rows(results, **chosen):
    return read_results(results.store, selection=Selection(**chosen)).rows


def curve_to(last, steps=(100, 200, 300)):
    return [{"step": s, "seconds": s / 10, "validation_accuracy": last * s / steps[-1]} for s in steps]


@pytest.fixture(scope="module")
def filled(new_results):
    """Three methods in two settings with three seeds, learning curves and a small grid of variants."""
    results = new_results()
    for seed in range(3):
        for way in (5, 20):
            for method, accuracy, ms in (("fast", 0.8, 0.1), ("slow", 0.9, 10.0), ("worse", 0.7, 5.0)):
                curve = curve_to(accuracy + 0.01 * seed)
                key = results.add(accuracy + 0.001 * seed, seed=seed, method=method, way=way, curve=curve, seconds=ms)
                results.add_latency(key, 10 * ms, ms)
        for length in (2, 4):
            for steps in (10, 20, 50):
                if (length, steps) != (4, 50):
                    hyperparameters = {"trajectory_length": length, "diffusion_steps": steps}
                    results.add(
                        0.5 + length / 20 + steps / 1000, seed=seed, suite="grid", hyperparameters=hyperparameters
                    )
    return results


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


@pytest.mark.parametrize(
    ("values", "widths"),
    [((97.9, 98.1), (0.1, 0.1)), ((20.0, 99.5), (1, 1)), ((96.5, 98.0), (4.0, 0.1)), ((50, 50), (0, 0))],
)
def test_accuracy_axis_holds_the_values_with_room_and_few_ticks(values, widths):
    """Also where an interval reaches beyond 100 %."""
    _, (ax,) = panels(1)
    accuracy_axis(ax, values, [v + side * w for v, w in zip(values, widths, strict=True) for side in (-1, 1)])
    low, high = ax.get_ylim()
    assert low < min(values) and max(values) < high < 100
    ticks = [tick for tick in ax.get_yticks() if low <= tick <= high]
    assert 2 <= len(ticks) <= 13 and ticks == sorted(ticks)
    places = ax.transData.transform([(0, low), (0, min(values)), (0, max(values)), (0, high)])[:, 1]
    if min(values) < max(values):
        assert places[2] - places[1] > 0.3 * (places[3] - places[0])  # most of it is not left to intervals


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


def test_every_picture_names_what_must_be_known_of_a_method(results):
    """Its legend or title is all that a picture has to say so."""
    own = {
        "maml": {"transductive": True},
        "ridge": {"body": {"version": 1, "architecture": "resnet18-imagenet", "pretrained": "ImageNet-1k"}},
    }
    names = {"lt-di", "maml [transductive]", "ridge [pre-trained body]"}
    for way, steps in product((5, 20), (1, 2)):
        for method in ("lt-di", *own):
            hyperparameters, curve = {"steps": steps}, curve_to(0.9)
            added = {"way": way, "hyperparameters": hyperparameters, "curve": curve, **own.get(method, {})}
            results.add_latency(results.add(0.9, method=method, **added), 1.0, 1.0)
    found = rows(results)
    labels = {row.named() for row in found}
    assert {row.named(row.method) for row in found} == names
    for panel in tradeoff.panels(found, "latency"):
        assert {point.label for point in panel.points} == labels
    for panel in tradeoff.panels(found, "training"):
        assert {point.series for point in panel.points} == names
    assert {curve.label for drawn in curves.panels(found, "steps").values() for curve in drawn} == labels
    (diagram,) = ranks.diagrams(found)
    assert {method.label for method in diagram.methods} == labels
    maps = [sensitivity.heat_maps(found, method, None, None)[0] for method in ("lt-di", *own)]
    assert {heat_map.title.split("\n")[0] for heat_map in maps} == names
    settings = read_results(results.store).settings_of(0, list(own))
    assert {label for _, of in settings for label in of} == labels - {row.label for row in found}


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


def test_labels_are_in_the_order_of_their_numbers():
    assert list(looks(["a (n=100)", "a (n=20)", "a", "b (n=3)"])) == ["a", "a (n=20)", "a (n=100)", "b (n=3)"]


EVERY = [
    ("tradeoff", []),
    ("tradeoff", ["--x=training"]),
    ("tradeoff", ["--x=diffusion-steps"]),
    ("tradeoff", ["--x=trajectory-length"]),
    ("tradeoff", ["--x=training", "--y=noise"]),
    ("curves", []),
    ("curves", ["--x=seconds"]),
    ("curves", ["--x=all-seconds"]),
    ("sensitivity", []),
    ("ranks", []),
]


@pytest.mark.parametrize(("name", "options"), EVERY)
@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_every_plot_is_written(ltdi_bench, filled, tmp_path, name, options, suffix):
    file = tmp_path / "plots" / f"plot.{suffix}"
    done = ltdi_bench("plot", name, *options, "--results", filled.store.root, "--out", file)
    assert (done.code, done.err) == (0, "")
    if suffix == "svg":
        assert b"<svg" in file.read_bytes()
    else:
        image = Image.open(file).convert("L")
        assert image.width > 400 and image.getextrema() == (0, 255)


def test_same_plot_is_the_same_file_and_carries_what_it_shows(ltdi_bench, filled, tmp_path):
    for name in ("one", "two"):
        ltdi_bench("plot", "tradeoff", "--results", filled.store.root, "--out", tmp_path / f"{name}.svg")
    one, two = (tmp_path / f"{name}.svg").read_bytes(), (tmp_path / "two.svg").read_bytes()
    assert one == two
    assert fingerprint_in(one) == fingerprint(tradeoff.data(tradeoff.panels(rows(filled), "latency")))
    assert fingerprint_in(b"<svg/>") is None and fingerprint_in(b"no svg") is None


def test_text_of_records_is_no_formula_and_no_markup(ltdi_bench, results, tmp_path):
    hostile = r"_$\frac{$ <script>alert(1)</script> & $x$"
    for seed in range(2):
        for shot in (1, 5):
            for method in (hostile, "b"):
                key = results.add(
                    seed=seed, shot=shot, method=method.replace("/", ""), split=hostile, curve=curve_to(0.5),
                    hyperparameters={"diffusion_steps": 20 + seed, hostile: seed},
                )  # fmt: skip
                results.add_latency(key, 1, 1)
    for name in ("tradeoff", "curves", "sensitivity", "ranks"):
        done = ltdi_bench("plot", name, "--results", results.store.root, "--out", tmp_path / "p.svg")
        assert (done.code, done.err) == (0, "")
        assert b"<script" not in (tmp_path / "p.svg").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["tradeoff", "--out=plot.jpeg"], "end its name in .png, .svg, .pdf"),
        (["tradeoff", "--methods=fats"], "Did you mean 'fast'?"),
        (["tradeoff", "--ways=7"], "there are: [5, 20]"),
        (["tradeoff", "--suites=fewshot", "--x=diffusion-steps"], "choose another --x"),
        (["curves", "--suites=grid"], "No record here holds a learning curve"),
        (["sensitivity", "--method=fast"], "No hyper-parameter of fast varies"),
        (["sensitivity", "--suites=fewshot"], "No hyper-parameter of any method varies"),
        (["sensitivity", "--x=diffusion_step"], "Did you mean 'diffusion_steps'?"),
        (["sensitivity", "--method=lt"], "Unknown method"),
        (["sensitivity", "--x=diffusion_steps", "--y=diffusion_steps"], "Both axes would show 'diffusion_steps'"),
        (["ranks", "--ways=5", "--suites=fewshot"], "Ranks need"),
        (["ranks", "--results=nowhere"], "ltdi-bench run"),
    ],
)
def test_wrong_wishes_are_one_line(ltdi_bench, filled, tmp_path, monkeypatch, arguments, part):
    monkeypatch.chdir(tmp_path)
    given = [] if any(a.startswith("--results") for a in arguments) else ["--results", filled.store.root]
    done = ltdi_bench("plot", *arguments, *given)
    assert done.code == 2 and done.err.startswith("Error: ") and done.err.count("\n") == 1
    assert part in done.err
    assert not list(tmp_path.glob("*.svg"))


def test_unknown_method_is_refused_before_drawing(filled):
    with pytest.raises(UserError, match="Allowed: fast, lt-di, slow, worse"):
        rows(filled, methods=["zzz"])
