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

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from scipy.optimize import brentq
from torch import Tensor

PARAMETERISATIONS = ("plain", "v3", "clean")
SCOPES = ("nearest", "all")
SAMPLERS = ("mean", "ddim", "ancestral")
LARGEST_BETA = 0.9  # a step divides by sqrt(1 - beta), errors included


@dataclass(frozen=True)
class Schedule:
    """A noise schedule. `alpha_bar` (T + 1,) float64 starts with 1 at index 0."""

    alpha_bar: Tensor

    @classmethod
    def ending(cls, steps: int, signal: float, growth: float) -> Schedule:
        """Linear betas, the last `growth` times the first, such that abar_T is `signal`.

        The same two numbers suit chains of any length, since only how much noise a chain ends in matters.
        """

        def excess(first: float) -> float:
            betas = torch.linspace(first, growth * first, steps, dtype=torch.float64)
            return float(torch.log1p(-betas).sum()) - float(torch.log(torch.tensor(signal, dtype=torch.float64)))

        if not (0 < signal <= 0.01 and growth >= 1):
            raise ValueError(f"a chain must end with a signal in (0, 0.01] and growing betas, not {signal}, {growth}")
        most = LARGEST_BETA / growth
        if excess(most) > 0:
            raise ValueError(f"{steps} steps are too few to end with {signal:.2g} of the signal; take more")
        first = brentq(excess, 1e-12, most, xtol=1e-15)
        return cls.of_betas(torch.linspace(first, growth * first, steps, dtype=torch.float64))

    @classmethod
    def of_betas(cls, betas: Tensor) -> Schedule:
        """From betas (T,) float64."""
        return cls(torch.cat([torch.ones(1, dtype=torch.float64), torch.cumprod(1 - betas, 0)]))

    @property
    def steps(self) -> int:
        """T, the number of denoising steps."""
        return len(self.alpha_bar) - 1

    def posterior_step(self, x: Tensor, noise: Tensor, t: int) -> Tensor:
        """x_{t-1} from x_t and the network's output e (Eq. 1 without its noise term)."""
        alpha = self.alpha_bar[t] / self.alpha_bar[t - 1]
        weight = (1 - alpha) / torch.sqrt(1 - self.alpha_bar[t])
        return (x - float(weight) * noise) / float(torch.sqrt(alpha))

    def posterior_deviation(self, t: int, anchor: int = 0) -> float:
        """Standard deviation of x_{t-1} given x_t and the weights at index `anchor`."""
        before, now = self.alpha_bar[[t - 1, t]] / self.alpha_bar[anchor]
        return float(((1 - now / before) * (1 - before) / (1 - now)).sqrt())


def anchor_positions(steps: int, length: int) -> list[int]:
    """Chain indices of the anchors, final weights first, for a trajectory of `length` (its Gaussian start included).

    Evenly spaced, k_i = i T / (length - 1), rounded: the paper's defaults T = 20 and length 4 do not divide.
    """
    return [round(i * steps / (length - 1)) for i in range(length - 1)]


