"""MetaDiff's parts against literal references."""

import copy
import math

import numpy as np
import pytest
import torch

from methods.algorithms.metadiff import SCHEDULES, MetaDiff, MetaDiffSettings, class_targets, gradient, make_schedule
from methods.heads import unit_scale
from methods.interface import Examples, Task
from methods.support import class_means
from tests.methods import sources

FEATURES = 16


@pytest.fixture
def context():
    return sources.context(shot=2, features=FEATURES)


def fitted(context, **settings):
    return sources.fitted(MetaDiff, context, **settings)


def draw(context, tasks=50):
    return context.validation.episodes(np.random.default_rng(0), tasks, way=4, shot=2, queries=5)


def cosine(t):
    return math.cos((t / 1000 + 0.008) / 1.008 * math.pi / 2) ** 2


@pytest.mark.parametrize("reduction", ["sum", "mean"])
def test_gradient_is_that_of_the_squared_distances(context, reduction):
    """Two images a class: the mean over each class's images is half of the sum."""
    method = MetaDiff(MetaDiffSettings(reduction=reduction))
    method.build(context.problem)
    method.centre.copy_(torch.randn(FEATURES))
    task = draw(context, tasks=3).task
    x = torch.randn(3, 4, FEATURES, requires_grad=True)
    features = unit_scale(task.support.x) - method.centre
    distance = sum(
        (features[b, i] - x[b, task.support.y[b, i]]).square().sum() for b in range(3) for i in range(features.shape[1])
    )
    (distance / (2 if reduction == "mean" else 1)).backward()
    ours = gradient(x.detach(), *method.support_means(task), reduction)
    torch.testing.assert_close(ours, x.grad, atol=1e-4, rtol=1e-4)


def test_targets_are_the_mean_feature_of_all_images():
    of, inputs = sources.clusters("train", features=FEATURES)
    torch.testing.assert_close(class_targets(of, batch=7), unit_scale(inputs).mean(1), atol=1e-5, rtol=1e-4)


def test_untrained_chain_ends_near_the_support_mean(context):
    """Why accuracy alone proves nothing: before any training the chain already samples the centroid."""
    torch.manual_seed(0)
    method = MetaDiff()
    method.build(context.problem)
    task = draw(context).task
    with torch.no_grad():
        rows = method.adapt(task)
    cosine = torch.cosine_similarity(rows, class_means(task, unit_scale(task.support.x)), dim=-1)
    assert cosine.mean() > 0.95


def test_training_lowers_the_noise_error_on_validation_classes(context):
    method, losses = fitted(context)
    errors = method.diagnostics(context)
    assert errors["noise_error_trained"] < 0.8 * errors["noise_error_untrained"]
    assert np.mean(losses[-20:]) < np.mean(losses[:20])


def test_sampling_uses_an_average_that_moves_with_the_network(context):
    method, _ = fitted(context)
    torch.manual_seed(0)
    untrained = method.make_network(FEATURES)
    gap = sum(
        (a - b).abs().mean() for a, b in zip(method.average.parameters(), method.network.parameters(), strict=True)
    )
    way = sum((a - b).abs().mean() for a, b in zip(untrained.parameters(), method.network.parameters(), strict=True))
    assert 0 < gap < 0.5 * way


@pytest.mark.parametrize("way", [2, 7])
def test_any_way_without_refitting(context, way):
    method, _ = fitted(context, steps=20)
    task = context.validation.episodes(np.random.default_rng(0), 3, way=way, shot=2, queries=1).task
    with torch.no_grad():
        rows = method.adapt(task)
    assert rows.shape == (3, way, FEATURES)


