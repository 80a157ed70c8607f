"""Statistics over seeds: the episodes of a seed share a body, so they are not pooled with another's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

LEVEL = 0.05  # of every test
RESAMPLES = 2000  # of every bootstrap


def mean_interval(values: Sequence[float], confidence: float = 1 - LEVEL) -> tuple[float, float | None]:
    """Mean and half width of its Student t-interval, both in the unit of `values` (n,), one value per seed.

    The half width is t * s / sqrt(n), where s is the standard deviation with n - 1 in its denominator and t
    the quantile at (1 + confidence) / 2 with n - 1 degrees of freedom (Student 1908, "The probable error of a
    mean", Biometrika 6). It is None for a single value. Raises ValueError without values.
    """
    count = len(values)
    if count == 0:
        raise ValueError("there is no mean of no values")
    mean = float(np.mean(values))
    if count == 1:
        return mean, None
    quantile = stats.t.ppf((1 + confidence) / 2, count - 1)
    return mean, float(quantile * np.std(values, ddof=1) / np.sqrt(count))


def episode_interval(accuracies: Sequence[float], confidence: float = 1 - LEVEL) -> tuple[float, float | None]:
    """`mean_interval` over the episodes of one seed: how well that seed's accuracy is known, body and tasks given.

    This is the interval that few-shot papers print. It says nothing of other seeds, and episodes of several seeds
    must never be put in together.
    """
    return mean_interval(accuracies, confidence)


@dataclass(frozen=True)
class PairedDifference:
    """One method less another, with the seed as the unit; in the unit of what was compared."""

    difference: float  # mean over the shared seeds
    interval: float | None  # half width of its 95 % t-interval; None for a single seed
    p: float | None  # of the two-sided paired t-test; None for a single seed
    seeds: tuple[int, ...]  # that both have


def paired_difference(one: Mapping[int, float], other: Mapping[int, float]) -> PairedDifference | None:
    """Compare two methods that met the same episodes, from the accuracy of each by seed; None if no seed is shared.

    A seed's difference of means is the mean of its episodes' differences, so that pairing by episodes needs nothing
    more. The test is Student's on one difference per seed.
    """
    seeds = tuple(sorted(one.keys() & other.keys()))
    if not seeds:
        return None
    differences = np.array([one[seed] - other[seed] for seed in seeds])
    mean, interval = mean_interval(differences)
    if interval is None:
        return PairedDifference(mean, None, None, seeds)
    error = float(np.std(differences, ddof=1) / np.sqrt(len(seeds)))
    if error == 0:  # the same difference in every seed
        return PairedDifference(mean, interval, 1.0 if mean == 0 else 0.0, seeds)
    return PairedDifference(mean, interval, float(2 * stats.t.sf(abs(mean) / error, len(seeds) - 1)), seeds)


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values of a family of tests, adjusted so that the chance of any false rejection stays below the level.

    The i-th smallest of m is multiplied by m - i + 1, made non-decreasing and cut at 1 (Holm 1979, "A simple
    sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6).
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)))
    return adjusted.tolist()


@dataclass(frozen=True)
class Ranking:
    """Ranks of k methods over N blocks, 1 being the best; the blocks are data sets and settings."""

    average: tuple[float, ...]  # of each method
    blocks: int
    p: float | None  # of Friedman's test that all are alike; None for fewer than three methods or two blocks
    critical_difference: float | None  # average ranks further apart differ by Nemenyi's test; None as for p

    def distinguishable(self, one: int, other: int) -> bool:
        """Whether two methods differ: Friedman's test rejects and their average ranks are far enough apart."""
        if self.p is None or self.critical_difference is None or self.p >= LEVEL:
            return False
        return abs(self.average[one] - self.average[other]) > self.critical_difference


def rank(scores: np.ndarray) -> Ranking:
    """Rank methods by scores (blocks, methods), the highest first, ties sharing their mean rank.

    Friedman's chi-squared test with correction for ties, and Nemenyi's critical difference q sqrt(k (k + 1) / 6 N),
    q being the 95 % quantile of the studentised range over sqrt(2) (Demšar 2006, "Statistical comparisons of
    classifiers over multiple data sets", JMLR 7). Raises ValueError where a score is missing.
    """
    scores = np.asarray(scores, dtype=float)
    if scores.ndim != 2 or not scores.size or not np.isfinite(scores).all():
        raise ValueError("ranks need a score of every method in every block")
    blocks, methods = scores.shape
    average = tuple(stats.rankdata(-scores, axis=1).mean(0).tolist())
    if methods < 3 or blocks < 2:
        return Ranking(average, blocks, None, None)
    only_ties = (scores == scores[:, :1]).all()  # for which the statistic is 0 / 0
    p = 1.0 if only_ties else float(stats.friedmanchisquare(*scores.T).pvalue)
    q = stats.studentized_range.ppf(1 - LEVEL, methods, np.inf) / np.sqrt(2)
    return Ranking(average, blocks, p, float(q * np.sqrt(methods * (methods + 1) / (6 * blocks))))


def interquartile_mean(strata: Sequence[Sequence[float]], seed: int = 0) -> tuple[float, tuple[float, float] | None]:
    """Mean of the middle half of all values, and the ends of its 95 % bootstrap interval.

    A stratum holds the values of one setting, one per seed. Seeds are drawn anew within each setting, and the interval
    is that of percentiles (Agarwal et al. 2021, "Deep reinforcement learning at the edge of the statistical
    precipice", NeurIPS). It is None where a stratum has a single value, which says nothing of other seeds. `seed` fixes
    the draws. Raises ValueError where a stratum is empty.
    """
    if not strata or not all(len(values) for values in strata):
        raise ValueError("an interquartile mean needs values in every stratum")
    mean = float(stats.trim_mean(np.concatenate([np.asarray(v, dtype=float) for v in strata]), 0.25))
    if any(len(values) == 1 for values in strata):
        return mean, None
    rng = np.random.default_rng(seed)
    drawn = [np.asarray(v, dtype=float)[rng.integers(len(v), size=(RESAMPLES, len(v)))] for v in strata]
    means = stats.trim_mean(np.concatenate(drawn, axis=1), 0.25, axis=1)
    low, high = np.quantile(means, [LEVEL / 2, 1 - LEVEL / 2])
    return mean, (float(low), float(high))
