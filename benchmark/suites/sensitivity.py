"""Figures 7 and 8 of the Lt-Di paper: accuracy over trajectory length and diffusion steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from benchmark.suites.suite import Suite

LENGTHS = (2, 3, 4, 5, 6)
STEPS = (10, 20, 50, 100)


class Sensitivity(Suite):
    summary = "accuracy over trajectory length and diffusion steps (Lt-Di paper, Figures 7 and 8)"
    datasets = ("omniglot", "mini-imagenet")
    ways = (5,)
    shots = (1,)
    methods = ("lt-di",)
    seeds = 3

    def variants(self, method: str, profile: str) -> Sequence[Mapping[str, Any]]:
        if method != "lt-di":
            return ({},)
        return [{"trajectory_length": length, "diffusion_steps": steps} for length, steps in product(LENGTHS, STEPS)]
