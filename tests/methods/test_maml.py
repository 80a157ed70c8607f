"""MAML through learn2learn: its steps are those of the paper."""

import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch.func import functional_call

from methods.algorithms.maml import Maml, MamlSettings, published
from methods.interface import Context, Examples, Problem, Task
from methods.sources import LookupSource

WAY, SHOT, TASKS = 3, 2, 2
PROBLEM = Problem(WAY, SHOT, (1, 28, 28))
SETTINGS = {"width": 8, "inner_steps": 2, "inner_learning_rate": 0.3, "evaluation_steps": 3, "tasks_per_step": TASKS}


def build(problem=PROBLEM, **changes):
    torch.manual_seed(0)
    method = Maml(MamlSettings(**{**SETTINGS, **changes}))
    method.build(problem)
    return method


@pytest.fixture
def source():
    """Pictures of six classes, each one a picture with noise."""
    generator = torch.Generator().manual_seed(0)
    images = torch.rand(6, 1, 1, 28, 28, generator=generator) + 0.1 * torch.randn(6, 8, 1, 28, 28, generator=generator)
    flat = images.flatten(0, 1)
    lookup = lambda members, views: flat[torch.from_numpy(members)]  # noqa: E731
    return LookupSource("pictures", np.full(6, 8), lookup, views=1, device=torch.device("cpu"))


@pytest.fixture
def episodes(source):
    return source.episodes(np.random.default_rng(1), TASKS, way=WAY, shot=SHOT, queries=SHOT)


def stepped(network, parameters, x, y, steps, rate, *, differentiable):
    """Gradient descent from `parameters`, written down once more."""
    for _ in range(steps):
        loss = F.cross_entropy(functional_call(network, parameters, (x,)), y)
        gradients = torch.autograd.grad(loss, list(parameters.values()), create_graph=differentiable)
        parameters = {n: p - rate * g for (n, p), g in zip(parameters.items(), gradients, strict=True)}
    return parameters


def meta_gradient(method, episodes, *, differentiable):
    """Of the query loss after the inner steps, averaged over the tasks."""
    network = method.learner.module
    start = {name: value.detach().clone().requires_grad_() for name, value in network.named_parameters()}
    losses = []
    for b in range(TASKS):
        support, query = episodes.task.support, episodes.query
        weights = stepped(network, start, support.x[b], support.y[b], 2, 0.3, differentiable=differentiable)
        losses.append(F.cross_entropy(functional_call(network, weights, (query.x[b],)), query.y[b]))
    loss = torch.stack(losses).mean()
    return loss, dict(zip(start, torch.autograd.grad(loss, list(start.values())), strict=True))


class OneDraw:
    """A source that gives the same episodes whatever is asked for, and remembers what was."""

    def __init__(self, episodes):
        self.given, self.asked = episodes, []

    def episodes(self, rng, tasks, **sizes):
        self.asked.append((tasks, sizes))
        return self.given


def context(train, problem=PROBLEM):
    return Context(problem, train, train)


@pytest.mark.learn2learn
@pytest.mark.parametrize("first_order", [False, True])
def test_outer_step_follows_the_gradient_through_the_inner_steps(episodes, first_order, monkeypatch):
    monkeypatch.setattr(torch.optim, "Adam", lambda parameters, rate: torch.optim.SGD(parameters, rate))
    method = build(first_order=first_order, steps=1, learning_rate=0.5)
    loss, gradients = meta_gradient(method, episodes, differentiable=not first_order)
    before = {name: value.detach().clone() for name, value in method.learner.module.named_parameters()}
    train = OneDraw(episodes)
    (progress,) = method.fit(context(train))
    assert progress.loss == pytest.approx(loss.item(), rel=1e-4)
    assert train.asked == [(TASKS, {"way": WAY, "shot": SHOT, "queries": SHOT})]
    for name, value in method.learner.module.named_parameters():
        torch.testing.assert_close(value, before[name] - 0.5 * gradients[name], rtol=1e-3, atol=1e-5)


@pytest.mark.learn2learn
def test_first_and_second_order_differ(episodes):
    """Else the test above could not tell them apart."""
    method = build()
    exact, plain = (meta_gradient(method, episodes, differentiable=d)[1] for d in (True, False))
    assert any((exact[name] - plain[name]).abs().max() > 0.1 * exact[name].abs().max() for name in exact)


@pytest.mark.learn2learn
def test_new_task_is_fitted_by_gradient_descent_and_the_initialisation_stays(episodes):
    method = build().eval().requires_grad_(False)
    before = {name: value.clone() for name, value in method.state_dict().items()}
    with torch.no_grad():
        logits = method.predict(method.adapt(episodes.task), episodes.query.without_labels())
    network = method.learner.module
    start = {name: value.detach().clone().requires_grad_() for name, value in network.named_parameters()}
    for b in range(TASKS):
        support = episodes.task.support
        weights = stepped(network, start, support.x[b], support.y[b], 3, 0.3, differentiable=False)
        expected = functional_call(network, weights, (episodes.query.x[b],))
        torch.testing.assert_close(logits[b], expected, rtol=1e-3, atol=1e-4)
    assert all(torch.equal(value, before[name]) for name, value in method.state_dict().items())
    assert not logits.requires_grad


