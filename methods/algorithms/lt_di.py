"""Lt-Di: generates a head's weights by diffusion along the trajectory of its training (arXiv 2502.01117).

Weight preparation trains heads on known tasks and records their weights on the way; the denoiser learns the noise
chain that passes those weights (Theorem 1, Eq. 2); a new head is denoised in 20 steps without noise or gradient.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from methods.diffusion import Schedule, TrajectoryDiffusion
from methods.interface import Needs, Problem, Task
from methods.settings import at_least
from methods.weight_generator import GeneratorSettings, Regression, WeightGenerator


@dataclass(frozen=True)
class DiffusionSettings(GeneratorSettings):
    """And those of the diffusion chain."""

    trajectory_length: int = 4  # the Gaussian start and three recorded weights (Section 3.2.1)
    diffusion_steps: int = 20
    final_signal: float = 1e-5  # abar_T, what a chain ends with; DDPM's betas up to 0.02 need a thousand steps for it
    beta_growth: float = 1.0  # the last beta over the first; linear between
    parameterisation: str = "clean"  # the network gives: "plain" and "v3" noise; "clean" v, up to sign
    anchor_scope: str = "nearest"  # anchors trained at chain index t: the "nearest" below it (v2) or "all" (v3)
    sampler: str = "mean"  # or "ddim", "ancestral"

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, 1, "diffusion_steps")
        self.chain()  # refuses what makes none
        if self.trajectory_length - 1 > self.preparation_steps:
            raise ValueError(
                f"a trajectory of length {self.trajectory_length} needs {self.trajectory_length - 1} "
                f"preparation_steps, not {self.preparation_steps}"
            )

    def chain(self) -> TrajectoryDiffusion:
        """The diffusion that these settings describe; ValueError says what is wrong with them."""
        return TrajectoryDiffusion(
            Schedule.ending(self.diffusion_steps, self.final_signal, self.beta_growth),
            self.trajectory_length,
            self.parameterisation,
            scope=self.anchor_scope,
            sampler=self.sampler,
        )


class LtDi(WeightGenerator):
    """Generates heads by diffusion along the trajectory of their training.

    Source: *Learning to Learn Weight Generation via Trajectory Diffusion*, arXiv 2502.01117.
    """

    Hyperparameters = DiffusionSettings
    # The denoiser is equivariant; the noise that a chain starts from belongs to slots, and leaves a trace.
    needs = Needs(equivariant=False)

    @property
    def trajectory_length(self) -> int:
        return self.hyperparameters.trajectory_length

    def build(self, problem: Problem) -> None:
        super().build(problem)
        self.diffusion = self.hyperparameters.chain()

    def regression(self, anchors: Tensor, generator: torch.Generator) -> Regression:
        count, _, size = anchors.shape
        t, anchor = self.diffusion.draw(count, generator)
        noise = torch.randn(count, size, generator=generator).to(anchors.device)
        x = self.diffusion.noised(anchors, t, anchor, noise)
        target, weight = self.diffusion.target(x, t, anchor, noise)
        return Regression(x, t.to(anchors.device), target, weight)

    def generate(self, classes: Tensor, task: Task) -> Tensor:
        return self.diffusion.sample(*self._sampling(classes, task))

    def errors(self, task: Task, anchors: Tensor) -> dict[str, float]:
        """Of the final weights, and of each anchor where the chain should pass it, the final one being number 0.

        The paper's Figure 4: an error for each of the trajectory's objectives, counted as that of the final weights,
        each in the variance of its own.
        """
        chain = self.diffusion.chain(*self._sampling(self.condition(task), task))
        places = reversed(range(self.diffusion.schedule.steps))  # of its weights, the last ones at 0
        positions = self.diffusion.positions.tolist()
        passed = {t: self.normaliser.denormalise(x) for t, x in zip(places, chain, strict=True) if t in positions}
        errors = [self.unexplained(passed[t], anchors[:, anchor]) for anchor, t in enumerate(positions)]
        several = enumerate(errors) if len(errors) > 1 else ()
        return errors[0] | {f"unexplained_variance_anchor_{i}": error["unexplained_variance"] for i, error in several}

    @torch.no_grad()
    def chain(self, task: Task) -> Tensor:
        """Weights (B, T + 1, size) on the way from noise to those that `adapt` gives; see `interface.Traced`."""
        network, noise, fresh = self._sampling(self.condition(task), task)
        steps = [noise, *self.diffusion.chain(network, noise, fresh)]
        return self.normaliser.denormalise(torch.stack(steps, dim=1))

    def _sampling(self, classes: Tensor, task: Task) -> tuple:
        """The inputs of the sampler for these tasks: the conditioned network, noise to start from, and fresh noise."""
        size = self.size(classes)
        return lambda x, t: self.network(x, t, classes), task.normal(size), lambda t: task.normal(size, stream=t)
