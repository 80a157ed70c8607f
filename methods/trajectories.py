"""Weight preparation: heads are trained on known tasks, many at once, and their weights recorded on the way.

All heads of a chunk advance together: one batched matrix product serves every task, gradients are in closed form
and Adam updates one flat buffer. A chunk is small enough to stay in the processor's cache over all steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from methods.heads import Head, unit_scale
from methods.interface import Examples

# PyTorch's 1e-8 makes every weight take full steps, also along gradients too small to matter: two heads for the same
# classes, trained on disjoint halves of their images, then have hidden rows that correlate by 0.58 only (Omniglot,
# validation classes). With 0.01 it is 0.76, the heads are as accurate, and there is more for a generator to learn.
ADAM_EPSILON = 0.01


@dataclass(frozen=True)
class Preparation:
    """How heads are trained (Lt-Di, Algorithm 1). The paper gives neither steps nor rho; v3 names Adam."""

    steps: int = 120
    learning_rate: float = 0.01
    images_per_class: int = 5  # in one step
    sam_rho: float = 0.05  # radius of sharpness-aware minimisation (Foret et al. 2021); 0 trains without it
    augmentation: bool = True  # train on the augmented views too
    trajectory_length: int = 4  # weights per trajectory, the Gaussian start included (paper's counting)


@dataclass(frozen=True)
class TrainingData:
    """One step's training data of B heads, n examples each, in the form that the gradient needs."""

    x: Tensor  # (B, n, inputs + 1), at unit scale, a column of ones for the bias
    targets: Tensor  # (B, way, n), one-hot
    weights: Tensor  # (B, 1, n), what each example counts: they sum to 1 for each head

    @classmethod
    def of(cls, examples: Examples, way: int) -> TrainingData:
        """From labelled examples; padding counts nothing."""
        x = unit_scale(examples.x)
        counted = torch.ones_like(examples.y) if examples.mask is None else examples.mask
        weights = counted / counted.sum(1, keepdim=True).clamp(min=1)
        return cls(
            torch.cat([x, torch.ones_like(x[..., :1])], dim=-1),
            F.one_hot(examples.y, way).float().mT.contiguous(),
            weights.unsqueeze(1),
        )


def prepare_heads(head: Head, initial: Tensor, data: Callable[[int], TrainingData], settings: Preparation) -> Tensor:
    """Train B heads and record their trajectories (B, length - 1, head.size), the last point being the final weights.

    `initial` (head.size,) is where every head starts; the start itself is not recorded. `data(step)` gives what
    the B heads train on in that step, 0 to steps - 1. Points are evenly spaced in steps.
    """
    tasks = len(data(0).x)
    trainer = _Trainer([rows.expand(tasks, -1, -1).clone() for rows in head.split(initial)], settings)
    record = recording_steps(settings.steps, settings.trajectory_length)
    points = []
    for step in range(settings.steps):
        trainer.step(data(step))
        if step + 1 in record:
            points.append(head.join(*trainer.rows))
    return torch.stack(points, dim=1)


def recording_steps(steps: int, length: int) -> list[int]:
    """After which steps the `length - 1` weights of a trajectory are recorded; the last one is `steps`."""
    return [round(steps * i / (length - 1)) for i in range(1, length)]


def chunks(tasks: int, size: int) -> Iterator[slice]:
    """Slices of at most `size` tasks."""
    for start in range(0, tasks, size):
        yield slice(start, min(start + size, tasks))


class _Trainer:
    """Adam, with or without sharpness-aware minimisation, on B heads at once."""

    def __init__(self, rows: list[Tensor], settings: Preparation) -> None:
        self.rows = rows  # hidden rows (B, hidden, inputs + 1) and class rows (B, way, hidden + 1)
        self.rho = settings.sam_rho
        self.gradients = [torch.empty_like(part) for part in rows]
        self.worst = [torch.empty_like(part) for part in rows]
        # Adam works entry by entry, so one optimiser over B heads is one optimiser per head.
        parameters = [torch.nn.Parameter(part) for part in rows]
        for parameter, gradient in zip(parameters, self.gradients, strict=True):
            parameter.grad = gradient
        self.optimiser = torch.optim.Adam(parameters, lr=settings.learning_rate, eps=ADAM_EPSILON, fused=True)

    def step(self, data: TrainingData) -> None:
        loss_gradient(self.rows, data, self.gradients)
        if self.rho:
            # SAM: the gradient at the worst point of a small ball, applied from its centre. One norm per head.
            squares = [gradient.flatten(1).norm(dim=1).square() for gradient in self.gradients]
            ascent = (self.rho / (torch.sqrt(sum(squares)) + 1e-12))[:, None, None]
            for rows, gradient, worst in zip(self.rows, self.gradients, self.worst, strict=True):
                torch.addcmul(rows, gradient, ascent, out=worst)
            loss_gradient(self.worst, data, self.gradients)
        self.optimiser.step()


def loss_gradient(rows: Sequence[Tensor], data: TrainingData, out: Sequence[Tensor]) -> None:
    """Write to `out` the gradient of the weighted mean cross-entropy of B heads, given and written as their rows.

    Written by hand: autograd keeps every intermediate, and its bookkeeping costs more than these products.
    """
    hidden_rows, class_rows = rows
    hidden_gradient, class_gradient = out
    hidden = torch.bmm(data.x, hidden_rows.mT).relu_()
    logits = torch.baddbmm(class_rows[..., -1:], class_rows[..., :-1], hidden.mT)
    error = torch.softmax(logits, dim=1).sub_(data.targets).mul_(data.weights)
    class_gradient[..., :-1] = torch.bmm(error, hidden)
    class_gradient[..., -1] = error.sum(2)
    back = torch.bmm(error.mT, class_rows[..., :-1])
    torch.bmm(torch.ops.aten.threshold_backward(back, hidden, 0).mT, data.x, out=hidden_gradient)
