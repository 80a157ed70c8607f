"""Conditional flow matching with Lt-Di's network. Isolates diffusion from generation in many small steps.

The path from noise e to the final weights w is straight, x_s = (1 - s) e + s w; the network learns its velocity w - e
(Lipman et al. 2023, Eq. 23 with sigma = 0), and a new head follows it in Euler steps from s = 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from methods.interface import Needs, Task
from methods.settings import at_least
from methods.weight_generator import GeneratorSettings, Regression, WeightGenerator

TIME_SCALE = 20.0  # the network's time code is made for chain indices of this size


@dataclass(frozen=True)
class FlowSettings(GeneratorSettings):
    """And the number of Euler steps."""

    euler_steps: int = 20  # as many passes of the network as Lt-Di takes

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, 1, "euler_steps")


class FlowMatching(WeightGenerator):
    """Generates heads by following a learned velocity from noise to weights.

    Source: *Flow Matching for Generative Modeling*, Lipman et al., ICLR 2023, arXiv 2210.02747, Eq. 23 with sigma = 0.
    """

    Hyperparameters = FlowSettings
    needs = Needs(equivariant=False)  # the start noise belongs to slots

    def regression(self, anchors: Tensor, generator: torch.Generator) -> Regression:
        final = anchors[:, 0]
        s = torch.rand(len(final), 1, generator=generator).to(final.device)
        noise = torch.randn(final.shape, generator=generator).to(final.device)
        x = (1 - s) * noise + s * final
        return Regression(x, TIME_SCALE * (1 - s[:, 0]), final - noise, torch.ones_like(s))

    def generate(self, classes: Tensor, task: Task) -> Tensor:
        x = task.normal(self.size(classes))
        steps = self.hyperparameters.euler_steps
        for step in range(steps):
            left = torch.full((len(x),), TIME_SCALE * (1 - step / steps), device=x.device)
            x = x + self.network(x, left, classes) / steps
        return x
