"""Direct regression: the final weights in one pass of Lt-Di's network. Isolates what the diffusion adds."""

from __future__ import annotations

import torch
from torch import Tensor

from methods.interface import Task
from methods.weight_generator import Regression, WeightGenerator


class DirectRegression(WeightGenerator):
    """Generates heads in one pass of Lt-Di's network.

    Source: the network and what it learns from are those of Lt-Di (arXiv 2502.01117), without its diffusion.
    """

    # Its artefact is Lt-Di's: the same trajectories, of which it learns the end.
    def regression(self, anchors: Tensor, generator: torch.Generator) -> Regression:
        final = anchors[:, 0]
        ones = torch.ones(len(final), 1, device=final.device)
        return Regression(torch.zeros_like(final), torch.zeros(len(final), device=final.device), final, ones)

    def generate(self, classes: Tensor, task: Task) -> Tensor:
        count = len(classes)
        return self.network(classes.new_zeros(count, self.size(classes)), classes.new_zeros(count), classes)
