"""What the plots show, that they are written, and that text in records stays text."""

from itertools import product

import pytest
from PIL import Image

from benchmark.report.plots import curves, ranks, sensitivity, tradeoff
from benchmark.report.plots.style import accuracy_axis, fingerprint, fingerprint_in, looks, panels
from benchmark.report.results import read_results
from methods.errors import UserError
from tests.report.drawn import curve_to, rows


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
