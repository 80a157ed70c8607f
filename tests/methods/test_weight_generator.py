"""What the generators' hyper-parameters do, and the losses of the one-pass and few-step relatives of diffusion."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch

from methods import weight_generator
from methods.algorithms.lt_di import LtDi
from methods.algorithms.lv_di import LvDi
from methods.controls.flow_matching import TIME_SCALE, FlowMatching
from methods.controls.regression import DirectRegression
from methods.diffusion import Schedule, TrajectoryDiffusion
from methods.prepared import PreparedHeads
from methods.schedules import one_cycle
from methods.trajectories import Preparation
from tests.methods.generators import SMALL, built
from tests.methods.sources import context, fitted


@pytest.mark.parametrize("outer_loop", ["joint", "reptile"])
def test_both_outer_loops_lower_the_loss(outer_loop):
    _, losses = fitted(LvDi, context(), **SMALL | {"steps": 40, "outer_loop": outer_loop})
    assert np.mean(losses[-10:]) < 0.97 * np.mean(losses[1:11])


def displacement(method, batch, inner_steps, rate):
    """How far, in units of the rate, SGD of its own moves a copy of the network on each task; the mean over tasks."""
    mean = [torch.zeros_like(parameter) for parameter in method.network.parameters()]
    for own in zip(*batch, strict=True):
        copied = copy.deepcopy(method.network)
        sgd = torch.optim.SGD(copied.parameters(), rate)
        for part in zip(*(each.chunk(inner_steps) for each in own), strict=True):
            sgd.zero_grad()
            method.error(copied, part).backward()
            sgd.step()
        for total, before, after in zip(mean, method.network.parameters(), copied.parameters(), strict=True):
            total += (before - after).detach() / rate / len(batch[0])
    return mean


@pytest.mark.parametrize(
    ("settings", "inner_steps", "examples", "rate"),
    [
        ({"outer_loop": "joint"}, 1, 1, 1.0),
        ({"outer_loop": "reptile", "inner_steps": 2, "inner_examples": 3, "inner_learning_rate": 0.2}, 2, 3, 0.2),
    ],
)
def test_an_outer_step_follows_its_tasks(monkeypatch, settings, inner_steps, examples, rate):
    """Joint training follows the mean gradient, which is one inner step on one example."""
    monkeypatch.setattr(weight_generator, "has_fast_bfloat16", lambda device: False)
    seen = []
    whole = LvDi._batch

    def look(self, *given):
        batch = whole(self, *given)
        seen.append(displacement(self, [part.unflatten(0, (5, -1)) for part in batch], inner_steps, rate))
        assert len(batch[0]) == 5 * inner_steps * examples
        return batch

    monkeypatch.setattr(LvDi, "_batch", look)
    method = built(LvDi, tasks_per_step=5, **SMALL | {"steps": 1}, **settings)
    for parameter in method.network.parameters():  # also what starts at zero
        torch.nn.init.normal_(parameter, std=0.2)
    list(method.fit(context()))
    norm = torch.cat([part.flatten() for part in seen[0]]).norm().clamp(min=1)  # gradients are clipped to length 1
    for parameter, expected in zip(method.network.parameters(), seen[0], strict=True):
        torch.testing.assert_close(parameter.grad, expected / norm, atol=1e-5, rtol=1e-3)


def test_the_learning_rate_rises_and_falls_over_the_steps(monkeypatch):
    found = []
    whole = weight_generator.Joint.step
    monkeypatch.setattr(
        weight_generator.Joint,
        "step",
        lambda self, batch: found.append(self.optimiser.param_groups[0]["lr"]) or whole(self, batch),
    )
    fitted(LvDi, context(), **SMALL | {"steps": 40, "learning_rate": 0.003}, tasks_per_step=2)
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 1.0)
    schedule = one_cycle(optimiser, 0.003, 40, rise=0.05)
    for rate in found:
        assert rate == pytest.approx(optimiser.param_groups[0]["lr"])
        optimiser.step(), schedule.step()
    assert len(found) == 40


def test_preparation_has_every_setting_of_it():
    own = {"preparation_steps": 13, "preparation_learning_rate": 0.03, "sam_rho": 0.2, "augmentation": False}
    method = built(LtDi, trajectory_length=5, **own)
    assert method._preparation() == Preparation(13, 0.03, sam_rho=0.2, augmentation=False, trajectory_length=5)


@pytest.mark.parametrize(
    ("parameterisation", "scope", "sampler"),
    [("plain", "nearest", "ddim"), ("v3", "all", "mean"), ("clean", "nearest", "ancestral")],
)
def test_the_chain_has_every_setting_of_it(parameterisation, scope, sampler):
    own = {"diffusion_steps": 10, "final_signal": 1e-3, "beta_growth": 5.0, "trajectory_length": 3}
    named = {"parameterisation": parameterisation, "anchor_scope": scope, "sampler": sampler}
    found = built(LtDi, **own, **named).diffusion
    wanted = TrajectoryDiffusion(Schedule.ending(10, 1e-3, 5.0), 3, parameterisation, scope=scope, sampler=sampler)
    assert (found.parameterisation, found.sampler) == (parameterisation, sampler)
    assert torch.equal(found.schedule.alpha_bar, wanted.schedule.alpha_bar)
    assert torch.equal(found.positions, wanted.positions) and torch.equal(found.pairs, wanted.pairs)


def test_loss_weighs_tasks_and_counts_hidden_and_class_rows_half_each():
    method = built(LtDi)
    generator = torch.Generator().manual_seed(0)
    output, target = torch.randn(2, 3, method.head.size, generator=generator)
    weight, t = torch.tensor([[0.2], [1.0], [3.0]]), torch.zeros(3)
    found = method.error(lambda x, t, classes: output, (target, t, torch.zeros(3, 4, 16), target, weight))
    squares = [(weight[i, 0] * (output[i] - target[i]).square()).tolist() for i in range(3)]
    border = 8 * 17  # hidden rows come first
    means = [np.mean([row[:border] for row in squares]), np.mean([row[border:] for row in squares])]
    assert found.item() == pytest.approx(np.mean(means), rel=1e-5)


@pytest.mark.parametrize("length", [2, 3, 5])
def test_trajectory_length_is_the_number_of_anchors_and_the_start(length):
    method, _ = fitted(LtDi, context(), **SMALL | {"steps": 2, "trajectory_length": length})
    assert len(method.diffusion.positions) == length - 1
    assert method.diffusion.positions[0] == 0


@pytest.mark.parametrize("steps", [10, 40])
def test_generation_takes_as_many_passes_as_there_are_diffusion_steps(steps):
    of = context()
    method = built(LtDi, diffusion_steps=steps, final_signal=1e-3)
    calls = []
    method.network.register_forward_hook(lambda module, args, output: calls.append(int(args[1][0])))
    with torch.no_grad():
        method.adapt(of.validation.episodes(np.random.default_rng(0), 2, way=4, shot=1, queries=0).task)
    assert calls == list(range(steps, 0, -1))


@pytest.mark.parametrize("sampler", ["mean", "ddim", "ancestral"])
def test_samplers_differ_and_repeat(sampler):
    of = context()
    task = of.validation.episodes(np.random.default_rng(0), 3, way=4, shot=1, queries=0).task
    mean, other = built(LtDi), built(LtDi, sampler=sampler)
    with torch.no_grad():
        assert torch.equal(other.adapt(task), other.adapt(task))
        assert torch.allclose(mean.adapt(task), other.adapt(task), atol=1e-4) == (sampler == "mean")


@pytest.mark.parametrize(
    "wrong",
    [
        {"outer_loop": "other"},
        {"preparation": "never"},
        {"steps": 0},
        {"parameterisation": "x"},
        {"anchor_scope": "x"},
        {"sampler": "x"},
        {"trajectory_length": 1},
        {"diffusion_steps": 2},
    ],
)
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(ValueError):
        LtDi.for_profile("cpu", **wrong)


def test_flow_learns_the_velocity_of_the_straight_path():
    """Along x_s = (1 - s) e + s w the velocity dx/ds is w - e, whatever s."""
    method = built(FlowMatching)
    anchors = torch.randn(50, 3, method.head.size, generator=torch.Generator().manual_seed(0))
    shown = method.regression(anchors, torch.Generator().manual_seed(1))
    s = 1 - shown.t[:, None] / TIME_SCALE
    start = shown.x - s * shown.target
    torch.testing.assert_close(start + shown.target, anchors[:, 0], atol=1e-5, rtol=0)
    assert start.std().item() == pytest.approx(1, abs=0.02)


def test_euler_steps_follow_a_known_flow_to_its_end():
    method = built(FlowMatching, euler_steps=7)
    goal = torch.randn(2, method.head.size, generator=torch.Generator().manual_seed(0))
    task = context().validation.episodes(np.random.default_rng(0), 2, way=4, shot=1, queries=0).task
    method.network.forward = lambda x, left, classes: (goal - x) / (left[:, None] / TIME_SCALE)
    torch.testing.assert_close(method.generate(method.condition(task), task), goal, atol=1e-5, rtol=0)


def test_regression_learns_the_final_weights_from_nothing():
    method = built(DirectRegression)
    anchors = torch.randn(5, 3, method.head.size, generator=torch.Generator().manual_seed(0))
    shown = method.regression(anchors, torch.Generator())
    assert torch.equal(shown.target, anchors[:, 0])
    assert not shown.x.any() and not shown.t.any()


@pytest.mark.parametrize("method", [LvDi, LtDi, DirectRegression])
def test_unexplained_variance_is_that_of_validation_heads(monkeypatch, method):
    """Zero for a method that returns the prepared heads, one for one that returns their mean, however many anchors
    normalise what it learns from."""
    of = context()
    method, _ = fitted(method, of, **SMALL)
    made = PreparedHeads(replace(of, train=of.validation), 256, method._preparation(), beside=False)
    made.take(256)
    final = made.points[:, 0]
    parts = "unexplained_variance", "unexplained_variance_hidden", "unexplained_variance_class"
    for weights, left in ((final, [0, 0, 0]), (own_mean(method, final), [1, 1, 1])):
        made = method.normaliser.normalise(weights)
        if isinstance(method, LtDi):
            chain = [made] * method.diffusion.schedule.steps
            monkeypatch.setattr(method.diffusion, "chain", lambda network, x, fresh, chain=chain: iter(chain))
        else:
            monkeypatch.setattr(method, "generate", lambda classes, task, made=made: made)
        found = method.diagnostics(of)
        assert [found[part] for part in parts] == pytest.approx(left, abs=1e-4)


def own_mean(method, weights):
    """The mean of heads in place of each; of class rows, over classes too."""
    hidden, own = method.head.split(weights)
    return method.head.join(hidden.mean(0).expand_as(hidden), own.mean((0, 1)).expand_as(own))


def test_anchor_errors_are_of_the_chain_where_it_should_pass_them(monkeypatch):
    """A chain that is off by 1, 2, 3 deviations at the anchors, the final one first, and far off elsewhere."""
    of = context()
    method, _ = fitted(LtDi, of, **SMALL)
    _, _, prepared = method.validation_tasks(of)
    steps, places = method.diffusion.schedule.steps, method.diffusion.positions.tolist()
    off = {t: places.index(t) + 1 if t in places else 99 for t in range(steps)}
    anchor = {t: prepared[:, places.index(t) if t in places else 0] for t in range(steps)}
    passed = [method.normaliser.normalise(anchor[t] + off[t] * deviation(method, anchor[t])) for t in range(steps)]
    monkeypatch.setattr(method.diffusion, "chain", lambda network, x, fresh: iter(passed[::-1]))
    found = method.diagnostics(of)
    assert [found[f"unexplained_variance_anchor_{i}"] for i in range(3)] == pytest.approx([1, 4, 9], rel=1e-4)
    assert found["unexplained_variance_anchor_0"] == pytest.approx(found["unexplained_variance"], rel=1e-4)
    assert "unexplained_variance_anchor_0" not in fitted(LvDi, of, **SMALL)[0].diagnostics(of)


def deviation(method, weights):
    """The standard deviation of heads, one number each for hidden and for class rows."""
    gaps = method.head.split(weights - own_mean(method, weights))
    return method.head.join(*(gap.square().mean().sqrt().expand_as(gap) for gap in gaps))
