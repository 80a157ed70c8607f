"""Learning rates over the steps of a training."""

from __future__ import annotations

from torch.optim import Optimizer
from torch.optim.lr_scheduler import OneCycleLR


def one_cycle(optimiser: Optimizer, rate: float, steps: int, *, rise: float) -> OneCycleLR:
    """From rate / 25 up to `rate` over the share `rise` of the steps, then down to nearly nothing, along cosines.

    Smith & Topin 2019 (arXiv 1708.07120). Where one step or less is left to rise in, training begins near the top.
    """
    # PyTorch divides by the length of the rise less one, and a single step would have the rate of the last one.
    return OneCycleLR(optimiser, rate, total_steps=max(2, steps), pct_start=0.0 if rise * steps == 1 else rise)
