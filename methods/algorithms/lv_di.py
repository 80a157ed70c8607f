"""Lv-Di: Lt-Di with vanilla diffusion, which knows the final weights only (arXiv 2502.01117, Section 3.1)."""

from __future__ import annotations

from dataclasses import dataclass

from methods.algorithms.lt_di import DiffusionSettings, LtDi


@dataclass(frozen=True)
class VanillaSettings(DiffusionSettings):
    """Lt-Di's, with a trajectory of the Gaussian start and the final weights."""

    trajectory_length: int = 2


class LvDi(LtDi):
    """Generates heads by vanilla diffusion: the denoiser learns from final weights only.

    Source: *Learning to Learn Weight Generation via Trajectory Diffusion*, arXiv 2502.01117, Section 3.1.
    """

    Hyperparameters = VanillaSettings
