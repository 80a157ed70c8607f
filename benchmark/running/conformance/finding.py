"""The results of checks."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

TOLERANCE = 1e-3  # of outputs, relative to the spread of all: products differ in rounding with their shape


@dataclass(frozen=True)
class Finding:
    """The result of one check."""

    check: str
    passed: bool
    detail: str


def same(
    check: str,
    a: Tensor,
    b: Tensor,
    *,
    exact: bool = False,
    tolerance: float = TOLERANCE,
    required: bool = True,
    why: str = "",
) -> Finding:
    """Whether two outputs are the same, bit by bit where `exact`; measured only where that is not `required`."""
    difference = ((a - b).abs().max() / a.std().clamp(min=1e-12)).item()
    passed = torch.equal(a, b) if exact else difference < tolerance
    detail = "identical" if torch.equal(a, b) else f"largest difference {difference:.2g} of the outputs' spread"
    return Finding(check, passed or not required, detail if required else f"{detail} ({why}: measured only)")
