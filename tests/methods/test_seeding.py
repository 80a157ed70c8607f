"""Random numbers that depend on what they are for, and on nothing else."""

import itertools

import numpy as np
import pytest
import torch
from scipy import stats

from methods.seeding import derive_seed, normal

SEEDS = torch.arange(200, dtype=torch.int64)


def test_derived_seeds_of_all_streams_differ():
    purposes = ["method", "test episodes", "initialisation", ("test episodes", 5, 1), ("test episodes", 51)]
    purposes = [p if isinstance(p, tuple) else (p,) for p in purposes]
    found = [
        derive_seed(seed, *purpose, number)
        for seed, purpose, number in itertools.product(range(50), purposes, range(50))
    ]
    assert len(set(found)) == len(found)


def test_derived_seeds_fill_63_bits_evenly():
    found = [derive_seed(0, "stream", number) for number in range(2000)]
    assert min(found) >= 0
    assert stats.kstest(np.array(found, dtype=float) / 2.0**63, "uniform").pvalue > 1e-3


def test_derived_seed_is_the_same_in_every_version():
    """Another value would make every record unrepeatable."""
    assert derive_seed(0, "method") == 7565930504536239419
    assert derive_seed(3, "test episodes", "default", 5, 1) == 6396378516318113900


def test_normal_is_standard_normal():
    noise = normal(SEEDS, 50, 10).flatten().double().numpy()
    assert stats.kstest(noise, "norm").pvalue > 1e-3
    assert noise.mean() == pytest.approx(0, abs=4 / len(noise) ** 0.5)
    assert noise.var() == pytest.approx(1, abs=4 * (2 / len(noise)) ** 0.5)
    assert stats.kurtosis(noise) == pytest.approx(0, abs=4 * (24 / len(noise)) ** 0.5)


def test_normal_numbers_of_a_row_are_uncorrelated():
    """In particular the two that come from one pair of uniform numbers, and those of neighbouring seeds."""
    noise = normal(torch.arange(20_000), 6).double()
    together = torch.cat([noise[1:], noise[:-1]], 1)
    assert (torch.corrcoef(together.T) - torch.eye(12)).abs().max() < 5 / len(together) ** 0.5
    assert (torch.corrcoef(together.square().T) - torch.eye(12)).abs().max() < 5 / len(together) ** 0.5


def test_normal_does_not_depend_on_the_batch():
    together = normal(SEEDS, 3, 5)
    assert torch.equal(together[7:9], normal(SEEDS[7:9], 3, 5))
    assert torch.equal(together.flip(0), normal(SEEDS.flip(0), 3, 5))


@pytest.mark.parametrize("shape", [(), (1,), (7,), (2, 3), (0,)])
def test_normal_has_the_shape_that_was_asked_for(shape):
    noise = normal(SEEDS, *shape)
    assert noise.shape == (200, *shape)
    assert noise.dtype == torch.float32


def test_normal_differs_between_seeds():
    assert len(normal(SEEDS, 4).unique(dim=0)) == len(SEEDS)


def test_normal_differs_between_streams():
    streams = torch.stack([normal(SEEDS, 100, stream=stream).flatten() for stream in range(8)]).double()
    correlations = torch.corrcoef(streams) - torch.eye(8)
    assert correlations.abs().max() < 5 / streams.shape[1] ** 0.5


def test_normal_is_the_same_in_every_version():
    expected = torch.tensor([[-1.1794, -0.0699, -0.6885]])
    torch.testing.assert_close(normal(torch.tensor([7]), 3, stream=1), expected, atol=1e-4, rtol=0)


def test_normal_takes_every_seed_that_is_derived():
    extreme = torch.tensor([0, 1, 2**63 - 1, derive_seed(0, "any")])
    assert torch.isfinite(normal(extreme, 1000)).all()
    assert len(normal(extreme, 4).unique(dim=0)) == len(extreme)
