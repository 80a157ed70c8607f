"""Theorem 2 of the Lt-Di paper: the curvature that weight preparation leaves, and what reconstruction errors cost.

Heads are prepared with SAM, without it and with a wider one. What is measured of them, and of the heads that each
generator makes for the same tasks, is said in `methods.convergence`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmark.suites.suite import Suite


class Convergence(Suite):
    summary = "curvature of prepared heads with and without SAM, excess loss against reconstruction (Lt-Di, Theorem 2)"
    datasets = ("omniglot",)
    ways = (5,)
    shots = (1,)
    methods = ("lt-di", "lv-di", "regression")
    seeds = 3
    study = "convergence"

    def variants(self, method: str, profile: str) -> Sequence[Mapping[str, Any]]:
        return ({}, {"sam_rho": 0.0}, {"sam_rho": 0.2}) if method in self.methods else ({},)
