"""Trajectory diffusion against slow, literal references (Lt-Di, Theorem 1)."""

import math

import numpy as np
import pytest
import torch

from methods.algorithms.lt_di import DiffusionSettings
from methods.diffusion import Schedule, TrajectoryDiffusion, anchor_positions

STEPS = 20


@pytest.fixture
def schedule():
    """Betas that differ greatly, so that indices which are mixed up show."""
    return Schedule.of_betas(torch.linspace(1e-3, 0.544, STEPS, dtype=torch.float64))


def posterior_mean_by_bayes(alpha_bar, k, t, x, own):
    """E[x_{t-1} | x_t, w_k], from the two Gaussians q(x_{t-1} | w_k) and q(x_t | x_{t-1}), multiplied literally."""
    alpha = alpha_bar[t] / alpha_bar[t - 1]
    before = alpha_bar[t - 1] / alpha_bar[k]
    prior_mean, prior_variance = math.sqrt(before) * own, 1 - before
    if prior_variance == 0:  # t - 1 = k: the chain is at the anchor itself
        return prior_mean
    # q(x_t | x_{t-1}) = N(sqrt(alpha) x_{t-1}, 1 - alpha), as a function of x_{t-1}
    precision = 1 / prior_variance + alpha / (1 - alpha)
    return (prior_mean / prior_variance + math.sqrt(alpha) * x / (1 - alpha)) / precision


def test_posterior_mean_over_all_pairs(schedule):
    """With e = sqrt((1 - abar_t) / (1 - r)) eps the model's step is the posterior mean, for every anchor k < t."""
    alpha_bar = schedule.alpha_bar.tolist()
    rng = np.random.default_rng(0)
    for k in range(STEPS):
        for t in range(k + 1, STEPS + 1):
            own, eps = rng.normal(size=3), rng.normal(size=3)
            r = alpha_bar[t] / alpha_bar[k]
            x = math.sqrt(r) * own + math.sqrt(1 - r) * eps
            e = math.sqrt((1 - alpha_bar[t]) / (1 - r)) * eps
            step = schedule.posterior_step(torch.from_numpy(x), torch.from_numpy(e), t).numpy()
            expected = [posterior_mean_by_bayes(alpha_bar, k, t, *pair) for pair in zip(x, own, strict=True)]
            np.testing.assert_allclose(step, expected, atol=1e-6)


def nearest_anchor(t, positions):
    return max(i for i, k in enumerate(positions) if k < t)


def literal_scale(schedule, k, t):
    """e / eps for an x_t made of the anchor at k."""
    r = schedule.alpha_bar[t] / schedule.alpha_bar[k]
    return float(((1 - schedule.alpha_bar[t]) / (1 - r)).sqrt())


def drawn_batch(diffusion, count, size, seed=0):
    """Anchors, indices, noise and the noised weights of a training batch, in float64."""
    generator = torch.Generator().manual_seed(seed)
    anchors = torch.randn(count, len(diffusion.positions), size, generator=generator, dtype=torch.float64)
    eps = torch.randn(count, size, generator=generator, dtype=torch.float64)
    t, anchor = diffusion.draw(count, generator)
    return anchors, t, anchor, eps, diffusion.noised(anchors, t, anchor, eps)


@pytest.mark.parametrize("scope", ["nearest", "all"])
def test_noised_starts_in_the_anchor(schedule, scope):
    diffusion = TrajectoryDiffusion(schedule, 4, "plain", scope=scope)
    positions = anchor_positions(STEPS, 4)
    assert positions == [0, 7, 13]
    anchors, t, anchor, eps, x = drawn_batch(diffusion, 200, 6)
    for row in range(200):
        r = float(schedule.alpha_bar[t[row]] / schedule.alpha_bar[positions[anchor[row]]])
        expected = math.sqrt(r) * anchors[row, anchor[row]] + math.sqrt(1 - r) * eps[row]
        torch.testing.assert_close(x[row], expected)


@pytest.mark.parametrize("scope", ["nearest", "all"])
def test_scope_says_which_anchors_are_trained_at_t(schedule, scope):
    diffusion = TrajectoryDiffusion(schedule, 4, "plain", scope=scope)
    positions = anchor_positions(STEPS, 4)
    wanted = {(t, i) for t in range(1, STEPS + 1) for i, k in enumerate(positions) if k < t}
    if scope == "nearest":
        wanted = {(t, i) for t, i in wanted if i == nearest_anchor(t, positions)}
    t, anchor = diffusion.draw(20_000, torch.Generator().manual_seed(0))
    pairs, counts = torch.stack([t, anchor], 1).unique(dim=0, return_counts=True)
    assert {tuple(pair) for pair in pairs.tolist()} == wanted
    assert counts.min() > 0.8 * 20_000 / len(wanted), "every pair is drawn as often as any other"


