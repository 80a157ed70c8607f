"""The plot of trajectories, from checkpoints of a run."""

import numpy as np
import pytest
import torch
from PIL import Image

from benchmark.chains import trace
from benchmark.records import RecordStore
from benchmark.report.plots.trajectories import Paths, best_plane, draw
from benchmark.report.results import read_results
from methods import registry
from methods.heads import Head
from methods.interface import Examples, Problem, Task, Traced
from tests.run.conftest import only

QUICK = only(["lt-di", "ridge"])
pytestmark = pytest.mark.usefixtures("warmed")


@pytest.fixture
def store(ltdi_bench, tmp_path):
    assert ltdi_bench("run", "fewshot", *QUICK, "--seeds=1", "--results", tmp_path / "results").code == 0
    return RecordStore(tmp_path / "results")


def test_chains_end_in_what_the_method_generates(ltdi_bench, store, tmp_path):
    cells, labels = read_results(store).one_setting(0, ["lt-di"])
    paths = trace(store, cells, labels, chains=3, data=None)
    (chains,) = paths.chains.values()
    steps = cells[0].key["hyperparameters"]["diffusion_steps"]
    assert chains.shape[:2] == (3, steps + 1)
    starts, ends = chains[:, 0], chains[:, -1]
    assert np.abs(starts[0] - starts[1]).max() > 0.01  # other noise for each chain
    assert len(paths.optimisation) == cells[0].key["hyperparameters"]["preparation_steps"] + 1
    loss = paths.loss(np.concatenate([paths.optimisation[[0, -1]], ends]))
    assert loss[1] < 0.5 * loss[0]  # the head was trained on this task
    again = trace(store, cells, labels, chains=3, data=None)
    assert np.array_equal(again.chains["lt-di"], chains)

    done = ltdi_bench("plot", "trajectories", "--results", store.root, "--out", tmp_path / "t.png", "--chains=2")
    assert (done.code, done.err) == (0, "")
    assert Image.open(tmp_path / "t.png").width > 600
    store.checkpoint_path(cells[0].key).unlink()
    for options, part in [
        ([], "checkpoint"),
        (["--methods=ridge"], "ridge does not generate a head step by step"),
        (["--methods=lt-di", "--seed=1"], "choose another --seed"),
        (["--out=t.gif"], "end its name in"),
    ]:
        done = ltdi_bench("plot", "trajectories", "--results", store.root, *options)
        assert done.code == 2 and part in done.err and done.err.count("\n") == 1


@pytest.mark.parametrize("name", ["lt-di", "lv-di"])
def test_chain_ends_in_the_head_that_is_used(name):
    generator = torch.Generator().manual_seed(0)
    method = registry.load(name)()
    method.build(Problem(5, 1, (16,), Head(16, 8, 5)))
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
    paths = Paths("title", {"a": chains}, optimisation, lambda heads: 1 + (heads**2).sum(1))
    plane = best_plane(paths)
    assert plane.shown == pytest.approx(1)
    assert plane.lift(plane.project(chains)) == pytest.approx(chains)
    assert plane.project(optimisation[-1]) == pytest.approx([0, 0])
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

    figure = draw(Paths("title", {"a": chains}, optimisation, loss))
    (heads,) = asked
    assert np.abs(heads[loss(heads).argmin()]).max() < 0.1
    assert heads[:, 2] == pytest.approx(0)
    assert len(figure.axes[0].lines) == 5  # a chain, where it starts and ends, the optimisation and its end
