"""Random numbers that depend on what they are for, and on nothing else."""

from __future__ import annotations

import hashlib
import json
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import torch
    from torch import Tensor

_GOLDEN = -7046029254386353131  # 0x9E3779B97F4A7C15 as a signed 64-bit integer
_MIX_1 = -4658895280553007687  # 0xBF58476D1CE4E5B9
_MIX_2 = -7723592293110705685  # 0x94D049BB133111EB


def derive_seed(seed: int, *purpose: str | int) -> int:
    """A 63-bit seed for one purpose.

    Hashing instead of adding keeps streams apart: seed 0's third stream is never seed 3's first one.
    """
    text = json.dumps([seed, *purpose])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little") >> 1


class Streams:
    """The random streams of a training, which can be kept with it and go on where they were."""

    def __init__(self, numpy: np.random.Generator, torch: torch.Generator) -> None:
        self.numpy, self.torch = numpy, torch

    def state_dict(self) -> dict[str, Any]:
        return {"numpy": self.numpy.bit_generator.state, "torch": self.torch.get_state()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.numpy.bit_generator.state = state_dict["numpy"]
        self.torch.set_state(state_dict["torch"])


def normal(seeds: Tensor, *shape: int, stream: int = 0) -> Tensor:
    """Standard normal numbers of shape (B, *shape), row b depending on `seeds[b]` and `stream` alone.

    A counter-based generator (SplitMix64, then the Box-Muller transform), so a task gets the same noise
    in every batch, at every batch size and on every device.
    """
    import torch

    count = math.prod(shape)
    pairs = (count + 1) // 2
    counters = torch.arange(2 * pairs, device=seeds.device, dtype=torch.int64) + 1
    start = _mix(_mix(seeds.to(torch.int64)) + stream)
    bits = _mix(start[:, None] + counters * _GOLDEN)
    uniform = (_shift(bits, 11).to(torch.float64) + 0.5) * 2.0**-53
    radius = torch.sqrt(-2 * torch.log(uniform[:, :pairs]))
    angle = 2 * math.pi * uniform[:, pairs:]
    both = torch.cat([radius * torch.cos(angle), radius * torch.sin(angle)], dim=1)
    return both[:, :count].to(torch.float32).reshape(len(seeds), *shape)


def _shift(x: Tensor, by: int) -> Tensor:
    """Logical shift to the right: torch's own one keeps the sign."""
    return (x >> by) & ((1 << (64 - by)) - 1)


def _mix(x: Tensor) -> Tensor:
    x = (x ^ _shift(x, 30)) * _MIX_1
    x = (x ^ _shift(x, 27)) * _MIX_2
    return x ^ _shift(x, 31)
