"""REPTILE against the released algorithm, written out for one task after the other."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from methods.algorithms import reptile
from methods.algorithms.reptile import Reptile, ReptileSettings, filled, mini_batches, published
from methods.interface import Context, Examples, Problem, Task
from tests.methods.sources import picture_context
from tests.methods.test_conv_copies import flat_gradient, module

WAY, SIDE = 3, 16
SMALL = {"width": 4, "iterations": 4, "inner_steps": 3, "inner_batch": 4, "train_shots": 4, "evaluation_steps": 6}


@pytest.fixture(autouse=True)
def full_precision(monkeypatch):
    monkeypatch.setattr(reptile, "has_fast_bfloat16", lambda device: False)


@pytest.fixture
def context():
    return picture_context(way=WAY, shot=1, side=SIDE, classes=20, spread=0.2)


def built(problem, **settings):
    method = Reptile(ReptileSettings(**{**SMALL, **settings}))
    method.build(problem)
    return method


def fitted(context, **settings):
    method = built(context.problem, **settings)
    return method, list(method.fit(context))


def draw(context, shot=2, tasks=3, queries=4):
    return context.validation.episodes(np.random.default_rng(0), tasks, way=WAY, shot=shot, queries=queries)


class Released:
    """Nichol's loop: one network and one Adam without momentum, whose second moments nothing ever resets."""

    def __init__(self, method):
        self.network, self.settings = method.network, method.settings
        self.model = module(method.network, method.weights)
        rate = method.settings.learning_rate
        self.adam = torch.optim.Adam(self.model.parameters(), rate, betas=(0.0, 0.999), eps=reptile.EPSILON)

    def weights(self):
        return torch.cat([parameter.detach().flatten() for parameter in self.model.parameters()])

    def set(self, weights):
        torch.nn.utils.vector_to_parameters(weights.clone(), self.model.parameters())

    def train(self, x, y, batches):
        for chosen in batches:
            self.adam.zero_grad()
            F.cross_entropy(self.model(x[chosen]), y[chosen]).backward()
            self.adam.step()

    def moments(self):
        return torch.cat([self.adam.state[p]["exp_avg_sq"].flatten() for p in self.model.parameters()])


def test_meta_batches_of_one_are_the_released_loop(context):
    method = built(context.problem, meta_batch=1, meta_step=0.5)
    method.weights.copy_(method.network.initial(torch.Generator().manual_seed(0)))
    released = Released(method)
    rng = np.random.default_rng(0)
    for _ in range(3):
        task = context.train.episodes(rng, 1, way=WAY, shot=4, queries=0).task
        batches = mini_batches(task, 3, 4)
        method._meta_step(task.support, batches, 0.5)
        before = released.weights()
        released.train(task.support.x[0], task.support.y[0], batches[0])
        released.set(before + 0.5 * (released.weights() - before))
        torch.testing.assert_close(method.weights, released.weights(), atol=1e-4, rtol=1e-3)
        torch.testing.assert_close(method.second_moments, released.moments(), atol=1e-7, rtol=1e-3)
    assert method.adam_steps == 9


def test_second_moments_of_a_meta_batch_are_those_of_its_tasks_in_turn(context):
    """With a learning rate of nothing gradients cannot differ, and the order must be the released one."""
    method = built(context.problem, learning_rate=1e-30)
    method.weights.copy_(method.network.initial(torch.Generator().manual_seed(0)))
    released = Released(method)
    for seed in range(2):
        task = context.train.episodes(np.random.default_rng(seed), 3, way=WAY, shot=4, queries=0).task
        batches = mini_batches(task, 3, 4)
        method._meta_step(task.support, batches, 1.0)
        for x, y, own in zip(task.support.x, task.support.y, batches, strict=True):
            released.train(x, y, own)
    torch.testing.assert_close(method.second_moments, released.moments(), atol=1e-9, rtol=1e-4)


def test_a_meta_batch_moves_to_the_mean_of_its_copies(context):
    one, two = built(context.problem), built(context.problem)
    start = one.network.initial(torch.Generator().manual_seed(0))
    task = context.train.episodes(np.random.default_rng(0), 3, way=WAY, shot=4, queries=0).task
    batches = mini_batches(task, 3, 4)
    ends = []
    for i in range(3):
        two.weights.copy_(start)
        ends.append(two._train(Examples(task.support.x[i : i + 1], task.support.y[i : i + 1]), batches[i : i + 1])[0])
    one.weights.copy_(start)
    one._meta_step(task.support, batches, 0.3)
    torch.testing.assert_close(one.weights, 0.7 * start + 0.3 * torch.cat(ends).mean(0), atol=1e-5, rtol=1e-4)


def test_meta_steps_get_smaller_linearly(context, monkeypatch):
    steps = []
    monkeypatch.setattr(Reptile, "_meta_step", lambda self, support, batches, size: steps.append(size) or 0.0)
    fitted(context, meta_step=0.8)
    assert steps == pytest.approx([0.8, 0.6, 0.4, 0.2])