@pytest.mark.learn2learn
@pytest.mark.parametrize("transductive", [True, False])
def test_answer_depends_on_other_queries_only_if_transductive(source, episodes, transductive):
    method = build(transductive=transductive, steps=3)
    assert method.needs.transductive is transductive
    list(method.fit(context(source)))
    method.eval().requires_grad_(False)
    state, query = method.adapt(episodes.task), episodes.query
    together = method.predict(state, query.without_labels())
    alone = torch.cat([method.predict(state, Examples(query.x[:, q : q + 1])) for q in range(WAY * SHOT)], 1)
    assert (together - alone).abs().max() < 1e-4 * together.std() or transductive
    assert (together - alone).abs().max() > 0.1 * together.std() or not transductive


@pytest.mark.learn2learn
def test_support_set_normalises_if_not_transductive(episodes):
    """The first layer's statistics are those of what it makes of its own task's support images."""
    method = build(transductive=False).eval().requires_grad_(False)
    for b, network in enumerate(method.adapt(episodes.task)):
        convolution, norm = network.module[0][0][0], network.module[0][0][1]
        made = convolution(episodes.task.support.x[b]).transpose(0, 1).flatten(1)
        torch.testing.assert_close(norm.running_mean, made.mean(1), rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(norm.running_var, made.var(1), rtol=1e-4, atol=1e-5)
        assert not norm.training
    assert method.learner.module[0][0][1].running_mean is None


@pytest.mark.learn2learn
def test_interrupted_training_goes_on(source):
    """The steps that are left depend on what was kept and on their number alone."""

    class Interrupted:
        def __init__(self, after):
            self.after = after

        def run(self, steps, **parts):
            for progress in steps(0):
                yield progress
                if progress.step == self.after:
                    break
            kept = {name: copy.deepcopy(part.state_dict()) for name, part in parts.items()}
            list(steps(self.after))  # goes on, and is lost
            for name, part in parts.items():
                part.load_state_dict(kept[name])
            yield from steps(self.after)

    whole, broken = build(steps=4), build(steps=4)
    list(whole.fit(context(source)))
    reports = list(broken.fit(replace(context(source), training=Interrupted(2))))
    assert [report.step for report in reports] == [1, 2, 3, 4]
    assert all(torch.equal(value, broken.state_dict()[name]) for name, value in whole.state_dict().items())


@pytest.mark.learn2learn
def test_padding_plays_no_part(episodes):
    method = build().eval().requires_grad_(False)
    support = episodes.task.support
    noise = torch.rand(TASKS, 2, 1, 28, 28)
    mask = torch.cat([torch.ones_like(support.y), torch.zeros(TASKS, 2, dtype=torch.int64)], 1).bool()
    labels = torch.cat([support.y, torch.zeros(TASKS, 2, dtype=torch.int64)], 1)
    padded = Task(
        Examples(torch.cat([support.x, noise], 1), labels, mask), episodes.task.class_mask, episodes.task.seeds
    )
    query = episodes.query.without_labels()
    assert torch.equal(method.predict(method.adapt(padded), query), method.predict(method.adapt(episodes.task), query))


@pytest.mark.learn2learn
@pytest.mark.parametrize("way", [5, 10, 11, 20])
def test_settings_are_the_published_ones_unless_given(way):
    method = Maml()
    method.build(Problem(way, 1, (1, 28, 28)))
    settings = method.settings
    found = (settings.inner_steps, settings.inner_learning_rate, settings.evaluation_steps, settings.tasks_per_step)
    assert found == ((1, 0.4, 3, 32) if way <= 10 else (5, 0.1, 5, 16))
    assert (settings.steps, settings.learning_rate, settings.width, settings.first_order) == (60_000, 1e-3, 64, False)
    assert method.learner.lr == settings.inner_learning_rate
    changed = Maml(MamlSettings(inner_steps=7, inner_learning_rate=0.2))
    changed.build(Problem(way, 1, (1, 28, 28)))
    assert (changed.settings.inner_steps, changed.learner.lr) == (7, 0.2)
    assert changed.settings.tasks_per_step == published(way)["tasks_per_step"]


@pytest.mark.learn2learn
def test_import_prints_nothing(capfd):
    """gym complains of its age on standard error."""
    build()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"inner_steps": -1}, "inner_steps must be above 0, or 0 for the published"), ({"steps": 0}, "steps must be abo")],
)
def test_impossible_settings_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        MamlSettings(**settings)
