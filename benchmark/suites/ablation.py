"""The contribution of each component: Table 1 (C1 to C3) and Figure 6 (SAM and augmentation) of the Lt-Di paper.

None of C1 to C3 is REPTILE; C1, generating weights, is the VAE; with C2, diffusion, Lv-Di; with C3, the trajectory,
Lt-Di. `regression`, one pass of the same network, is the control. For Figure 6 Lt-Di's weight preparation goes
without its components, one by one, and beside meta-training; records hold the seconds of both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmark.suites.suite import Suite

PREPARATIONS: tuple[Mapping[str, Any], ...] = (
    {},
    {"augmentation": False},
    {"sam_rho": 0.0},
    {"sam_rho": 0.0, "augmentation": False},
    {"preparation": "beside"},
)


class Ablation(Suite):
    summary = "what generating, diffusion, the trajectory, SAM and augmentation add (Lt-Di paper, Table 1 and Figure 6)"
    datasets = ("omniglot", "mini-imagenet")
    ways = (5,)
    shots = (1,)
    methods = ("reptile", "vae", "lv-di", "lt-di", "regression")
    curve = 10

    def variants(self, method: str, profile: str) -> Sequence[Mapping[str, Any]]:
        return PREPARATIONS if method == "lt-di" else ({},)
