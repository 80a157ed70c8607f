"""Lt-Di conditioned on class vectors alone: heads for classes of which no image is known, only what they are called.

Network, trajectories and diffusion are Lt-Di's; in the place of a class's mean support feature stands its vector.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from methods.algorithms.lt_di import LtDi
from methods.interface import Needs, Problem, Task


class SemanticLtDi(LtDi):
    """Generates heads from class vectors alone, where no image of a class is known.

    Source: the chain is that of Lt-Di (arXiv 2502.01117); the setting is that of ICIS (Christensen et al. 2023).
    """

    needs = Needs(condition="semantics", equivariant=False)

    def condition_of(self, problem: Problem) -> int:
        return problem.semantics

    def tokens(self, task: Task) -> Tensor:
        """Class vectors (B, way, s) of length 1."""
        return F.normalize(task.semantics, dim=-1)
