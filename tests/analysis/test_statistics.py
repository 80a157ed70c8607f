"""Intervals and tests over seeds, ranks over settings: against computations by hand and by scipy."""

import numpy as np
import pytest
from scipy import stats

from benchmark.analysis.statistics import (
    LEVEL,
    episode_interval,
    holm,
    interquartile_mean,
    mean_interval,
    paired_difference,
    rank,
)


def by_seed(values):
    return dict(enumerate(values))


def test_interval_of_five_values_by_hand():
    # s^2 = (4 + 1 + 0 + 1 + 4) / 4 = 2.5; t(0.975, 4 degrees of freedom) = 2.776445 from tables
    mean, half_width = mean_interval([1.0, 2.0, 3.0, 4.0, 5.0])
    assert mean == 3.0
    assert half_width == pytest.approx(2.776445 * (2.5 / 5) ** 0.5, rel=1e-6)


def test_more_confidence_is_wider():
    # t(0.995, 1 degree of freedom) = 63.6567 from tables
    assert mean_interval([0.0, 2.0], confidence=0.99) == (1.0, pytest.approx(63.6567, rel=1e-5))


def test_single_value_has_no_interval():
    assert mean_interval([0.7]) == (0.7, None)


def test_equal_values_have_an_interval_of_no_width():
    assert mean_interval([0.5, 0.5, 0.5]) == (0.5, 0.0)


def test_no_values_are_an_error():
    with pytest.raises(ValueError, match="no values"):
        mean_interval([])


def test_episode_interval_is_the_one_that_papers_print():
    accuracies = np.random.default_rng(0).normal(0.6, 0.1, 600)
    mean, half_width = episode_interval(accuracies)
    assert mean == pytest.approx(accuracies.mean())
    assert half_width == pytest.approx(1.96 * accuracies.std(ddof=1) / 600**0.5, rel=3e-3)


def test_paired_difference_by_hand():
    # differences 1, 2, 3: mean 2, s = 1; t = 2 sqrt(3) = 3.4641, p = 0.0742 and t(0.975, 2) = 4.302653 from tables
    found = paired_difference(by_seed([71.0, 75.0, 73.0]), by_seed([70.0, 73.0, 70.0]))
    assert found.difference == pytest.approx(2.0)
    assert found.interval == pytest.approx(4.302653 / 3**0.5, rel=1e-6)
    assert found.p == pytest.approx(0.0742, abs=5e-5)
    assert found.seeds == (0, 1, 2)


def test_paired_difference_is_scipys():
    rng = np.random.default_rng(1)
    for count in (2, 5, 20):
        one, other = rng.normal(size=(2, count))
        found, reference = paired_difference(by_seed(one), by_seed(other)), stats.ttest_rel(one, other)
        low, high = reference.confidence_interval(1 - LEVEL)
        assert found.p == pytest.approx(reference.pvalue)
        assert (found.difference - found.interval, found.difference + found.interval) == pytest.approx((low, high))


def test_only_shared_seeds_are_compared():
    found = paired_difference({0: 9.0, 1: 2.0, 2: 3.0}, {1: 1.0, 2: 1.0, 7: 50.0})
    assert (found.difference, found.seeds) == (1.5, (1, 2))
    assert paired_difference({0: 1.0}, {1: 1.0}) is None


def test_single_shared_seed_has_a_difference_and_no_test():
    found = paired_difference({0: 9.0}, {0: 8.0})
    assert (found.difference, found.interval, found.p) == (1.0, None, None)


@pytest.mark.parametrize(("difference", "p"), [(0.0, 1.0), (0.5, 0.0)])
def test_same_difference_in_every_seed(difference, p):
    found = paired_difference({s: s + difference for s in range(5)}, {s: float(s) for s in range(5)})
    assert (found.difference, found.interval, found.p) == (difference, 0.0, p)


def test_holm_by_hand():
    # sorted: 0.005 x 4, 0.01 x 3, 0.03 x 2 and 0.04 x 1, the last not to fall below the one before
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([]) == []


def test_ranks_by_hand():
    scores = np.array([[0.9, 0.8, 0.7], [0.9, 0.8, 0.8], [0.6, 0.9, 0.5], [0.7, 0.6, 0.5]])
    found = rank(scores)
    # 1 2 3; 1 2.5 2.5; 2 1 3; 1 2 3
    assert found.average == (1.25, 1.875, 2.875)
    assert found.blocks == 4
    # Sums of ranks 5, 7.5, 11.5: 12 / (4 x 3 x 4) x (25 + 56.25 + 132.25) - 3 x 4 x 4 = 5.375; the pair of ties divides
    # it by 1 - (2^3 - 2) / (4 x (3^3 - 3)) = 0.9375; chi-squared with two degrees of freedom: p = exp(-x / 2)
    assert found.p == pytest.approx(np.exp(-5.375 / 0.9375 / 2))
    assert found.p > LEVEL and not found.distinguishable(0, 2)


