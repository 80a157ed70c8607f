"""A search around the methods' defaults: meta-validation classes, and seeds that no other suite uses.

Each variant changes the method as it is now in one respect, or in a few that belong together. REPTILE's are its
learning curve: every length of training is a run of its own, since the outer step size falls to 0 at its end. So are
those of the whole-class classifier, on which Meta-Baseline stands too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmark.suites.suite import Suite

PREPARATION = (
    {"preparation_steps": 60},
    {"preparation_steps": 240},
    {"sam_rho": 0.2},
    {"sam_rho": 0.0},
    {"augmentation": False},
)
META_TRAINING = (
    {"steps": 500},
    {"steps": 3000},
    {"prepared_heads": 12000},
    {"outer_loop": "reptile", "learning_rate": 1e-3},
)
RATES = ({"learning_rate": 1e-3}, {"learning_rate": 1e-2})
NETWORK = ({"width": 128}, {"depth": 2}, {"tasks_per_step": 128})  # shared by all generators
GROWING = {"final_signal": 1e-3, "beta_growth": 544.0}  # betas up to 0.54: more of an anchor is left to see
CHAIN = (
    {"final_signal": 1e-3},
    {"final_signal": 1e-4},
    {"final_signal": 1e-6},
    GROWING,
    {"parameterisation": "plain"},
    {"parameterisation": "v3"},
    {"sampler": "ddim"},
    {"sampler": "ancestral"},
    {"diffusion_steps": 100},
)
AS_IT_IS: tuple[Mapping[str, Any], ...] = ({},)
GRID: dict[str, Sequence[Mapping[str, Any]]] = {
    "lt-di": (
        *AS_IT_IS,
        *PREPARATION,
        *META_TRAINING,
        *CHAIN,
        {**GROWING, "parameterisation": "plain"},
        {**GROWING, "parameterisation": "v3"},
        *RATES,
        *NETWORK,
        {"trajectory_length": 3},
        {"trajectory_length": 6},
        {"anchor_scope": "all"},
        {"anchor_scope": "all", "parameterisation": "v3"},
    ),
    "lv-di": (
        *AS_IT_IS,
        *PREPARATION[:2],
        *META_TRAINING[:3],
        *CHAIN[:5],
        {**GROWING, "parameterisation": "plain"},
        *RATES,
    ),
    "regression": (*AS_IT_IS, *PREPARATION[:2], *META_TRAINING[:3], *RATES),
    "flow-matching": (*AS_IT_IS, *RATES, *META_TRAINING[:2]),
    "vae": (*AS_IT_IS, *RATES, {"kl_weight": 0.001}, {"kl_weight": 0.1}, {"latent": 8}),
    "metadiff": (
        *AS_IT_IS,
        {"reduction": "sum"},
        {"learning_rate": 1e-3},
        {"steps": 6000},
        {"schedule": "cosine"},
        {"diffusion_steps": 100},
        {"condition": "u-net"},
        {"sampling_noise": True},
        {"time_embedding": "none"},
    ),
    "reptile": (*AS_IT_IS, *({"iterations": iterations} for iterations in (400, 1000, 2000, 8000))),
    "classifier-baseline": (*AS_IT_IS, *({"classifier_steps": steps} for steps in (2000, 4000))),
}
SMOKE = {
    "reptile": (*AS_IT_IS, {"iterations": 10}),
    "classifier-baseline": (*AS_IT_IS, {"classifier_steps": 10}),
}


class Search(Suite):
    summary = "hyper-parameters on validation classes, seeds from 100; learning curves of two methods"
    datasets = ("omniglot",)
    ways = (5,)
    shots = (1,)
    methods = tuple(GRID)
    seeds = 1
    first_seed = 100
    part = "validation"

    def variants(self, method: str, profile: str) -> Sequence[Mapping[str, Any]]:
        return (GRID | SMOKE if profile == "smoke" else GRID).get(method, AS_IT_IS)
