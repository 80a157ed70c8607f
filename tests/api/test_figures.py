"""Plots from Python: figures that nothing global knows of, and what the command writes."""

import matplotlib
import pytest
from matplotlib.figure import Figure

import benchmark
from benchmark.report.plots.style import fingerprint_in


@pytest.fixture(scope="module")
def loaded(new_results):
    """Two methods in two settings, with curves and two variants."""
    made = new_results()
    for seed in range(2):
        for method, steps, way in (("lt-di", 10, 5), ("lt-di", 20, 5), ("vae", 10, 5), ("vae", 10, 20)):
            curve = [{"step": s, "seconds": s / 10, "validation_accuracy": 0.5, "loss": 1.0} for s in (100, 200)]
            hyperparameters = {"diffusion_steps": steps, "eta": steps / 10}
            key = made.add(0.9, seed=seed, method=method, way=way, curve=curve, hyperparameters=hyperparameters)
            made.add_latency(key, 1.0, 0.1 * steps)
    for seed in range(2):
        for way in (5, 20):
            for method in ("a", "b"):
                made.add(0.8, seed=seed, suite="other", method=method, way=way)
    return benchmark.load_results(made.store.root)


CALLS = [
    (["tradeoff"], lambda results: benchmark.plots.tradeoff(results)),
    (["tradeoff", "--x=training"], lambda results: benchmark.plots.tradeoff(results, x="training")),
    (
        ["tradeoff", "--x=diffusion-steps", "--y=noise"],
        lambda results: benchmark.plots.tradeoff(results, x="diffusion-steps", y="noise"),
    ),
    (["curves"], lambda results: benchmark.plots.curves(results)),
    (
        ["curves", "--x=seconds", "--y=loss,validation_accuracy"],
        lambda results: benchmark.plots.curves(results, x="seconds", y=["loss", "validation_accuracy"]),
    ),
    (["sensitivity"], lambda results: benchmark.plots.sensitivity(results)),
    (
        ["sensitivity", "--method=lt-di", "--x=eta"],
        lambda results: benchmark.plots.sensitivity(results, method="lt-di", x="eta"),
    ),
    (["ranks"], lambda results: benchmark.plots.ranks(results)),
]


@pytest.mark.parametrize(("arguments", "call"), CALLS, ids=lambda of: " ".join(of) if isinstance(of, list) else "")
def test_figures_are_those_of_the_command(ltdi_bench, loaded, tmp_path, arguments, call):
    figure = call(loaded)
    assert isinstance(figure, Figure)
    ours, theirs = tmp_path / "ours.svg", tmp_path / "theirs.svg"
    benchmark.plots.save(figure, ours)
    done = ltdi_bench("plot", *arguments, "--results", loaded.folder, "--out", theirs)
    assert (done.code, done.out) == (0, f"{theirs} is written.\n")
    assert ours.read_bytes() == theirs.read_bytes()
    assert fingerprint_in(ours.read_bytes())


def test_pyplot_knows_none_of_them(loaded):
    import matplotlib.pyplot as pyplot

    with matplotlib.rc_context():
        before = pyplot.get_fignums()
        assert benchmark.plots.ranks(loaded)._repr_png_().startswith(b"\x89PNG")
        assert pyplot.get_fignums() == before


@pytest.mark.parametrize(
    ("call", "part"),
    [
        (lambda results: benchmark.plots.tradeoff(results, x="latencies"), "Did you mean 'latency'"),
        (lambda results: benchmark.plots.tradeoff(results, y="nose"), "Did you mean 'noise'"),
        (lambda results: benchmark.plots.curves(results, x="second"), "Did you mean 'seconds'"),
        (lambda results: benchmark.plots.curves(results, y="losss"), "Did you mean 'loss'"),
        (lambda results: benchmark.plots.curves(results, y=[]), "y is empty"),
        (lambda results: benchmark.plots.sensitivity(results, method="lt-dy"), "Did you mean 'lt-di'"),
        (lambda results: benchmark.plots.trajectories(results, methods="ridge"), "No record of ridge finished"),
        (lambda results: benchmark.plots.trajectories(results, chains=0), "chains=0 is too small"),
        (lambda results: benchmark.plots.save(benchmark.plots.ranks(results), "a.jpg"), "end its name in .png"),
    ],
)
def test_wrong_options_are_one_line(loaded, call, part):
    with pytest.raises(benchmark.UserError) as raised:
        call(loaded)
    assert part in str(raised.value)