def test_every_task_is_adapted_from_the_same_state(context):
    method, _ = fitted(context)
    before = {name: value.clone() for name, value in method.state_dict().items()}
    task = draw(context).task
    with torch.no_grad():
        state = method.adapt(task)
    assert all(torch.equal(before[name], value) for name, value in method.state_dict().items())
    x, y = task.support.x[1], task.support.y[1]
    weights, moments = before["weights"], before["second_moments"]
    for step, chosen in enumerate(mini_batches(task, 6, method.settings.evaluation_batch)[1], 1):
        one = module(method.network, weights)
        F.cross_entropy(one(x[chosen]), y[chosen]).backward()
        gradient = flat_gradient(one)
        moments = 0.999 * moments + 0.001 * gradient.square()
        unbiased = moments / (1 - 0.999 ** (before["adam_steps"].item() + step))
        weights = weights - method.settings.learning_rate * gradient / (unbiased.sqrt() + reptile.EPSILON)
    torch.testing.assert_close(state.weights[1], weights, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("mode", [{"transductive": True}, {"joint_images": 6}])
def test_both_published_evaluations(context, mode):
    """All queries of a task in one batch; or each in a batch with the support set."""
    method, _ = fitted(context, **mode)
    episodes = draw(context)
    with torch.no_grad():
        state = method.adapt(episodes.task)
        logits = method.predict(state, episodes.query)
        for i in range(3):
            one, queries = module(method.network, state.weights[i]), episodes.query.x[i]
            support = episodes.task.support.x[i]
            alone = [one(torch.cat([support, query[None]]))[-1] for query in queries]
            expected = one(queries) if method.settings.transductive else torch.stack(alone)
            torch.testing.assert_close(logits[i], expected, atol=1e-4, rtol=1e-3)


def test_one_pass_of_the_support_set_is_near_joint_passes(context):
    """With 24 support images, one query more or less hardly counts."""
    joint, _ = fitted(context, joint_images=24)
    once, _ = fitted(context, joint_images=23)
    episodes = draw(context, shot=8)
    with torch.no_grad():
        state = joint.adapt(episodes.task)
        a, b = joint.predict(state, episodes.query), once.predict(state, episodes.query)
    assert 0 < (a - b).std() < 0.1 * a.std()


@pytest.mark.parametrize(("settings", "transductive"), [({}, False), ({"transductive": True}, True)])
def test_transductive_is_declared_where_it_is_chosen(settings, transductive):
    assert Reptile(ReptileSettings(**settings)).needs.transductive is transductive
    assert not Reptile.needs.transductive


def test_one_training_serves_every_shot(context):
    first, progress = fitted(context)
    assert [p.step for p in progress] == [1, 2, 3, 4]
    five = Context(**{**vars(context), "problem": Problem(WAY, 5, (1, SIDE, SIDE))})
    second, progress = fitted(five, evaluation_steps=3)
    assert progress == []
    assert torch.equal(first.weights, second.weights)
    third, progress = fitted(context, inner_batch=5)
    assert len(progress) == 4
    assert not torch.equal(first.weights, third.weights)


def test_another_version_of_the_method_trains_anew(context, monkeypatch):
    """Records ask for it by the same number, so that neither can stay behind."""
    fitted(context)
    monkeypatch.setattr(Reptile, "version", Reptile.version + 1)
    assert len(fitted(context)[1]) == SMALL["iterations"]


def test_training_lowers_the_loss(context):
    _, progress = fitted(context, iterations=60, meta_batch=3, width=16, inner_steps=5, inner_batch=8)
    losses = [p.loss for p in progress]
    assert np.mean(losses[-15:]) < 0.9 * np.mean(losses[:15])


def test_mini_batches_pass_through_the_set_again_and_again(context):
    task = draw(context, shot=2).task
    batches = mini_batches(task, 5, 4)
    assert batches.shape == (3, 5, 4)
    for own in batches.flatten(1):
        assert sorted(own[:6].tolist()) == sorted(own[6:12].tolist()) == list(range(6))
    alone = Task(Examples(task.support.x[1:2], task.support.y[1:2]), task.class_mask[1:2], task.seeds[1:2])
    assert torch.equal(mini_batches(alone, 5, 4), batches[1:2])


def test_padding_is_filled_with_real_images():
    x = torch.arange(10.0).reshape(2, 5)[..., None, None, None]
    mask = torch.tensor([[True, False, True, False, False], [True] * 5])
    full = filled(Examples(x, x.flatten(1).long(), mask))
    assert full.y.tolist() == [[0, 2, 0, 2, 0], [5, 6, 7, 8, 9]]
    assert torch.equal(full.x.flatten(1).long(), full.y)


@pytest.mark.parametrize(
    ("problem", "batch", "steps", "rate", "evaluation_batch", "width"),
    [
        (Problem(5, 1, (1, 28, 28)), 10, 5, 1e-3, 5, 64),
        (Problem(20, 5, (1, 28, 28)), 20, 10, 5e-4, 10, 64),
        (Problem(5, 1, (3, 84, 84)), 10, 8, 1e-3, 5, 32),
        (Problem(5, 5, (3, 84, 84)), 10, 8, 1e-3, 15, 32),
    ],
)
def test_published_settings(problem, batch, steps, rate, evaluation_batch, width):
    method = Reptile(Reptile.for_profile("paper"))
    method.build(problem)
    settings = method.settings
    assert (settings.inner_batch, settings.inner_steps, settings.learning_rate) == (batch, steps, rate)
    assert (settings.evaluation_batch, settings.evaluation_steps, settings.width) == (evaluation_batch, 50, width)
    assert settings.iterations == published(problem)["iterations"] >= 100_000
    assert settings.joint_images > problem.way * problem.shot


@pytest.mark.parametrize(
    "wrong", [{"inner_steps": -1}, {"joint_images": -1}, {"evaluation_steps": 0}, {"meta_step": 0.0}]
)
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ReptileSettings(**wrong)
