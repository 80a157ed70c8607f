"""Weight preparation: heads are trained on known tasks, many at once, and their weights recorded on the way.

All heads of a chunk advance together: one batched matrix product serves every task, and gradients are in closed form.
Weights and biases lie apart, so that products need no copies. A chunk is small enough to stay in the processor's cache
over all steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from methods.heads import Head, unit_scale
from methods.interface import Examples

# PyTorch's 1e-8 makes every weight take full steps, also along gradients too small to matter: two heads for the same
# classes, trained on disjoint halves of their images, then have hidden rows that correlate by 0.58 only (Omniglot,
# validation classes). With 0.01 it is 0.76, the heads are as accurate, and there is more for a generator to learn.
# The figures are from trials that left no record.
ADAM_EPSILON = 0.01


@dataclass(frozen=True)
class Preparation:
    """The training of heads (Lt-Di, Algorithm 1). The paper gives neither steps nor rho; v3 names Adam."""

    steps: int = 120
    learning_rate: float = 0.01
    images_per_class: int = 5  # in one step
    sam_rho: float = 0.05  # radius of sharpness-aware minimisation (Foret et al. 2021); 0 trains without it
    augmentation: bool = True  # train on the augmented views too
    trajectory_length: int = 4  # weights per trajectory, the Gaussian start included (paper's counting)


@dataclass(frozen=True)
class TrainingData:
    """One step's training data of B heads, n examples each, in the form that the gradient needs."""

    x: Tensor  # (B, n, inputs), at unit scale
    targets: Tensor  # (B, way, n), one-hot
    weights: Tensor  # (B, 1, n), what each example counts: they sum to 1 for each head

    @classmethod
    def of(cls, examples: Examples, way: int) -> TrainingData:
        """From labelled examples; padding counts nothing."""
        real = examples.real
        weights = real / real.sum(1, keepdim=True).clamp(min=1)
        return cls(
            unit_scale(examples.x),
            F.one_hot(examples.y, way).float().mT.contiguous(),
            weights.unsqueeze(1),
        )


def prepare_heads(head: Head, initial: Tensor, data: Callable[[int], TrainingData], settings: Preparation) -> Tensor:
    """Train B heads and record their trajectories (B, length - 1, head.size), the last point being the final weights.

    `initial` (head.size,) is where every head starts; the start itself is not recorded. `data(step)` gives what
    the B heads train on in that step, 0 to steps - 1. Points are evenly spaced in steps.
    """
    tasks = len(data(0).x)
    trainer = _Trainer(head, initial, tasks, settings)
    record = recording_steps(settings.steps, settings.trajectory_length)
    points = []
    for step in range(settings.steps):
        trainer.step(data(step))
        if step + 1 in record:
            points.append(trainer.heads())
    return torch.stack(points, dim=1)


def recording_steps(steps: int, length: int) -> list[int]:
    """After which steps the `length - 1` weights of a trajectory are recorded; the last one is `steps`."""
    return [round(steps * i / (length - 1)) for i in range(1, length)]


def chunks(tasks: int, size: int) -> Iterator[slice]:
    """Slices of at most `size` tasks."""
    for start in range(0, tasks, size):
        yield slice(start, min(start + size, tasks))


class Layers(NamedTuple):
    """The weights of B heads as batched products take them, or gradients in the same places."""

    hidden_weights: Tensor  # (B, inputs, hidden)
    hidden_biases: Tensor  # (B, 1, hidden)
    class_weights: Tensor  # (B, way, hidden)
    class_biases: Tensor  # (B, way, 1)

    @classmethod
    def empty(cls, head: Head, tasks: int, like: Tensor) -> Layers:
        """Room for `tasks` heads, each of the four in one piece: products written to views of one buffer are slow."""
        shapes = (head.inputs, head.hidden), (1, head.hidden), (head.way, head.hidden), (head.way, 1)
        return cls(*(like.new_empty(tasks, *shape) for shape in shapes))

    def copy_from(self, head: Head, weights: Tensor) -> None:
        """Take up heads (B, head.size)."""
        hidden_rows, class_rows = head.split(weights)
        self.hidden_weights.copy_(hidden_rows[..., :-1].mT)
        self.hidden_biases.copy_(hidden_rows[..., -1:].mT)
        self.class_weights.copy_(class_rows[..., :-1])
        self.class_biases.copy_(class_rows[..., -1:])

    def joined(self, head: Head) -> Tensor:
        """Heads (B, head.size): the inverse of `copy_from`."""
        return head.join(
            torch.cat([self.hidden_weights.mT, self.hidden_biases.mT], dim=-1),
            torch.cat([self.class_weights, self.class_biases], dim=-1),
        )


class _Trainer:
    """Adam, with or without sharpness-aware minimisation, on B heads at once, which start from one (head.size,)."""

    def __init__(self, head: Head, initial: Tensor, tasks: int, settings: Preparation) -> None:
        self.head = head
        self.rho = settings.sam_rho
        self.layers, self.gradient, self.worst = (Layers.empty(head, tasks, initial) for _ in range(3))
        self.layers.copy_from(head, initial)
        # Adam works entry by entry, so one optimiser over B heads is one optimiser per head.
        parameters = [torch.nn.Parameter(part) for part in self.layers]
        for parameter, gradient in zip(parameters, self.gradient, strict=True):
            parameter.grad = gradient
        self.optimiser = torch.optim.Adam(parameters, lr=settings.learning_rate, eps=ADAM_EPSILON, fused=True)

    def heads(self) -> Tensor:
        """The heads as they are now (B, head.size)."""
        return self.layers.joined(self.head)

    def step(self, data: TrainingData) -> None:
        loss_gradient(self.layers, data, self.gradient)
        if self.rho:
            # SAM: the gradient at the worst point of a small ball, applied from its centre. One norm per head.
            squares = [part.flatten(1).norm(dim=1).square() for part in self.gradient]
            ascent = (self.rho / (torch.sqrt(sum(squares)) + 1e-12))[:, None, None]
            for part, gradient, worst in zip(self.layers, self.gradient, self.worst, strict=True):
                torch.addcmul(part, gradient, ascent, out=worst)
            loss_gradient(self.worst, data, self.gradient)
        self.optimiser.step()


def loss_gradient(layers: Layers, data: TrainingData, out: Layers) -> None:
    """Write to `out` the gradient of the weighted mean cross-entropy of B heads.

    Written by hand: autograd keeps every intermediate, and its bookkeeping costs more than these products.
    """
    hidden = torch.baddbmm(layers.hidden_biases, data.x, layers.hidden_weights).relu_()
    logits = torch.baddbmm(layers.class_biases, layers.class_weights, hidden.mT)
    error = torch.softmax(logits, dim=1).sub_(data.targets).mul_(data.weights)
    torch.bmm(error, hidden, out=out.class_weights)
    torch.sum(error, 2, keepdim=True, out=out.class_biases)
    back = torch.bmm(error.mT, layers.class_weights)
    back = torch.ops.aten.threshold_backward(back, hidden, 0)
    torch.bmm(data.x.mT, back, out=out.hidden_weights)
    torch.sum(back, 1, keepdim=True, out=out.hidden_biases)
