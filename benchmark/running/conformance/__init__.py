"""The conformance kit: what a method, a data set and a body have to pass. One file for each kind."""

from __future__ import annotations

from benchmark.running.conformance.body import check_body
from benchmark.running.conformance.check import check
from benchmark.running.conformance.dataset import check_data_set
from benchmark.running.conformance.finding import Finding
from benchmark.running.conformance.method import check_method

__all__ = ["Finding", "check", "check_body", "check_data_set", "check_method"]
