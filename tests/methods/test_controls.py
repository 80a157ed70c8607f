"""The controls against literal references."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from methods.controls.finetune import Finetune
from methods.controls.mean_head import MeanHead
from methods.controls.prototypes import Prototypes
from methods.controls.ridge import Ridge, RidgeSettings
from methods.controls.set_to_set import SetToSet
from methods.controls.shrunken_prototypes import ShrunkenPrototypes, class_statistics
from methods.heads import unit_scale
from methods.prepared import PreparedHeads, initial_head
from methods.sources import LookupSource
from methods.support import class_means
from methods.trajectories import ADAM_EPSILON, Preparation
from tests.methods.sources import clusters, context, fitted


def draw(of, tasks=40, shot=1):
    return of.validation.episodes(np.random.default_rng(0), tasks, way=4, shot=shot, queries=5)


def accuracy(method, episodes):
    with torch.no_grad():
        logits = method.predict(method.adapt(episodes.task), episodes.query.without_labels())
    return (logits.argmax(-1) == episodes.query.y).float().mean().item()


def test_class_statistics_are_those_of_a_loop():
    source, inputs = clusters("train", classes=30)
    x = unit_scale(inputs).double()
    means = x.mean(1)
    offsets = (x - x.mean(1, keepdim=True)).flatten(0, 1)
    within = sum(torch.outer(row, row) for row in offsets) / (len(offsets) - 30)
    between = torch.from_numpy(np.cov(means.numpy().T))
    ridge = 1e-3 * within.diagonal().mean() * torch.eye(16, dtype=torch.float64)
    found = class_statistics(source, batch=7)
    for ours, expected in zip(found, (means.mean(0), between + ridge, within + ridge), strict=True):
        torch.testing.assert_close(ours, expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("shot", [1, 3])
def test_shrunken_rows_are_posterior_means(shot):
    """By the precision form of Bayes's rule for Gaussians, one class after the other."""
    of = context(shot=shot)
    method, _ = fitted(ShrunkenPrototypes, of)
    task = draw(of, tasks=3, shot=shot).task
    rows = method.adapt(task)
    means = class_means(task, unit_scale(task.support.x))
    _, between, within = class_statistics(of.train)
    prior, noise = torch.linalg.inv(between), torch.linalg.inv(within / shot)
    for b in range(3):
        for c in range(4):
            expected = torch.linalg.solve(prior + noise, noise @ (means[b, c] - method.centre).double())
            torch.testing.assert_close(rows[b, c], expected.float(), atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("penalty", [0.1, 5.0])
def test_ridge_solves_the_normal_equations(penalty):
    of = context(shot=2)
    episodes = draw(of, tasks=3, shot=2)
    method = Ridge(RidgeSettings(penalty))
    rows = method.adapt(episodes.task)
    logits = method.predict(rows, episodes.query)
    for b in range(3):
        x = unit_scale(episodes.task.support.x[b]).double().numpy()
        y = np.eye(4)[episodes.task.support.y[b]]
        expected = np.linalg.solve(x.T @ x + penalty * np.eye(16), x.T @ y)
        np.testing.assert_allclose(rows[b], expected.T, atol=1e-5)
        np.testing.assert_allclose(logits[b], unit_scale(episodes.query.x[b]).numpy() @ expected, atol=1e-4)


def test_finetuning_is_that_of_a_plain_loop():
    """One head, PyTorch's modules, Adam and two passes of SAM."""
    of = context(shot=2)
    method, _ = fitted(Finetune, of, steps=8)
    task = draw(of, tasks=1, shot=2).task
    head = of.problem.head
    net = nn.Sequential(nn.Linear(head.inputs, head.hidden), nn.ReLU(), nn.Linear(head.hidden, head.way))
    for layer, rows in zip((net[0], net[2]), head.split(method.initial), strict=True):
        layer.weight.data, layer.bias.data = rows[:, :-1].clone(), rows[:, -1].clone()
    adam = torch.optim.Adam(net.parameters(), 0.01, eps=ADAM_EPSILON)
    x, y = unit_scale(task.support.x[0]), task.support.y[0]
    for _ in range(8):
        gradients = torch.autograd.grad(F.cross_entropy(net(x), y), list(net.parameters()))
        norm = torch.sqrt(sum(g.square().sum() for g in gradients))
        before = [p.detach().clone() for p in net.parameters()]
        for p, g in zip(net.parameters(), gradients, strict=True):
            p.data.add_(0.05 * g / norm)
        adam.zero_grad()
        F.cross_entropy(net(x), y).backward()
        for p, old in zip(net.parameters(), before, strict=True):
            p.data.copy_(old)
        adam.step()
    query = draw(of, tasks=1, shot=2).query
    ours = method.predict(method.adapt(task), query)[0]
    torch.testing.assert_close(ours, net(unit_scale(query.x[0])), atol=1e-4, rtol=1e-4)


def test_finetuning_starts_where_heads_of_its_seed_do():
    of = context()
    method, _ = fitted(Finetune, of)
    assert torch.equal(method.initial, initial_head(of))
    other, _ = fitted(Finetune, replace(of, seed=of.seed + 1))
    assert not torch.equal(method.initial, other.initial)


def test_mean_head_is_the_mean_of_the_prepared_ones_and_at_chance():
    of = context()
    method, _ = fitted(MeanHead, of, prepared_heads=200)
    made = PreparedHeads(of, 200, Preparation(60), beside=False)
    made.take(200)
    torch.testing.assert_close(method.mean, made.points[:, 0].mean(0))
    assert accuracy(method, draw(of, tasks=200)) == pytest.approx(0.25, abs=0.04)


def test_set_to_set_starts_as_the_centred_centroid():
    of = context()
    method = SetToSet(SetToSet.for_profile("smoke"))
    method.build(of.problem)
    episodes = draw(of)
    plain = Prototypes()
    torch.testing.assert_close(
        method.predict(method.adapt(episodes.task), episodes.query),
        plain.predict(plain.adapt(episodes.task), episodes.query),
        atol=1e-4,
        rtol=1e-4,
    )


def test_set_to_set_learns_what_the_centroid_cannot_know():
    """Half of the features are noise of large variance: the residual learns to take them out."""

    def noisy(source):
        scale = torch.tensor([1.0] * 8 + [4.0] * 8)
        plain = source._lookup
        counts, key = source.counts, source.key
        noise = torch.randn(int(counts.sum()), 16, generator=torch.Generator().manual_seed(0)) * (scale - 1) * 0.3
        return LookupSource(
            key, counts, lambda m, v: plain(m, v) + noise[torch.from_numpy(m)], views=1, device=torch.device("cpu")
        )

    of = context()
    object.__setattr__(of, "train", noisy(of.train))
    object.__setattr__(of, "validation", noisy(of.validation))
    method, _ = fitted(SetToSet, of, steps=100)
    episodes = draw(of, tasks=300)
    assert accuracy(method, episodes) > accuracy(Prototypes(), episodes) + 0.02


def test_set_to_set_keeps_the_step_that_serves_validation_classes_best(monkeypatch):
    of = context()
    scores = iter([0.5, 0.7, 0.6, 0.9, 0.8])
    states, drawn = [], []
    whole = of.validation.episodes
    monkeypatch.setattr(of.validation, "episodes", lambda *a, **k: drawn.append(whole(*a, **k)) or drawn[-1])

    def scored(self, episodes):
        assert episodes is drawn[0]
        states.append({name: value.clone() for name, value in self.residual.state_dict().items()})
        return next(scores)

    monkeypatch.setattr(SetToSet, "_accuracy", scored)
    method, _ = fitted(SetToSet, of, steps=8, evaluate_every=2)
    for name, value in method.residual.state_dict().items():
        assert torch.equal(value, states[3][name])
