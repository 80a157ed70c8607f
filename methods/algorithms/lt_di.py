"""Lt-Di: generates a head's weights by diffusion along the trajectory of its training (arXiv 2502.01117).

Weight preparation trains heads on known tasks and records their weights on the way; the denoiser learns the noise
chain that passes those weights (Theorem 1, Eq. 2); a new head is denoised in 20 steps without noise or gradient.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from methods.diffusion import PARAMETERISATIONS, Schedule, TrajectoryDiffusion
from methods.interface import Needs, Problem, Task
from methods.weight_generator import GeneratorSettings, Regression, WeightGenerator


@dataclass(frozen=True)
class DiffusionSettings(GeneratorSettings):
    """And those of the diffusion chain."""

    trajectory_length: int = 4  # the Gaussian start and three recorded weights (Section 3.2.1)
    diffusion_steps: int = 20
    beta_first: float = 1e-3
    beta_last: float = 0.544  # the chain then ends with 0.1 % of the signal; DDPM's 0.02 needs a thousand steps
    parameterisation: str = "clean"  # what the network predicts: "plain" and "v3" noise, "clean" the anchor

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.parameterisation not in PARAMETERISATIONS:
            raise ValueError(f"parameterisation {self.parameterisation!r} is none of {', '.join(PARAMETERISATIONS)}")


class LtDi(WeightGenerator):
    Hyperparameters = DiffusionSettings
    # The denoiser is equivariant; the noise that a chain starts from belongs to slots, and leaves a trace.
    needs = Needs(fixed_way=True, fixed_shot=True, equivariant=False)

    @property
    def trajectory_length(self) -> int:
        return self.hyperparameters.trajectory_length

    def build(self, problem: Problem) -> None:
        super().build(problem)
        settings = self.hyperparameters
        schedule = Schedule.linear(settings.diffusion_steps, settings.beta_first, settings.beta_last)
        self.diffusion = TrajectoryDiffusion(schedule, settings.trajectory_length, settings.parameterisation)

    def regression(self, anchors: Tensor, generator: torch.Generator) -> Regression:
        count, _, size = anchors.shape
        t = torch.randint(1, self.hyperparameters.diffusion_steps + 1, (count,), generator=generator).to(anchors.device)
        noise = torch.randn(count, size, generator=generator).to(anchors.device)
        x, own = self.diffusion.noised(anchors, t, noise)
        return Regression(x, t, *self.diffusion.target(own, t, noise))

    def generate(self, classes: Tensor, task: Task) -> Tensor:
        return self.diffusion.sample(lambda x, t: self.network(x, t, classes), task.normal(self.head.size))
