"""Figures 4 and 5 of the Lt-Di paper: reconstruction error and accuracy against trajectory length and diffusion steps.

Compute is fixed: every variant takes the same steps of meta-training. Errors and accuracies on validation classes
are measured along the way, which gives the curves against compute.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmark.suites.suite import Suite

STEPS = tuple({"diffusion_steps": steps} for steps in (10, 50, 100))
LENGTHS = tuple({"trajectory_length": length} for length in (3, 5, 6, 8))


class TradeOff(Suite):
    summary = "error and accuracy against trajectory length, compute and diffusion steps (Lt-Di paper, Figures 4 and 5)"
    datasets = ("omniglot", "mini-imagenet")
    ways = (5,)
    shots = (1,)
    methods = ("lt-di", "lv-di", "regression")
    seeds = 3
    curve = 10

    def variants(self, method: str, profile: str) -> Sequence[Mapping[str, Any]]:
        return {"lt-di": ({}, *LENGTHS, *STEPS), "lv-di": ({}, *STEPS)}.get(method, ({},))
