"""Trajectory diffusion (Lt-Di, Theorem 1): one chain from noise to weights that passes weights recorded in training.

Chain index T is noise and 0 the final weights; the weights recorded earlier in training ("anchors") sit at indices
k_1 < k_2 < ... between. A part of the chain from anchor k up to the next one is a diffusion that starts in w_k:

    x_t = sqrt(r) w_k + sqrt(1 - r) eps,   r = abar(k:t) = abar_t / abar_k.

Sampling takes the usual noise-free DDPM step, x_{t-1} = (x_t - (1 - alpha_t) / sqrt(1 - abar_t) e) / sqrt(alpha_t).
For that step to be the posterior mean E[x_{t-1} | x_t, w_k], the network's output e must be

    e = sqrt((1 - abar_t) / (1 - r)) eps,

which is DDPM's eps where the only anchor is k = 0. Lv-Di is that case.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

PARAMETERISATIONS = ("plain", "v3", "clean")


@dataclass(frozen=True)
class Schedule:
    """A noise schedule. `alpha_bar` (T + 1,) float64 starts with 1 at index 0."""

    alpha_bar: Tensor

    @classmethod
    def linear(cls, steps: int, first: float, last: float) -> Schedule:
        """Betas from `first` to `last`; ValueError if the chain would not end in noise or blow errors up."""
        betas = torch.linspace(first, last, steps, dtype=torch.float64)
        if not 0 < first <= last < 0.9:
            raise ValueError(f"betas from {first} to {last} must rise within (0, 0.9)")
        alpha_bar = torch.cat([torch.ones(1, dtype=torch.float64), torch.cumprod(1 - betas, 0)])
        if alpha_bar[-1] > 0.01:
            raise ValueError(f"a chain of {steps} steps keeps {float(alpha_bar[-1]):.2g} of the signal; raise betas")
        return cls(alpha_bar)

    @property
    def steps(self) -> int:
        """T, the number of denoising steps."""
        return len(self.alpha_bar) - 1

    def posterior_step(self, x: Tensor, noise: Tensor, t: int) -> Tensor:
        """x_{t-1} from x_t and the network's output e (Eq. 1 without its noise term)."""
        alpha = self.alpha_bar[t] / self.alpha_bar[t - 1]
        weight = (1 - alpha) / torch.sqrt(1 - self.alpha_bar[t])
        return (x - float(weight) * noise) / float(torch.sqrt(alpha))


def anchor_positions(steps: int, length: int) -> list[int]:
    """Chain indices of the anchors, final weights first, for a trajectory of `length` (its Gaussian start included).

    Evenly spaced, k_i = i T / (length - 1), rounded: the paper's defaults T = 20 and length 4 do not divide.
    """
    return [round(i * steps / (length - 1)) for i in range(length - 1)]


class TrajectoryDiffusion:
    """The forward process, the loss and the sampler for one schedule and one trajectory length.

    `parameterisation` says what the network gives and how its error is weighted:
      "plain"  e itself, every (t, k) weighing the same; with length 2 this is DDPM's loss;
      "v3"     e, its squared error times 1 - r: || sqrt(1 - r) e - sqrt(1 - abar_t) eps ||^2 (arXiv v3);
      "clean"  the anchor w_k = sqrt(r) x_t + sqrt(1 - r) f, of which the network gives f; an error in w_k counts the
               same everywhere. What of w_k is plain to see in x_t need not pass through the network, which matters
               in sampling: a noise-free chain is less noisy than anything seen in training.
    """

    def __init__(self, schedule: Schedule, length: int, parameterisation: str) -> None:
        if parameterisation not in PARAMETERISATIONS:
            raise ValueError(f"parameterisation {parameterisation!r} is none of {', '.join(PARAMETERISATIONS)}")
        if not 2 <= length <= schedule.steps + 1:
            raise ValueError(f"a trajectory of length {length} does not fit a chain of {schedule.steps} steps")
        self.schedule = schedule
        self.parameterisation = parameterisation
        positions = torch.tensor(anchor_positions(schedule.steps, length))
        t = torch.arange(schedule.steps + 1)
        # anchor[t]: which anchor x_t is a noised version of, the nearest one below t (v2, after Eq. 2).
        self.anchor = (t[:, None] > positions).sum(1) - 1
        alpha_bar = schedule.alpha_bar
        kept = alpha_bar[1:] / alpha_bar[positions[self.anchor[1:]]]
        self.kept = torch.cat([torch.ones(1, dtype=torch.float64), kept])  # r for each t
        self.noise_scale = torch.sqrt((1 - alpha_bar) / (1 - self.kept).clamp(min=1e-300))  # e / eps for each t

    def noised(self, anchors: Tensor, t: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """x_t and its anchor w_k, both (B, size).

        `anchors` (B, length - 1, size) has the final weights first; t (B,) from 1 to T; noise (B, size).
        """
        own = anchors[torch.arange(len(t), device=t.device), self.anchor.to(t.device)[t]]
        kept = self._column(self.kept, t)
        return kept.sqrt() * own + (1 - kept).sqrt() * noise, own

    def target(self, own: Tensor, t: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """What the network should give for x_t made of `own` and `noise` (B, size), and its error's weight (B, 1)."""
        kept = self._column(self.kept, t)
        if self.parameterisation == "clean":
            return (1 - kept).sqrt() * own - kept.sqrt() * noise, 1 - kept
        weight = 1 - kept if self.parameterisation == "v3" else torch.ones_like(kept)
        return self._column(self.noise_scale, t) * noise, weight

    def output_as_noise(self, output: Tensor, x: Tensor, t: int) -> Tensor:
        """The e that the sampler needs, from what the network gave for x_t."""
        if self.parameterisation != "clean":
            return output
        kept, lost = float(self.kept[t].sqrt()), float((1 - self.kept[t]).sqrt())
        return float(self.noise_scale[t]) * (lost * x - kept * output)

    @torch.no_grad()
    def sample(self, network: Callable[[Tensor, Tensor], Tensor], x: Tensor) -> Tensor:
        """From noise x (B, size) to weights, in T steps without noise; `network(x, t)` with t (B,)."""
        for t in range(self.schedule.steps, 0, -1):
            output = network(x, torch.full((len(x),), t, device=x.device))
            x = self.schedule.posterior_step(x, self.output_as_noise(output, x, t), t)
        return x

    @staticmethod
    def _column(values: Tensor, t: Tensor) -> Tensor:
        return values.to(device=t.device)[t].float()[:, None]