class TrajectoryDiffusion:
    """The forward process, the loss and the sampler for one schedule and one trajectory length.

    `parameterisation` says what the network gives and how its error is weighted:
      "plain"  e itself, every (anchor, t) weighing the same; with length 2 this is DDPM's loss;
      "v3"     e, its squared error times 1 - r: || sqrt(1 - r) e - sqrt(1 - abar_t) eps ||^2 (arXiv v3);
      "clean"  the anchor w_k = sqrt(r) x_t + sqrt(1 - r) f, of which the network gives f; an error in w_k counts the
               same everywhere. What of w_k is plain to see in x_t need not pass through the network, which matters
               in sampling: a noise-free chain is less noisy than anything seen in training.
    `scope` says which anchors are trained at t: "nearest", the next one below t alone (v2), or "all" below t (v3),
    where the network learns the mean of what each of them asks for.
    `sampler` says how x_{t-1} follows from x_t: "mean", the posterior mean (the paper's); "ancestral", with the
    posterior's variance; "ddim", which keeps the noise that the output implies (Song et al. 2021, eta = 0).
    """

    def __init__(
        self,
        schedule: Schedule,
        length: int,
        parameterisation: str,
        *,
        scope: str = "nearest",
        sampler: str = "mean",
    ) -> None:
        for value, allowed in ((parameterisation, PARAMETERISATIONS), (scope, SCOPES), (sampler, SAMPLERS)):
            if value not in allowed:
                raise ValueError(f"{value!r} is none of {', '.join(allowed)}")
        if not 2 <= length <= schedule.steps + 1:
            raise ValueError(f"a trajectory of length {length} does not fit a chain of {schedule.steps} steps")
        self.schedule = schedule
        self.parameterisation, self.sampler = parameterisation, sampler
        self.positions = torch.tensor(anchor_positions(schedule.steps, length))
        t = torch.arange(schedule.steps + 1)
        below = t > self.positions[:, None]  # (length - 1, T + 1)
        # nearest[t]: which anchor is the next one below t; x_t is sampled as a noised version of that one.
        self.nearest = below.sum(0) - 1
        trained = below if scope == "all" else below & (torch.arange(length - 1)[:, None] == self.nearest)
        self.pairs = trained.T.nonzero()  # (P, 2) of t and anchor, each drawn as often as any other
        alpha_bar = schedule.alpha_bar
        ratio = alpha_bar / alpha_bar[self.positions][:, None]
        self.signal_ratio = torch.where(below, ratio, torch.ones_like(ratio))  # r of (anchor, t)
        scale = torch.sqrt((1 - alpha_bar) / (1 - ratio).clamp(min=1e-300))
        self.noise_scale = torch.where(below, scale, torch.zeros_like(scale))  # e / eps of (anchor, t)

    def draw(self, count: int, generator: torch.Generator) -> tuple[Tensor, Tensor]:
        """Chain indices t (count,) and the anchors (count,) that x_t is a noised version of, for training."""
        t, anchor = self.pairs[torch.randint(len(self.pairs), (count,), generator=generator)].unbind(1)
        return t, anchor

    def noised(self, anchors: Tensor, t: Tensor, anchor: Tensor, noise: Tensor) -> Tensor:
        """x_t (B, size) of one anchor for each task.

        `anchors` (B, length - 1, size) has the final weights first; t (B,) from 1 to T; noise (B, size).
        """
        clean = anchors[torch.arange(len(t), device=anchors.device), anchor.to(anchors.device)]
        ratio = _column(self.signal_ratio, anchor, t, noise)
        return ratio.sqrt() * clean + (1 - ratio).sqrt() * noise

    def target(self, x: Tensor, t: Tensor, anchor: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """The target of the network for x_t (B, size) made with `noise`, and the weight (B, 1) of its error."""
        noise_scale, ratio = (_column(table, anchor, t, noise) for table in (self.noise_scale, self.signal_ratio))
        if self.parameterisation == "plain":
            return noise_scale * noise, torch.ones_like(ratio)
        if self.parameterisation == "v3":
            return noise_scale * noise, 1 - ratio
        # What the network gives stands for the nearest anchor, whichever one x_t was made of.
        nearest = self.nearest[t]
        ratio = _column(self.signal_ratio, nearest, t, noise)
        noise = noise * noise_scale / _column(self.noise_scale, nearest, t, noise)
        return ((1 - ratio).sqrt() * x - noise) / ratio.sqrt(), 1 - ratio

    def implied_noise(self, output: Tensor, x: Tensor, t: int) -> Tensor:
        """The eps of x_t = sqrt(r) w + sqrt(1 - r) eps, with respect to the nearest anchor, that an output means."""
        nearest = self.nearest[t]
        if self.parameterisation == "clean":
            ratio = self.signal_ratio[nearest, t]
            return float((1 - ratio).sqrt()) * x - float(ratio.sqrt()) * output
        return output / float(self.noise_scale[nearest, t])

    @torch.no_grad()
    def sample(
        self, network: Callable[[Tensor, Tensor], Tensor], x: Tensor, fresh: Callable[[int], Tensor] | None = None
    ) -> Tensor:
        """From noise x (B, size) to weights, in T steps; `network(x, t)` with t (B,).

        `fresh(t)` gives standard normal noise (B, size) for step t; only ancestral sampling asks for it.
        """
        for step in self.chain(network, x, fresh):
            x = step
        return x

    def chain(
        self, network: Callable[[Tensor, Tensor], Tensor], x: Tensor, fresh: Callable[[int], Tensor] | None = None
    ) -> Iterator[Tensor]:
        """x_{T-1} to x_0 (B, size), as `sample` passes them on its way from noise x = x_T."""
        for t in range(self.schedule.steps, 0, -1):
            output = network(x, torch.full((len(x),), t, device=x.device))
            x = self.step(x, self.implied_noise(output, x, t), t, fresh)
            yield x

    def step(self, x: Tensor, noise: Tensor, t: int, fresh: Callable[[int], Tensor] | None = None) -> Tensor:
        """x_{t-1} from x_t and the noise in it, with respect to the nearest anchor."""
        nearest = self.nearest[t]
        if self.sampler == "ddim":
            ratio, next_ratio = self.signal_ratio[nearest, t], self.signal_ratio[nearest, t - 1]
            clean = (x - float((1 - ratio).sqrt()) * noise) / float(ratio.sqrt())
            return float(next_ratio.sqrt()) * clean + float((1 - next_ratio).sqrt()) * noise
        mean = self.schedule.posterior_step(x, float(self.noise_scale[nearest, t]) * noise, t)
        if self.sampler == "mean":
            return mean
        return mean + self.schedule.posterior_deviation(t, int(self.positions[nearest])) * fresh(t)


def _column(values: Tensor, anchor: Tensor, t: Tensor, like: Tensor) -> Tensor:
    """Entries (B, 1) of a table over (anchor, t)."""
    return values[anchor, t].to(like)[:, None]