@pytest.mark.parametrize("sampler", ["mean", "ddim", "ancestral"])
@pytest.mark.parametrize("parameterisation", ["plain", "v3", "clean"])
@pytest.mark.parametrize("length", [2, 3, 4, 6])
def test_oracle_denoiser_hits_every_anchor(schedule, sampler, parameterisation, length):
    """A denoiser that knows the anchors leads the chain through each of them, wherever it starts."""
    diffusion = TrajectoryDiffusion(schedule, length, parameterisation, sampler=sampler)
    generator = torch.Generator().manual_seed(0)
    anchors = torch.randn(5, length - 1, 8, generator=generator, dtype=torch.float64)
    positions = anchor_positions(STEPS, length)
    x = torch.randn(5, 8, generator=generator, dtype=torch.float64)
    for t in range(STEPS, 0, -1):
        i = nearest_anchor(t, positions)
        r = schedule.alpha_bar[t] / schedule.alpha_bar[positions[i]]
        output = literal_scale(schedule, positions[i], t) * (x - r.sqrt() * anchors[:, i]) / (1 - r).sqrt()
        if parameterisation == "clean":
            output = (anchors[:, i] - r.sqrt() * x) / (1 - r).sqrt()
        fresh = torch.randn(5, 8, generator=generator, dtype=torch.float64)
        x = diffusion.step(x, diffusion.implied_noise(output, x, t), t, lambda t, fresh=fresh: fresh)
        if t - 1 in positions:
            torch.testing.assert_close(x, anchors[:, positions.index(t - 1)], atol=1e-6, rtol=0)


def test_sampling_with_an_oracle_ends_at_the_final_weights(schedule):
    diffusion = TrajectoryDiffusion(schedule, 4, "clean")
    anchors = torch.randn(3, 3, 8, generator=torch.Generator().manual_seed(0))

    def oracle(x, t):
        i = nearest_anchor(t[0], anchor_positions(STEPS, 4))
        r = diffusion.signal_ratio[i, t[0]].float()
        return (anchors[:, i] - r.sqrt() * x) / (1 - r).sqrt()

    end = diffusion.sample(oracle, torch.randn(3, 8))
    torch.testing.assert_close(end, anchors[:, 0], atol=1e-5, rtol=0)


def sampled_around_an_anchor(schedule, sampler, t, count=200_000):
    """Steps to t - 1 from samples of q(x_t | w_0), by a denoiser that knows w_0 = 0.5."""
    diffusion = TrajectoryDiffusion(schedule, 2, "plain", sampler=sampler)
    generator = torch.Generator().manual_seed(0)
    eps = torch.randn(count, 1, generator=generator, dtype=torch.float64)
    x = schedule.alpha_bar[t].sqrt() * 0.5 + (1 - schedule.alpha_bar[t]).sqrt() * eps
    return diffusion.step(x, eps, t, lambda t: torch.randn(count, 1, generator=generator, dtype=torch.float64))


@pytest.mark.parametrize("t", [2, 10, 20])
@pytest.mark.parametrize("sampler", ["ddim", "ancestral"])
def test_marginals_are_those_of_the_forward_process(schedule, sampler, t):
    """Both stay on q(x_{t-1} | w_0) = N(sqrt(abar) w_0, 1 - abar)."""
    x = sampled_around_an_anchor(schedule, sampler, t)
    abar = float(schedule.alpha_bar[t - 1])
    assert x.mean().item() == pytest.approx(math.sqrt(abar) * 0.5, abs=0.01)
    assert x.var().item() == pytest.approx(1 - abar, rel=0.02)


@pytest.mark.parametrize("t", [2, 10])
def test_the_noise_free_mean_contracts(schedule, t):
    x = sampled_around_an_anchor(schedule, "mean", t)
    assert x.var().item() < 0.9 * (1 - float(schedule.alpha_bar[t - 1]))


def test_plain_loss_of_length_two_is_that_of_ddpm(schedule):
    """|| eps - e(sqrt(abar_t) x_0 + sqrt(1 - abar_t) eps, t) ||^2 (Ho et al. 2020, Eq. 14)."""
    diffusion = TrajectoryDiffusion(schedule, 2, "plain")
    generator = torch.Generator().manual_seed(0)
    x_0, eps = (torch.randn(64, 7, generator=generator) for _ in range(2))
    t, anchor = diffusion.draw(64, generator)
    network = torch.nn.Linear(7, 7)
    x = diffusion.noised(x_0[:, None], t, anchor, eps)
    target, weight = diffusion.target(x, t, anchor, eps)
    ours = (weight * (network(x) - target).square()).mean()
    abar = schedule.alpha_bar[t].float()[:, None]
    ddpm = (network(abar.sqrt() * x_0 + (1 - abar).sqrt() * eps) - eps).square().mean()
    torch.testing.assert_close(ours, ddpm)


