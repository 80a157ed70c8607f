"""The plot of trajectories, from checkpoints of a run."""

import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from benchmark.analysis.landscape import Landscape, Paths, best_plane
from benchmark.report.plots.trajectories import Shown, draw
from benchmark.report.results import read_results
from benchmark.running.traces import trace
from benchmark.store.records import RecordStore
from benchmark.system.keys import digest
from methods import registry
from methods.interface import Examples, Problem, Task, Traced
from tests.running.conftest import only

QUICK = only(["lt-di", "ridge"])
pytestmark = pytest.mark.usefixtures("warmed")


@pytest.fixture
def store(ltdi_bench, tmp_path):
    assert ltdi_bench("run", "fewshot", *QUICK, "--seeds=1", "--results", tmp_path / "results").code == 0
    return RecordStore(tmp_path / "results")


def test_chains_end_in_what_the_method_generates(store):
    cells, labels = read_results(store).settings_of(0, ["lt-di"])[0]
    assert labels == ["lt-di"]
    paths = trace(store, cells, chains=3, data=None)
    (chains,) = paths.chains.values()
    steps = cells[0].key["hyperparameters"]["diffusion_steps"]
    assert chains.shape[:2] == (3, steps + 1)
    starts, ends = chains[:, 0], chains[:, -1]
    assert np.abs(starts[0] - starts[1]).max() > 0.01  # other noise for each chain
    assert len(paths.optimisation) == cells[0].key["hyperparameters"]["preparation_steps"] + 1
    loss = paths.loss(np.concatenate([paths.optimisation[[0, -1]], ends]))
    assert loss[1] < 0.5 * loss[0]  # the head was trained on this task
    again = trace(store, cells, chains=3, data=None)
    assert np.array_equal(again.chains[digest(cells[0].key)], chains)


def test_a_task_of_fewer_classes_where_validation_has_fewer_than_a_way(ltdi_bench, tmp_path):
    done = ltdi_bench("run", "fewshot", *only(["lt-di"]), "--split=narrow", "--seeds=1", "--results", tmp_path)
    assert done.code == 0
    cells, _ = read_results(RecordStore(tmp_path)).settings_of(0, ["lt-di"])[0]
    paths = trace(RecordStore(tmp_path), cells, chains=2, data=None)
    (chains,) = paths.chains.values()
    assert chains.shape[2] == paths.optimisation.shape[1], "heads for the four classes that there are"
    loss = paths.loss(paths.optimisation[[0, -1]])
    assert loss[1] < 0.5 * loss[0]


def test_plot_is_drawn_from_what_is_kept(ltdi_bench, store, tmp_path):
    """Made once where the checkpoints are, drawn from a copy without them, checked and carried on as records are."""

    def plot(folder, *options, out="t.png"):
        return ltdi_bench("plot", "trajectories", "--results", folder, "--out", tmp_path / out, "--chains=2", *options)

    done = plot(store.root)
    assert (done.code, done.err) == (0, "")
    assert Image.open(tmp_path / "t.png").width > 600
    (kept,) = (store.root / "trajectories").iterdir()
    assert json.loads(kept.read_bytes())["format"] == "ltdi-bench trajectories 1"
    before = kept.read_bytes()

    bare = tmp_path / "bare"
    shutil.copytree(store.root, bare, ignore=shutil.ignore_patterns("checkpoints"))
    assert plot(store.root, out="one.svg").code == plot(bare, out="two.svg").code == 0
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()
    assert kept.read_bytes() == before and not (bare / "checkpoints").exists()
    assert ltdi_bench("report", "--results", bare, "--against", store.root).code == 0
    merged = ltdi_bench("merge", bare, store.root, "--results", tmp_path / "all")
    assert (merged.code, (tmp_path / "all" / "trajectories" / kept.name).read_bytes()) == (0, before)

    for options, part in [
        (["--chains=3"], "2 chains of lt-di, tiny 5-way 1-shot seed 0"),  # what there is instead
        (["--methods=ridge"], "is missing"),
        (["--methods=lt-di", "--seed=1"], "choose another --seed"),
        (["--out=t.gif"], "end its name in"),
    ]:
        done = plot(bare, *options)
        assert done.code == 2 and part in done.err and done.err.count("\n") == 1
    done = plot(store.root, "--methods=ridge")
    assert done.code == 2 and "ridge does not generate a head step by step" in done.err

    copy = bare / "trajectories" / kept.name
    content = json.loads(before)
    for spoilt, part in [
        (before[:500], "truncated or damaged"),
        (b'{"another": "thing"}', "not a file of this store"),
        (json.dumps({**content, "key": {**content["key"], "chains": 9}}).encode(), "was changed after it was written"),
        (json.dumps({**content, "result": {**content["result"], "loss": [[1.0]]}}).encode(), "was changed after"),
    ]:
        copy.write_bytes(spoilt)
        done = plot(bare)
        assert done.code == 2 and part in done.err and done.err.count("\n") == 1
        assert ltdi_bench("report", "--results", bare).code == 0  # tables do not depend on it


