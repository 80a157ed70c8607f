"""Synthetic records, as the tests of reports have them."""

from tests.report.conftest import results

__all__ = ["results"]
