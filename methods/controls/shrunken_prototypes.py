"""Support means shrunk to where class means lie, in closed form. Isolates what MetaDiff could learn at its best.

MetaDiff's denoiser sees how far a row is from its class's support mean and is trained towards the mean of all images
of the class; with an exact denoiser its noise-free chain ends in the posterior mean. For Gaussian classes that is

    m + B (B + W / K)^-1 (support mean - m),

with the mean m and covariance B of class means and the covariance W within classes, measured on training classes.

Both covariances are diagonal in one basis D, W = D D' and B = D diag(s) D', so that a task takes no solving:
B (B + W / K)^-1 = D diag(s / (s + 1 / K)) D^-1.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from methods.heads import unit_scale
from methods.interface import Context, Examples, Method, Problem, Progress, Task, TaskSource
from methods.support import class_means, cosine_logits, one_hot


class ShrunkenPrototypes(Method):
    """Shrinks support means to where the meta-train classes lie, which gives the posterior mean of a class's row.

    No paper has it; MetaDiff (arXiv 2307.16424) would sample this if its denoiser were exact and classes were Gaussian.
    """

    version = 2

    def build(self, problem: Problem) -> None:
        size = problem.input_shape[0]
        self.register_buffer("centre", torch.zeros(size))
        self.register_buffer("basis", torch.eye(size))
        self.register_buffer("inverse", torch.eye(size))
        self.register_buffer("signal", torch.ones(size))

    def fit(self, context: Context) -> Iterator[Progress]:
        centre, between, within = class_statistics(context.train)
        buffers = self.centre, self.basis, self.inverse, self.signal
        for buffer, value in zip(buffers, (centre, *shared_basis(between, within)), strict=True):
            buffer.copy_(value)
        yield Progress(1, 1, 0.0)

    def adapt(self, task: Task) -> Tensor:
        """Class rows (B, way, d), centred."""
        means = class_means(task, unit_scale(task.support.x) - self.centre)
        counts = one_hot(task).sum(1).clamp(min=1)[..., None]
        shrinkage = self.signal / (self.signal + 1 / counts)  # (B, way, d)
        return shrinkage * (means @ self.inverse.mT) @ self.basis.mT

    def predict(self, state: Tensor, query: Examples) -> Tensor:
        return cosine_logits(state, unit_scale(query.x) - self.centre)


def shared_basis(between: Tensor, within: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """D and D^-1 (d, d), and s (d,), with within = D D' and between = D diag(s) D'."""
    root = torch.linalg.cholesky(within)
    inverse = torch.linalg.solve_triangular(root, torch.eye(len(root)).to(root), upper=False)
    signal, turn = torch.linalg.eigh(inverse @ between @ inverse.mT)
    return root @ turn, turn.mT @ inverse, signal.clamp(min=0)


@torch.no_grad()
def class_statistics(source: TaskSource, batch: int = 256) -> tuple[Tensor, Tensor, Tensor]:
    """Mean (d,) and covariance (d, d) of class means, and covariance (d, d) within classes, over all views; float64."""
    means, within, images = [], 0.0, 0
    for classes in torch.arange(source.class_count).split(batch):
        views = [source.examples(classes[:, None], view) for view in range(source.views)]
        x = torch.cat([unit_scale(examples.x) for examples in views], dim=1).double()
        mask = torch.cat([examples.real for examples in views], dim=1).unsqueeze(-1)
        mean = (x * mask).sum(1) / mask.sum(1)
        offsets = ((x - mean.unsqueeze(1)) * mask).flatten(0, 1)
        means.append(mean)
        within = within + offsets.T @ offsets
        images += int(mask.sum()) - len(classes)
    means = torch.cat(means)
    within = within / images
    centre = means.mean(0)
    spread = (means - centre).T @ (means - centre) / (len(means) - 1)
    # Keeps both invertible where there are fewer classes than features.
    ridge = 1e-3 * torch.eye(len(centre), dtype=torch.float64, device=centre.device) * within.diagonal().mean()
    return centre, spread + ridge, within + ridge