def test_trajectories_that_contradict_are_not_merged(ltdi_bench, store, tmp_path):
    ltdi_bench("plot", "trajectories", "--results", store.root, "--out", tmp_path / "t.svg", "--chains=1")
    (kept,) = (store.root / "trajectories").iterdir()
    content = json.loads(kept.read_bytes())
    for shift, code in ((1e-4, 0), (1.0, 1)):
        other = tmp_path / f"other{code}" / "trajectories" / kept.name
        other.parent.mkdir(parents=True)
        moved = [[x + shift, y] for x, y in content["result"]["optimisation"]]
        other.write_text(json.dumps({**content, "result": {**content["result"], "optimisation": moved}}))
        done = ltdi_bench("merge", store.root, other.parents[1], "--results", tmp_path / f"all{code}")
        assert done.code == code
    assert "trajectories: tiny 5-way 1-shot seed 0: other paths in" in done.out


@pytest.mark.parametrize("name", ["lt-di", "lv-di"])
def test_chain_ends_in_the_head_that_is_used(name):
    generator = torch.Generator().manual_seed(0)
    method = registry.load(name)()
    method.build(Problem(5, 1, (16,), hidden=8))
    support = Examples(torch.randn(3, 5, 16, generator=generator), torch.arange(5).expand(3, 5))
    task = Task(support, torch.ones(3, 5, dtype=torch.bool), torch.tensor([1, 2, 3]))
    assert isinstance(method, Traced)
    with torch.no_grad():
        assert torch.equal(method.chain(task)[:, -1], method.adapt(task))


def test_plane_holds_curves_that_lie_in_one():
    rng = np.random.default_rng(0)
    axes = np.linalg.qr(rng.normal(size=(50, 2)))[0].T
    origin = rng.normal(size=50)
    optimisation = origin + rng.normal(size=(6, 2)) @ axes
    chains = origin + rng.normal(size=(3, 5, 2)) @ axes
    paths = Paths({"a": chains}, optimisation, lambda heads: 1 + (heads**2).sum(1))
    plane = best_plane(paths)
    assert plane.shown == pytest.approx(1)
    assert plane.lift(plane.project(chains)) == pytest.approx(chains)
    assert plane.project(optimisation[-1]) == pytest.approx([0, 0])
    assert (plane.project(optimisation[0]) <= 0).all()  # training begins at the lower left
    distances = np.linalg.norm(chains - optimisation[-1], axis=-1)
    assert np.linalg.norm(plane.project(chains), axis=-1) == pytest.approx(distances)


def test_loss_is_drawn_where_it_is():
    """A bowl around the trained head: the loss of the drawn grid is smallest next to it."""
    optimisation = np.array([[3.0, 1.0, 0.0], [1.0, 0.5, 0.0], [0.0, 0.0, 0.0]])
    chains = np.array([[[2.0, -1.0, 0.0], [-1.0, 0.2, 0.0]]])
    asked = []

    def loss(heads):
        asked.append(heads)
        return 0.1 + (heads**2).sum(1)

    found = Landscape.of(Paths({"a": chains}, optimisation, loss))
    (heads,) = asked
    assert np.abs(heads[loss(heads).argmin()]).max() < 0.1
    assert heads[:, 2] == pytest.approx(0)
    row, column = np.unravel_index(found.loss.argmin(), found.loss.shape)
    assert abs(found.x[column]) < 0.1 and abs(found.y[row]) < 0.1
    assert found.loss == pytest.approx(0.1 + found.x[None] ** 2 + found.y[:, None] ** 2)
    kept = Landscape.of_plain(json.loads(json.dumps(found.plain())))
    assert kept.agrees(found) and kept.loss == pytest.approx(found.loss, rel=1e-4)
    figure = draw(Shown("title", {"a": "lt-di"}, kept))
    assert len(figure.axes[0].lines) == 5  # a chain, where it starts and ends, the optimisation and its end
