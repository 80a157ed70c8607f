"""MetaDiff's denoiser on a problem whose best denoising path is known."""

import numpy as np
import pytest
import torch

from methods.algorithms.metadiff import MetaDiff, MetaDiffSettings, make_schedule
from methods.studies import optimal_path
from tests.methods.sources import context


def many_drawn():
    """A short chain, a generator, and many draws of one number: support means, counts and rows."""
    generator = torch.Generator().manual_seed(0)
    drawn = optimal_path.draw(context(way=1, shot=2, features=1), 100_000, generator)
    return make_schedule(MetaDiffSettings(diffusion_steps=20)), generator, *drawn


def test_ideal_step_is_the_posterior_mean():
    """Against a regression of x_{t-1} on x_t and the support mean, over many draws."""
    schedule, generator, means, counts, rows = many_drawn()
    t = 9
    before, alpha = schedule.alpha_bar[t - 1], schedule.alpha_bar[t] / schedule.alpha_bar[t - 1]
    first = before.sqrt() * rows + (1 - before).sqrt() * torch.randn(rows.shape, generator=generator)
    x = alpha.sqrt() * first + (1 - alpha).sqrt() * torch.randn(rows.shape, generator=generator)
    inputs = torch.stack([x, means], -1).flatten(0, -2).double()
    slopes = torch.linalg.lstsq(inputs, first.flatten()[:, None].double()).solution
    ideal = optimal_path.ideal_step(schedule, x.double(), means.double(), counts, t)
    assert (inputs @ slopes).flatten().numpy() == pytest.approx(ideal.flatten().numpy(), abs=0.02)


def test_descent_ends_where_its_error_is_least():
    setting = context(way=3, shot=2, features=16)
    generator = torch.Generator().manual_seed(0)
    means, _, rows = optimal_path.draw(setting, 2000, generator)
    start = torch.randn(rows.shape, generator=generator)
    path = list(optimal_path.descent(start, means, 2, 10))
    assert len(path) == 11
    torch.testing.assert_close(path[0], start)
    found = (path[-1] - rows).square().mean()
    others = [(means + c * (start - means) - rows).square().mean() for c in (0.1, 0.15, 0.25, 0.3)]
    assert found < min(others)
    left = [((path[i + 1] - means) / (path[i] - means)).median() for i in range(10)]
    assert left == pytest.approx([0.2**0.1] * 10, rel=1e-3)  # a fixed step size


def test_a_perfect_denoiser_follows_the_ideal_chain():
    class Oracle(MetaDiff):
        def learn(self, *arguments):
            return 0.0

        def denoised(self, x, means, counts, t):
            return optimal_path.ideal_step(self.schedule, x, means, counts, t)

    setting = context(way=4, shot=1, features=64)
    method = Oracle(MetaDiffSettings(diffusion_steps=200, steps=1))
    method.build(setting.problem)
    study = optimal_path.study(method, setting)
    found = study.summary
    assert found["path_error_learned"] == 0
    assert found["end_error_learned"] == found["end_error_ideal"]
    assert found["end_error_ideal"] == pytest.approx(1 / 2, abs=0.03)  # 1 / (K + 1)
    assert found["end_error_support_mean"] == pytest.approx(1, abs=0.05)  # 1 / K
    assert found["end_error_descent"] == pytest.approx(2 / 3, abs=0.05)  # 2 / (2 K + 1)
    along = study.series["path_error_descent"]
    assert along[0] == pytest.approx(0, abs=1e-9) and len(along) == 101
    assert found["path_error_descent"] == pytest.approx(np.mean(along), rel=0.02)
    assert found["path_error_gradient_only"] > found["path_error_descent"]


def test_gradient_step_expects_the_noise_that_regression_finds():
    schedule, generator, means, counts, rows = many_drawn()
    t = 9
    kept, noise = schedule.alpha_bar[t], torch.randn(rows.shape, generator=generator)
    x = kept.sqrt() * rows + (1 - kept).sqrt() * noise
    pull = x - means
    slope = (pull * noise).sum() / pull.square().sum()
    expected = schedule.posterior_step(x, slope * pull, t)
    assert optimal_path.gradient_step(schedule, x, means, counts, t).numpy() == pytest.approx(
        expected.numpy(), abs=0.02
    )


@pytest.mark.parametrize(("shot", "left"), [(1, (2, 3.5)), (5, (0.1, 0.3))])
def test_the_best_gradient_only_chain_keeps_its_start_noise_at_one_shot(shot, left):
    """As docs/methods/metadiff.md has it, of the published chain of 1,000 steps."""
    setting = context(way=5, shot=shot, features=64)
    generator = torch.Generator().manual_seed(0)
    means, counts, rows = optimal_path.draw(setting, 50, generator)
    start = torch.randn(rows.shape, generator=generator)
    schedule, x = make_schedule(MetaDiffSettings()), start
    for t in range(1000, 0, -1):
        x = optimal_path.gradient_step(schedule, x, means, counts, t)
    share = ((x - means) * start).sum() / start.square().sum()
    assert left[0] < share < left[1]
    assert (x - rows).square().mean() > (means - rows).square().mean()


@pytest.mark.parametrize(("reduction", "alike"), [("mean", True), ("sum", False)])
def test_the_denoiser_is_shown_the_gradient_that_the_method_takes(reduction, alike):
    """Of the mean over the support images, five of them pull as one does."""
    setting = context(way=4, shot=5, features=8)
    method = MetaDiff(MetaDiff.for_profile("smoke", diffusion_steps=100, steps=1, reduction=reduction))
    learner = optimal_path.trained(method, setting)
    means, counts, rows = optimal_path.draw(setting, 3, torch.Generator().manual_seed(0))
    five, one = (learner.denoised(rows, means, of_each, 50) for of_each in (counts, torch.ones_like(counts)))
    assert torch.equal(five, one) == alike


def test_the_denoiser_is_trained_on_the_problem():
    setting = context(way=4, shot=1, features=8)
    errors = []
    for steps in (1, 60):
        method = MetaDiff(MetaDiff.for_profile("smoke", diffusion_steps=100, steps=steps, learning_rate=3e-3))
        learner = optimal_path.trained(method, setting)
        generator = torch.Generator().manual_seed(0)
        drawn = optimal_path.draw(setting, 500, generator)
        with torch.no_grad():
            errors.append(learner.noise_error(learner.network, *drawn, generator).item())
    assert errors[1] < 0.7 * errors[0]
