"""Statistics over seeds: the episodes of a seed share a body, so they are not pooled with another's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import stats


def mean_interval(values: Sequence[float], confidence: float = 0.95) -> tuple[float, float | None]:
    """Mean and half width of its Student t-interval, both in the unit of `values` (n,), one value per seed.

    The half width is t * s / sqrt(n), where s is the standard deviation with n - 1 in its denominator and t
    the quantile at (1 + confidence) / 2 with n - 1 degrees of freedom (Student 1908, "The probable error of a
    mean", Biometrika 6). It is None for a single value. Raises ValueError without values.
    """
    if len(values) == 0:
        raise ValueError("there is no mean of no values")
    mean = float(np.mean(values))
    if len(values) == 1:
        return mean, None
    return mean, float(stats.t.ppf((1 + confidence) / 2, len(values) - 1) * stats.sem(values))
