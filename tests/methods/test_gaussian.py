"""The closed form for Gaussian classes against densities that are computed one by one."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import multivariate_normal

from methods.controls.gaussian import Gaussian, GaussianSettings, shrunk
from methods.controls.prototypes import Prototypes
from methods.controls.shrunken_prototypes import class_statistics, shared_basis
from methods.heads import unit_scale
from tests.methods.sources import context, fitted

SIZE = 6


@pytest.fixture
def fitted_with_known_moments():
    """A method, and the moments that it has in its diagonal form."""
    task_context = context(way=3, shot=4, features=SIZE)
    centre, between, within = class_statistics(task_context.train)
    method = Gaussian()
    method.build(task_context.problem)
    _, inverse, signal = shared_basis(between, within)
    for buffer, value in ((method.centre, centre), (method.inverse, inverse), (method.signal, signal)):
        buffer.copy_(value)
    return method, task_context, (centre.numpy(), between.numpy(), within.numpy())


def test_logits_are_posterior_predictive_log_densities(fitted_with_known_moments):
    """Of classes with 1 to 4 images each, up to a constant that the classes of a query share."""
    method, task_context, (m, b, w) = fitted_with_known_moments
    episodes = task_context.train.episodes(np.random.default_rng(0), 2, way=3, shot=4, queries=5)
    support = episodes.task.support
    kept = torch.zeros_like(support.y, dtype=torch.bool)
    for slot, count in enumerate((1, 2, 4)):
        for row in range(2):
            places = (support.y[row] == slot).nonzero().flatten()[:count]
            kept[row, places] = True
    task = replace(episodes.task, support=replace(support, mask=kept))
    logits = method.predict(method.adapt(task), episodes.query.without_labels()).double().numpy()
    x, queries = unit_scale(support.x).double().numpy(), unit_scale(episodes.query.x).double().numpy()
    for row in range(2):
        expected = []
        for slot, count in enumerate((1, 2, 4)):
            mean = x[row][(kept[row] & (support.y[row] == slot)).numpy()].mean(0)
            posterior = m + b @ np.linalg.solve(b + w / count, mean - m)
            left = np.linalg.inv(np.linalg.inv(b) + count * np.linalg.inv(w))
            expected.append(multivariate_normal(posterior, w + left).logpdf(queries[row]))
        expected = np.stack(expected, -1)
        differences = logits[row] - logits[row].mean(-1, keepdims=True) - expected + expected.mean(-1, keepdims=True)
        assert np.abs(differences).max() < 1e-3


def test_shrinking_keeps_the_mean_variance_and_ends_at_the_identity():
    covariance = torch.tensor([[4.0, 1.0], [1.0, 2.0]])
    assert torch.equal(shrunk(covariance, 0.0), covariance)
    assert torch.equal(shrunk(covariance, 1.0), 3 * torch.eye(2))
    assert shrunk(covariance, 0.5).diagonal().mean() == 3


def test_validation_classes_choose_the_shrinkage():
    """Where features of a class vary in few directions the full covariance tells more than its mean diagonal."""
    task_context = context(features=SIZE)
    for shrinkages in ((0.3, 0.6), (0.6, 0.3)):
        method, losses = fitted(Gaussian, task_context, shrinkages=shrinkages)
        best = shrinkages[int(np.argmin(losses))]
        _, between, within = class_statistics(task_context.train)
        _, _, signal = shared_basis(between, shrunk(within, best))
        torch.testing.assert_close(method.signal, signal.float())


def test_it_beats_the_centroid_where_its_assumptions_hold():
    """Classes whose features vary most where classes differ least."""
    generator = torch.Generator().manual_seed(0)
    task_context = context(way=5, features=SIZE)
    stretch = torch.tensor([5.0, 5.0, 5.0, 0.3, 0.3, 0.3])
    for source in (task_context.train, task_context.validation):
        count = int(source.counts.sum())
        noise, means = (torch.randn(n, SIZE, generator=generator) for n in (count, source.class_count))
        inputs = means.repeat_interleave(torch.from_numpy(source.counts), 0) + 3 + noise * stretch
        source._lookup = lambda members, views, inputs=inputs: inputs[torch.from_numpy(members)]
    episodes = task_context.validation.episodes(np.random.default_rng(1), 400, way=5, shot=1, queries=5)
    accuracies = {}
    for cls in (Gaussian, Prototypes):
        method, _ = fitted(cls, task_context)
        logits = method.predict(method.adapt(episodes.task), episodes.query.without_labels())
        accuracies[cls] = (logits.argmax(-1) == episodes.query.y).float().mean().item()
    assert accuracies[Gaussian] > accuracies[Prototypes] + 0.1


@pytest.mark.parametrize("shrinkages", [(), (0.5, 1.5), (-0.1,)])
def test_shrinkages_that_are_no_shares_are_refused(shrinkages):
    with pytest.raises(ValueError, match=r"shrinkages must be shares from 0 to 1, such as 0\.1\+0\.5"):
        GaussianSettings(shrinkages=shrinkages)