def test_sampling_is_deterministic_given_the_task(context):
    method, _ = fitted(context, steps=20)
    task = draw(context, tasks=4).task
    with torch.no_grad():
        first, second = method.adapt(task), method.adapt(task)
        one = Task(Examples(task.support.x[1:2], task.support.y[1:2]), task.class_mask[1:2], task.seeds[1:2])
        alone = method.adapt(one)
    assert torch.equal(first, second)
    torch.testing.assert_close(alone, first[1:2], atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(
    ("schedule", "betas"),
    [
        ("linear", np.linspace(1e-4, 0.02, 1000)),
        ("quadratic", np.linspace(1e-4**0.5, 0.02**0.5, 1000) ** 2),
        ("cosine", [1 - cosine(t) / cosine(t - 1) for t in range(1, 1000)] + [0.999]),
    ],
)
def test_schedules_are_those_published_for_1000_steps(schedule, betas):
    """Ho et al. 2020; Rombach et al. 2022; Nichol & Dhariwal 2021, Eq. 17, which caps betas at 0.999."""
    found = make_schedule(MetaDiffSettings(schedule=schedule)).alpha_bar[1:].numpy()
    np.testing.assert_allclose(found, np.cumprod(1 - np.array(betas)), rtol=1e-6)


@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("steps", [20, 100, 2000])
def test_chains_of_any_length_end_in_noise(steps, schedule):
    alpha_bar = make_schedule(MetaDiffSettings(diffusion_steps=steps, schedule=schedule)).alpha_bar
    assert len(alpha_bar) == steps + 1
    assert 0 < alpha_bar[-1] < 1e-3
    assert (alpha_bar.diff() < 0).all()


@pytest.mark.parametrize("changes", [{"schedule": "cosine"}, {"condition": "u-net"}, {"time_embedding": "learned"}])
def test_variants_learn(context, changes):
    method, _ = fitted(context, steps=100, **changes)
    errors = method.diagnostics(context)
    assert errors["noise_error_trained"] < errors["noise_error_untrained"]


def test_u_net_knows_classes_by_their_means_alone(context):
    """Permuting rows and means together permutes the predicted noise."""
    torch.manual_seed(0)
    network = MetaDiff(MetaDiff.for_profile("smoke", condition="u-net")).make_network(FEATURES)
    rows, means = torch.randn(2, 3, 4, FEATURES).unbind(0)
    order = torch.tensor([2, 0, 3, 1])
    counts, t = torch.ones(3, 4), torch.tensor([5])
    with torch.no_grad():
        plain, permuted = network(rows, means, counts, t), network(rows[:, order], means[:, order], counts, t)
    torch.testing.assert_close(permuted, plain[:, order], atol=1e-5, rtol=1e-4)
    assert not torch.allclose(network(rows, means[:, order], counts, t), plain, atol=1e-3)


def test_time_embedding_none_is_blind_to_the_chain_index():
    torch.manual_seed(0)
    rows, means = torch.randn(2, 3, 4, FEATURES).unbind(0)
    for kind, blind in (("none", True), ("sinusoidal", False), ("learned", False)):
        network = MetaDiff(MetaDiff.for_profile("smoke", time_embedding=kind)).make_network(FEATURES)
        early, late = (network(rows, means, torch.ones(3, 4), torch.tensor([t])) for t in (3, 90))
        assert torch.equal(early, late) is blind


@pytest.mark.parametrize(("step", "kept"), [(1, 1 / 11), (1000, 0.7)])
def test_the_average_moves_towards_the_network_and_samples_alone(context, step, kept):
    """By the decay that was asked for, and faster in the first steps."""
    torch.manual_seed(0)
    method = MetaDiff(MetaDiff.for_profile("smoke", ema_decay=0.7, diffusion_steps=20))
    method.build(context.problem)
    task = draw(context, tasks=4).task
    before = copy.deepcopy(method.average.state_dict())
    with torch.no_grad():
        untrained = method.adapt(task)
        for parameter in method.network.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
        assert torch.equal(method.adapt(task), untrained)
    targets, generator = torch.randn(4, 4, FEATURES), torch.Generator().manual_seed(0)
    method.learn(step, method.make_optimiser(), *method.support_means(task), targets, generator)
    with torch.no_grad():
        for name, live in method.network.named_parameters():
            expected = kept * before[name] + (1 - kept) * live
            torch.testing.assert_close(method.average.get_parameter(name), expected)
        assert not torch.allclose(method.adapt(task), untrained)


def test_sampling_noise_is_that_of_the_posterior(context, monkeypatch):
    """Its variance is that of Ho et al. 2020, Eq. 7; seen by itself where the mean of every step is zero."""
    method = MetaDiff(MetaDiff.for_profile("smoke", sampling_noise=True, diffusion_steps=20))
    method.build(context.problem)
    seen = []
    monkeypatch.setattr(method, "denoised", lambda x, *rest: seen.append(x.std().item()) or torch.zeros_like(x))
    end = method.adapt(draw(context).task)
    seen.append(end.std().item())
    kept = method.schedule.alpha_bar.numpy()
    betas = 1 - kept[1:] / kept[:-1]
    expected = np.sqrt(betas * (1 - kept[:-1]) / (1 - kept[1:]))
    assert seen == pytest.approx([1, *expected[::-1]], rel=0.08)


def test_sampling_noise_moves_the_chain_by_the_task_seed(context):
    method, _ = fitted(context, steps=20, sampling_noise=True)
    still, _ = fitted(context, steps=20)
    task = draw(context, tasks=4).task
    with torch.no_grad():
        noisy = method.adapt(task)
        assert torch.equal(noisy, method.adapt(task))
        assert not torch.allclose(noisy, still.adapt(task), atol=1e-2)


@pytest.mark.parametrize("wrong", [{"schedule": "other"}, {"condition": "none"}, {"diffusion_steps": 3}])
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        MetaDiffSettings(**wrong)
