"""Intervals over seeds."""

import pytest

from benchmark.statistics import mean_interval


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
