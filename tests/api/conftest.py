"""Synthetic records, as the tests of reports have them."""

from tests.report.conftest import new_results, results

__all__ = ["new_results", "results"]