@pytest.mark.parametrize(("methods", "q"), [(3, 2.343), (4, 2.569), (5, 2.728), (10, 3.164)])
def test_critical_difference_uses_the_tabulated_quantiles(methods, q):
    """Demšar 2006, Table 5 (a)."""
    found = rank(np.random.default_rng(0).normal(size=(14, methods)))
    assert found.critical_difference == pytest.approx(q * (methods * (methods + 1) / (6 * 14)) ** 0.5, abs=2e-3)


def test_distinguishable_ranks():
    scores = np.arange(4.0) + np.random.default_rng(0).normal(scale=0.01, size=(10, 4))
    found = rank(scores)
    assert found.average == (4.0, 3.0, 2.0, 1.0)
    assert found.distinguishable(0, 3) and not found.distinguishable(0, 1)


def test_ranks_without_a_test():
    assert rank([[0.5, 0.7], [0.6, 0.6]]).average == (1.75, 1.25)
    assert rank([[0.5, 0.7], [0.6, 0.6]]).p is None
    assert rank(np.full((5, 3), 0.5)).p == 1.0
    with pytest.raises(ValueError, match="every method"):
        rank([[0.5, float("nan")]])


def test_interquartile_mean_by_hand():
    # 8 values: the two lowest and the two highest are left out
    mean, (low, high) = interquartile_mean([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 100.0]])
    assert mean == 4.5
    assert low < mean < high


def test_interquartile_interval_is_scipys_where_there_is_one_stratum():
    values = np.random.default_rng(2).normal(70, 3, 30)
    reference = stats.bootstrap(
        (values,),
        lambda v, axis: stats.trim_mean(v, 0.25, axis=axis),
        n_resamples=20_000,
        method="percentile",
        rng=np.random.default_rng(3),
    ).confidence_interval
    _, (low, high) = interquartile_mean([values])
    assert (low, high) == pytest.approx(tuple(reference), abs=0.15)


def test_interquartile_bootstrap_stays_within_settings():
    """Settings that differ much and seeds that differ little: drawing across settings would widen the interval."""
    strata = [np.linspace(level, level + 0.1, 5) for level in (40, 50, 60, 70)]
    _, (low, high) = interquartile_mean(strata)
    assert high - low < 0.2
    assert interquartile_mean(strata) == interquartile_mean(strata)
    with pytest.raises(ValueError, match="every stratum"):
        interquartile_mean([[1.0], []])


def test_interquartile_mean_of_single_seeds_has_no_interval():
    """Drawing one of one always gives the same: the interval would be a point."""
    assert interquartile_mean([[84.0], [95.0]]) == (89.5, None)
    assert interquartile_mean([[84.0, 85.0], [95.0]])[1] is None


# What a benchmark meets: a seed moves two methods apart by 1 % (another body, another initialisation), and within a
# seed the difference on one episode scatters by 8 %. A test that pools episodes takes the first for the second.
SEEDS, EPISODES, BETWEEN, WITHIN = 5, 600, 1.0, 8.0


def simulated(true_difference, runs, seed):
    """Differences on episodes (runs, SEEDS, EPISODES), in percent."""
    rng = np.random.default_rng(seed)
    by_seed = rng.normal(true_difference, BETWEEN, (runs, SEEDS, 1))
    return by_seed + rng.normal(0, WITHIN, (runs, SEEDS, EPISODES))


def rejections(differences):
    """Share of runs in which the seeds' means differ from those of a method that is always at zero."""
    zero = by_seed([0.0] * SEEDS)
    p = [paired_difference(by_seed(run), zero).p for run in differences.mean(2)]
    return np.mean(np.array(p) < LEVEL)


def test_paired_test_keeps_its_level_where_pooling_episodes_does_not():
    differences = simulated(0.0, runs=1500, seed=0)
    assert rejections(differences) == pytest.approx(LEVEL, abs=3 * (LEVEL * (1 - LEVEL) / 1500) ** 0.5)
    pooled = stats.ttest_1samp(differences.reshape(1500, -1), 0, axis=1).pvalue
    assert np.mean(pooled < LEVEL) > 0.4


def test_paired_interval_covers_the_true_difference():
    zero, inside = by_seed([0.0] * SEEDS), 0
    for run in simulated(2.0, runs=1000, seed=1).mean(2):
        found = paired_difference(by_seed(run), zero)
        inside += abs(found.difference - 2.0) <= found.interval
    assert inside / 1000 == pytest.approx(1 - LEVEL, abs=0.021)


def test_paired_test_finds_a_known_difference():
    assert rejections(simulated(3.0, runs=300, seed=2)) > 0.95


def test_holm_keeps_the_chance_of_any_false_finding():
    """Ten comparisons without a difference: one by one, some comparison is found in a third of the tables."""
    tables, zero = 400, by_seed([0.0] * SEEDS)
    raw = corrected = 0
    for table in simulated(0.0, runs=10 * tables, seed=3).mean(2).reshape(tables, 10, SEEDS):
        p = [paired_difference(by_seed(run), zero).p for run in table]
        raw += min(p) < LEVEL
        corrected += min(holm(p)) < LEVEL
    assert raw / tables > 0.3
    assert corrected / tables < LEVEL + 3 * (LEVEL * (1 - LEVEL) / tables) ** 0.5
