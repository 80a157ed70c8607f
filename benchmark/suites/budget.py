"""Accuracy against the budget of meta-training: where each generator ends up, and which one is ahead early.

A budget is a number of outer steps, and every budget is a run of its own, with its own schedule of the learning rate:
a point on the way of a longer run would still have a high one. Records say how long each took.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmark.suites.suite import Suite

# Steps, and the heads they draw from: longer training would see the same heads too often.
BUDGETS = {250: 6000, 1000: 6000, 4000: 12000, 16000: 24000}
SMOKE = {30: 512, 60: 512}


class Budget(Suite):
    summary = "accuracy of the generators against steps of meta-training, at equal preparation"
    datasets = ("omniglot",)
    ways = (5,)
    shots = (1,)
    methods = ("lt-di", "lv-di", "vae", "regression", "flow-matching")
    seeds = 3

    def variants(self, method: str, profile: str) -> Sequence[Mapping[str, Any]]:
        budgets = SMOKE if profile == "smoke" else BUDGETS
        return [{"steps": steps, "prepared_heads": heads} for steps, heads in budgets.items()]