@pytest.mark.parametrize("scope", ["nearest", "all"])
def test_v3_weighting_is_the_printed_loss(schedule, scope):
    """weight (e - target)^2 = (sqrt(1 - r) e - sqrt(1 - abar_t) eps)^2."""
    diffusion = TrajectoryDiffusion(schedule, 4, "v3", scope=scope)
    _, t, anchor, eps, x = drawn_batch(diffusion, 200, 4)
    e = torch.randn(200, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    target, weight = diffusion.target(x, t, anchor, eps)
    k = torch.tensor(anchor_positions(STEPS, 4))[anchor]
    r = (schedule.alpha_bar[t] / schedule.alpha_bar[k])[:, None]
    printed = (1 - r).sqrt() * e - (1 - schedule.alpha_bar[t]).sqrt()[:, None] * eps
    torch.testing.assert_close(weight * (e - target).square(), printed.square())


def test_clean_loss_is_the_squared_error_of_the_anchor(schedule):
    """weight (f - target)^2 = (w - w_k)^2 for the w = sqrt(r) x_t + sqrt(1 - r) f that f stands for."""
    diffusion = TrajectoryDiffusion(schedule, 4, "clean")
    anchors, t, anchor, eps, x = drawn_batch(diffusion, 200, 4)
    f = torch.randn(200, 4, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    target, weight = diffusion.target(x, t, anchor, eps)
    r = diffusion.signal_ratio[anchor, t][:, None]
    w = r.sqrt() * x + (1 - r).sqrt() * f
    own = anchors[torch.arange(200), anchor]
    torch.testing.assert_close(weight * (f - target).square(), (w - own).square())


def test_clean_target_asks_for_the_noise_of_its_own_anchor(schedule):
    """Also where that is not the nearest one: read back as the sampler reads it, the target is e of (anchor, t)."""
    diffusion = TrajectoryDiffusion(schedule, 4, "clean", scope="all")
    _, t, anchor, eps, x = drawn_batch(diffusion, 100, 4)
    target, _ = diffusion.target(x, t, anchor, eps)
    positions = anchor_positions(STEPS, 4)
    for row in range(100):
        step = int(t[row])
        e = literal_scale(schedule, positions[anchor[row]], step) * eps[row]
        read = diffusion.implied_noise(target[row], x[row], step)
        nearest = positions[nearest_anchor(step, positions)]
        torch.testing.assert_close(literal_scale(schedule, nearest, step) * read, e)


def test_vanilla_has_one_anchor_at_the_end():
    assert anchor_positions(STEPS, 2) == [0]


def test_the_default_chain_ends_in_noise_and_passes_three_anchors():
    chain = DiffusionSettings().chain()
    assert chain.schedule.steps == 20
    assert float(chain.schedule.alpha_bar[-1]) == pytest.approx(1e-5, rel=1e-6)
    assert chain.positions.tolist() == [0, 7, 13]


@pytest.mark.parametrize("steps", [8, 20, 100, 1000])
@pytest.mark.parametrize("growth", [1.0, 20.0])
def test_a_schedule_of_any_length_ends_with_the_signal_asked_for(steps, growth):
    schedule = Schedule.ending(steps, 0.01, growth)
    betas = 1 - schedule.alpha_bar[1:] / schedule.alpha_bar[:-1]
    assert schedule.steps == steps
    assert float(schedule.alpha_bar[-1]) == pytest.approx(0.01, rel=1e-6)
    assert float(betas[-1] / betas[0]) == pytest.approx(growth, rel=1e-6)


@pytest.mark.parametrize(("steps", "signal", "growth"), [(2, 1e-5, 1.0), (20, 0.5, 1.0), (20, 1e-3, 0.5)])
def test_impossible_endings_are_refused(steps, signal, growth):
    with pytest.raises(ValueError, match=r"steps|signal"):
        Schedule.ending(steps, signal, growth)


@pytest.mark.parametrize("name", ["parameterisation", "scope", "sampler"])
def test_unknown_choices_are_refused(schedule, name):
    choices = {"parameterisation": "clean", name: "other"}
    with pytest.raises(ValueError, match="'other' is none of"):
        TrajectoryDiffusion(schedule, 4, **choices)
