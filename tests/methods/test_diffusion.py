"""Trajectory diffusion against slow, literal references (Lt-Di, Theorem 1)."""

import math

import numpy as np
import pytest
import torch

from methods.diffusion import Schedule, TrajectoryDiffusion, anchor_positions

STEPS = 20


@pytest.fixture
def schedule():
    return Schedule.linear(STEPS, 1e-3, 0.544)


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


def test_noised_follows_the_nearest_anchor_below(schedule):
    diffusion = TrajectoryDiffusion(schedule, 4, "plain")
    anchors = torch.randn(1, 3, 6, generator=torch.Generator().manual_seed(0))
    noise = torch.randn(1, 6, generator=torch.Generator().manual_seed(1))
    positions = anchor_positions(STEPS, 4)
    assert positions == [0, 7, 13]
    for t in range(1, STEPS + 1):
        i = max(i for i, k in enumerate(positions) if k < t)
        r = float(schedule.alpha_bar[t] / schedule.alpha_bar[positions[i]])
        x, own = diffusion.noised(anchors, torch.tensor([t]), noise)
        torch.testing.assert_close(own, anchors[:, i])
        torch.testing.assert_close(x, math.sqrt(r) * anchors[:, i] + math.sqrt(1 - r) * noise)


@pytest.mark.parametrize("parameterisation", ["plain", "v3", "clean"])
@pytest.mark.parametrize("length", [2, 3, 4, 6])
def test_oracle_denoiser_hits_every_anchor(schedule, parameterisation, length):
    """A denoiser that knows the anchors leads the chain through each of them, wherever it starts."""
    diffusion = TrajectoryDiffusion(schedule, length, parameterisation)
    anchors = torch.randn(5, length - 1, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    positions = anchor_positions(STEPS, length)
    x = torch.randn(5, 8, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    for t in range(STEPS, 0, -1):
        i = max(i for i, k in enumerate(positions) if k < t)
        r = schedule.alpha_bar[t] / schedule.alpha_bar[positions[i]]
        eps = (x - r.sqrt() * anchors[:, i]) / (1 - r).sqrt()
        output = ((1 - schedule.alpha_bar[t]) / (1 - r)).sqrt() * eps
        if parameterisation == "clean":
            output = (anchors[:, i] - r.sqrt() * x) / (1 - r).sqrt()
        x = schedule.posterior_step(x, diffusion.output_as_noise(output, x, t), t)
        if t - 1 in positions:
            torch.testing.assert_close(x, anchors[:, positions.index(t - 1)], atol=1e-6, rtol=0)


def test_sampling_with_an_oracle_ends_at_the_final_weights(schedule):
    diffusion = TrajectoryDiffusion(schedule, 4, "clean")
    anchors = torch.randn(3, 3, 8, generator=torch.Generator().manual_seed(0))

    def oracle(x, t):
        r = diffusion.kept[t[0]]
        return (anchors[:, diffusion.anchor[t[0]]] - r.sqrt() * x) / (1 - r).sqrt()

    end = diffusion.sample(oracle, torch.randn(3, 8))
    torch.testing.assert_close(end, anchors[:, 0], atol=1e-5, rtol=0)


def test_plain_loss_of_length_two_is_that_of_ddpm(schedule):
    """|| eps - e(sqrt(abar_t) x_0 + sqrt(1 - abar_t) eps, t) ||^2 (Ho et al. 2020, Eq. 14)."""
    diffusion = TrajectoryDiffusion(schedule, 2, "plain")
    generator = torch.Generator().manual_seed(0)
    x_0, eps = (torch.randn(64, 7, generator=generator) for _ in range(2))
    t = torch.randint(1, STEPS + 1, (64,), generator=generator)
    network = torch.nn.Linear(7, 7)
    x, own = diffusion.noised(x_0[:, None], t, eps)
    target, weight = diffusion.target(own, t, eps)
    ours = (weight * (network(x) - target).square()).mean()
    abar = schedule.alpha_bar[t].float()[:, None]
    ddpm = (network(abar.sqrt() * x_0 + (1 - abar).sqrt() * eps) - eps).square().mean()
    torch.testing.assert_close(ours, ddpm)


def test_v3_weighting_is_the_printed_loss(schedule):
    """weight (e - target)^2 = (sqrt(1 - r) e - sqrt(1 - abar_t) eps)^2."""
    diffusion = TrajectoryDiffusion(schedule, 4, "v3")
    generator = torch.Generator().manual_seed(0)
    anchors, eps, e = (
        torch.randn(200, 3, 4, generator=generator),
        *torch.randn(2, 200, 4, generator=generator),
    )
    t = torch.randint(1, STEPS + 1, (200,), generator=generator)
    _, own = diffusion.noised(anchors, t, eps)
    target, weight = diffusion.target(own, t, eps)
    positions = torch.tensor(anchor_positions(STEPS, 4))
    k = torch.stack([positions[positions < each].max() for each in t])
    r = (schedule.alpha_bar[t] / schedule.alpha_bar[k]).float()[:, None]
    printed = (1 - r).sqrt() * e - (1 - schedule.alpha_bar[t]).float().sqrt()[:, None] * eps
    torch.testing.assert_close(weight * (e - target).square(), printed.square(), atol=1e-5, rtol=1e-4)


def test_clean_loss_is_the_squared_error_of_the_anchor(schedule):
    """weight (f - target)^2 = (w - w_k)^2 for the w = sqrt(r) x_t + sqrt(1 - r) f that f stands for."""
    diffusion = TrajectoryDiffusion(schedule, 4, "clean")
    generator = torch.Generator().manual_seed(0)
    anchors, eps, f = torch.randn(200, 3, 4, generator=generator), *torch.randn(2, 200, 4, generator=generator)
    t = torch.randint(1, STEPS + 1, (200,), generator=generator)
    x, own = diffusion.noised(anchors, t, eps)
    target, weight = diffusion.target(own, t, eps)
    r = diffusion.kept[t].float()[:, None]
    w = r.sqrt() * x + (1 - r).sqrt() * f
    torch.testing.assert_close(weight * (f - target).square(), (w - own).square(), atol=1e-5, rtol=1e-4)


def test_vanilla_has_one_anchor_at_the_end():
    assert anchor_positions(STEPS, 2) == [0]


@pytest.mark.parametrize("betas", [(1e-4, 0.02), (1e-3, 0.95), (0.5, 0.1)])
def test_unusable_schedules_are_refused(betas):
    """Too little noise to reach N(0, I), steps that blow errors up, falling betas."""
    with pytest.raises(ValueError, match=r"chain|betas"):
        Schedule.linear(STEPS, *betas)


def test_schedule_ends_in_noise(schedule):
    assert schedule.alpha_bar[-1] == pytest.approx(1e-3, rel=0.05)
    assert schedule.steps == STEPS
