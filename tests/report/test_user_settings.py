"""Figures and the user's matplotlib: whatever is set up for it, they are the same."""

import os
import subprocess
import sys
from io import BytesIO

import matplotlib as mpl
import pytest

from benchmark.analysis.landscape import Landscape
from benchmark.report.plots import curves, ranks, sensitivity, tradeoff, trajectories
from benchmark.report.plots.style import rendered
from benchmark.report.results import read_results

IN_A_NOTEBOOK = "module://matplotlib_inline.backend_inline"
IMPORT = "from benchmark.data.sources import glyphs; from benchmark.report.plots import style; import matplotlib; "
SETTINGS = [
    {"text.usetex": True},
    {
        "font.family": ["no such font"],
        "font.size": 30,
        "svg.fonttype": "none",
        "savefig.bbox": "tight",
        "savefig.dpi": 17,
        "savefig.transparent": True,
        "axes.unicode_minus": False,
    },
    {
        "axes.facecolor": "black",
        "axes.labelcolor": "white",
        "xtick.labelcolor": "red",
        "xtick.direction": "in",
        "path.sketch": (1, 100, 2),
        "lines.linewidth": 9,
        "errorbar.capsize": 9,
        "legend.frameon": True,
        "image.origin": "upper",
        "figure.autolayout": True,
    },
]


@pytest.fixture(scope="module")
def draw_all(new_results):
    """Draws each kind of plot of some records anew, as SVGs."""
    results = new_results()
    for seed in range(2):
        for method in ("a", "b"):
            curve = [{"step": s, "seconds": s / 10, "validation_accuracy": 0.5 + s / 1000} for s in (100, 200)]
            for way, steps in ((5, 10), (5, 20), (20, 10)):
                hyperparameters = {"diffusion_steps": steps, "eta": [steps]}
                accuracy = 0.6 + steps / 1000 + 0.01 * seed
                options = {"seed": seed, "method": method, "way": way, "curve": curve}
                key = results.add(accuracy, hyperparameters=hyperparameters, **options)
                results.add_latency(key, 10.0, 1.0 * steps)
    rows = read_results(results.store).rows
    around = [[[0.1, 0.2], [0.5, 0.6]]]
    landscape = {"x": [0, 1], "y": [0, 1], "loss": [[1, 2], [3, 4]], "chains": {"r": around}}
    landscape = Landscape.of_plain({**landscape, "optimisation": [[0, 0], [1, 1]], "variance_shown": 0.5})

    def draw():
        figures = {
            "tradeoff": tradeoff.draw(tradeoff.panels(rows, "latency"), "latency"),
            "curves": curves.draw(curves.panels(rows, "steps"), "steps"),
            "ranks": ranks.draw(ranks.diagrams(rows)),
            "sensitivity": sensitivity.draw(sensitivity.heat_maps(rows, None, None, None)),
            "trajectories": trajectories.draw(trajectories.Shown("title", {"r": "lt-di"}, landscape)),
        }
        return {name: rendered(figure, "svg") for name, figure in figures.items()}

    return draw


@pytest.fixture(scope="module")
def usual(draw_all):
    return draw_all()


@pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: next(iter(settings)))
def test_figures_are_the_same_under_all_settings(draw_all, usual, settings):
    with mpl.rc_context(settings):
        assert draw_all() == usual
        assert all(mpl.rcParams[name] == value for name, value in settings.items())  # and the user's stay


def test_a_figure_is_saved_and_shown_without_the_users_settings(filled_figure):
    """Also by its own methods, which a notebook or a script calls."""

    def saved():
        buffer = BytesIO()
        filled_figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
        return buffer.getvalue()

    usual, shown = saved(), filled_figure._repr_png_()
    assert shown.startswith(b"\x89PNG")
    with mpl.rc_context(SETTINGS[0] | SETTINGS[1]):
        assert (saved(), filled_figure._repr_png_()) == (usual, shown)


@pytest.fixture
def filled_figure(results):
    results.add_latency(results.add(), 1.0, 1.0)
    return tradeoff.draw(tradeoff.panels(read_results(results.store).rows, "latency"), "latency")


def python(code, folder, **environment):
    """Runs code in a process of its own, whose matplotlib is set up anew."""
    path = os.pathsep.join(filter(None, sys.path))
    changed = {**os.environ, "PYTHONPATH": path, **environment}
    return subprocess.run([sys.executable, "-c", code], cwd=folder, env=changed, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("backend", "used"),
    [
        (IN_A_NOTEBOOK, None),
        ("module://no.such.backend", "module://no.such.backend"),
        ("nonsense", None),
        ("svg", "svg"),
    ],
)
def test_a_backend_of_elsewhere_stops_nothing(tmp_path, backend, used):
    """What matplotlib knows stays chosen: a notebook shows the user's own figures with it."""
    code = IMPORT + "import os; print(dict.get(matplotlib.rcParams, 'backend')); print(os.environ['MPLBACKEND'])"
    done = python(code, tmp_path, MPLBACKEND=backend)
    assert done.returncode == 0, done.stderr
    chosen, still_set = done.stdout.splitlines()
    assert still_set == backend
    if used:
        assert chosen == used


def test_a_backend_that_was_chosen_before_stays(tmp_path):
    code = f"import matplotlib; matplotlib.use('pdf'); {IMPORT} print(matplotlib.get_backend())"
    assert python(code, tmp_path, MPLBACKEND="svg").stdout == "pdf\n"


def test_a_plot_beside_a_matplotlibrc(results, tmp_path):
    results.add_latency(results.add(), 1.0, 1.0)
    (tmp_path / "matplotlibrc").write_text("text.usetex: True\nfont.family: no such font\nno.such.setting: 1\n")
    code = "from benchmark.cli import main; main()"
    options = f"['ltdi-bench', 'plot', 'tradeoff', '--results', {str(results.store.root)!r}, '--out', 'plot.png']"
    done = python(f"import sys; sys.argv = {options}; {code}", tmp_path, MPLBACKEND=IN_A_NOTEBOOK)
    assert (done.returncode, done.stdout) == (0, "plot.png is written.\n"), done.stderr
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_a_matplotlibrc_that_is_no_text_is_named(results, tmp_path):
    results.add_latency(results.add(), 1.0, 1.0)
    (tmp_path / "matplotlibrc").write_bytes("font.family: Münster\n".encode("utf-16"))
    options = f"['ltdi-bench', 'plot', 'ranks', '--results', {str(results.store.root)!r}]"
    done = python(f"import sys; sys.argv = {options}; from benchmark.cli import main; main()", tmp_path)
    assert done.returncode == 2
    last = done.stderr.splitlines()[-1]
    assert last.startswith("Error: matplotlib cannot read") and "'matplotlibrc'" in last
    assert "Traceback" not in done.stderr
