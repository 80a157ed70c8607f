"""REPTILE: trains a whole network on each task from an initialisation that was meta-learned (Nichol et al. 2018).

For each task of a meta-batch a copy of the network takes a few steps of Adam on the task's images; the initialisation
then moves towards the mean of the copies (arXiv 1803.02999, Algorithm 2). Nothing is generated: a new task is solved by
more steps of the same kind on its support set.

What the released code does and the paper's algorithm does not say is kept: Adam has no momentum (beta1 = 0) and its
second moments go on from task to task; batch norm has no running statistics, so a query's answer depends on the batch
in which it is normalised (`transductive`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from methods.devices import has_fast_bfloat16
from methods.interface import Context, Examples, Method, Needs, Problem, Progress, Task
from methods.networks.conv_copies import ConvCopies, SupportStatistics
from methods.profiles import InputSizes
from methods.seeding import derive_seed
from methods.settings import above, at_least

BETA = 0.999  # of Adam's second moments
EPSILON = 1e-8  # of Adam
SMALL = 32  # pixels: larger images get the network with pooling
LARGE = 64 * 64  # pixels of images on which a profile of minutes trains for less long
PUBLISHED = ("inner_batch", "inner_steps", "learning_rate", "train_shots", "iterations", "evaluation_batch", "width")
EVALUATION = ("evaluation_batch", "evaluation_steps", "transductive", "joint_images")  # training does not need them
COPIES = 50  # tasks that are adapted together, or queries that are answered together: bounds the memory


@dataclass(frozen=True)
class ReptileSettings:
    """A value of 0 stands for the published one for the task's way and image size (see `published`)."""

    inner_batch: int = 0  # images in one step of Adam
    inner_steps: int = 0
    learning_rate: float = 0.0
    train_shots: int = 0  # images of each class that a training task has
    meta_batch: int = 5
    meta_step: float = 1.0  # how far the initialisation moves towards the mean; falls to 0 linearly
    iterations: int = 0
    evaluation_batch: int = 0
    evaluation_steps: int = 50
    width: int = 0  # channels of every layer
    transductive: bool = False  # normalise a task's queries with each other; else each one with the support set
    # If not transductive: support sets up to this size pass anew with each query, larger ones once (see the docs). The
    # released code has no limit, and no support set reaches this one.
    joint_images: int = 10_000

    def __post_init__(self) -> None:
        at_least(self, 1, "meta_batch", "evaluation_steps")
        above(self, 0, "meta_step")
        at_least(self, 0, *PUBLISHED, "joint_images")


def published(problem: Problem) -> dict[str, int | float]:
    """The released code's settings: Omniglot 5-way and 20-way, mini-ImageNet 5-way.

    Ways up to 10 get those of 5; for many classes of large images nothing was published, and Omniglot's apply.
    """
    large, many = problem.input_shape[-1] > SMALL, problem.way > 10
    if many:
        training = {"inner_batch": 20, "inner_steps": 10, "learning_rate": 5e-4, "train_shots": 10}
        rest = {"iterations": 200_000, "evaluation_batch": 10}
    elif large:
        training = {"inner_batch": 10, "inner_steps": 8, "learning_rate": 1e-3, "train_shots": 15}
        rest = {"iterations": 100_000, "evaluation_batch": 5 if problem.shot == 1 else 15}
    else:
        training = {"inner_batch": 10, "inner_steps": 5, "learning_rate": 1e-3, "train_shots": 10}
        rest = {"iterations": 100_000, "evaluation_batch": 5}
    return {**training, **rest, "width": 32 if large else 64}


class Adapted(NamedTuple):
    """B adapted networks, and the images that normalise their queries."""

    weights: Tensor  # (B, size)
    support: Tensor  # (B, n, channels, height, width)


class Reptile(Method):
    """Trains a network on each task, from an initialisation that moves towards trained networks. Its inputs are images.

    Source: *On First-Order Meta-Learning Algorithms*, Nichol, Achiam, Schulman 2018, arXiv 1803.02999.
    """

    Hyperparameters = ReptileSettings
    PROFILES: ClassVar = {
        "smoke": {"iterations": 60, "meta_batch": 3, "width": 16, "evaluation_steps": 10, "joint_images": 0},
        "check": {"iterations": 30, "meta_batch": 2, "width": 8, "evaluation_steps": 5, "joint_images": 0},
        "cpu": {
            "iterations": 3500,
            "learning_rate": 3e-3,
            "inner_steps": 5,
            "evaluation_steps": 15,
            "joint_images": 5,
        },
    }
    # The dense layer's rows start differently, and each belongs to a class slot.
    needs = Needs(inputs="pixels", gradients=True, equivariant=False)
    any_way = False

    def __init__(self, hyperparameters: ReptileSettings | None = None) -> None:
        super().__init__(hyperparameters)
        self.needs = replace(self.needs, transductive=self.hyperparameters.transductive)

    @classmethod
    def scaled(cls, settings: Any, profile: str, inputs: InputSizes) -> Any:
        if profile != "cpu" or inputs.pixels <= LARGE:
            return settings
        return replace(settings, iterations=min(300, settings.iterations))

    def build(self, problem: Problem) -> None:
        open_ones = {n: v for n, v in published(problem).items() if not getattr(self.hyperparameters, n)}
        self.settings = replace(self.hyperparameters, **open_ones)
        channels, height, _ = problem.input_shape
        self.network = ConvCopies(channels, height, problem.way, self.settings.width, pooling=height > SMALL)
        self.register_buffer("weights", torch.zeros(self.network.size))
        self.register_buffer("second_moments", torch.zeros(self.network.size))
        self.register_buffer("adam_steps", torch.zeros((), dtype=torch.int64))

    def fit(self, context: Context) -> Iterator[Progress]:
        """The number of support images of the tasks to come plays no part: one training serves every shot."""
        settings = self.settings
        generator = torch.Generator().manual_seed(derive_seed(context.seed, "reptile initialisation"))
        self.weights.copy_(self.network.initial(generator))
        key = {
            "version": self.version,
            "source": context.train.key,
            "seed": context.seed,
            "way": context.problem.way,
            **{name: value for name, value in asdict(settings).items() if name not in EVALUATION},
        }
        yield from context.artefacts.training("meta-training", key).run(
            lambda done: self._steps(context, done), reptile=self
        )

    def _steps(self, context: Context, done: int) -> Iterator[Progress]:
        settings = self.settings
        for iteration in range(done, settings.iterations):
            rng = np.random.default_rng(derive_seed(context.seed, "reptile tasks", iteration))
            task = context.train.episodes(
                rng, settings.meta_batch, way=context.problem.way, shot=settings.train_shots, queries=0
            ).task
            batches = mini_batches(task, settings.inner_steps, settings.inner_batch)
            loss = self._meta_step(task.support, batches, settings.meta_step * (1 - iteration / settings.iterations))
            yield Progress(iteration + 1, settings.iterations, loss)

    def _meta_step(self, support: Examples, batches: Tensor, meta_step: float) -> float:
        """Train a copy on each of M tasks and move the initialisation towards their mean; gives the mean loss."""
        count, inner_steps = batches.shape[:2]
        before = self.second_moments
        with torch.autocast(support.x.device.type, torch.bfloat16, enabled=has_fast_bfloat16(support.x.device)):
            copies, moments, loss = self._train(support, batches)
        self.weights.lerp_(copies.mean(0), meta_step)
        # The released code trains one task after the other, each with the moments that the last one left.
        decay = BETA**inner_steps
        self.second_moments.copy_(
            before * decay**count + sum((m - decay * before) * decay ** (count - 1 - i) for i, m in enumerate(moments))
        )
        self.adam_steps += count * inner_steps
        return loss

    def _train(self, support: Examples, batches: Tensor) -> tuple[Tensor, Tensor, float]:
        """Steps of Adam on mini-batches (B, steps, batch), each task's own; gives weights, second moments and loss."""
        weights = self.weights.expand(len(batches), -1).clone()
        moments = self.second_moments.expand(len(batches), -1).clone()
        every = torch.arange(len(batches), device=weights.device).unsqueeze(1)
        losses = []
        for step, chosen in enumerate(batches.unbind(1), 1):
            weights.requires_grad_()
            with torch.enable_grad():
                logits = self.network.apply(weights, support.x[every, chosen])
                loss = F.cross_entropy(logits.flatten(0, 1), support.y[every, chosen].flatten(), reduction="none")
                # Each copy's own mean loss: the sum's gradient keeps them apart.
                (gradient,) = torch.autograd.grad(loss.sum() / chosen.shape[1], weights)
            weights = weights.detach()
            moments.mul_(BETA).addcmul_(gradient, gradient, value=1 - BETA)
            unbiased = math.sqrt(1 - BETA ** (self.adam_steps.item() + step))
            rate = self.settings.learning_rate * unbiased
            weights.addcdiv_(gradient, moments.sqrt().add_(EPSILON * unbiased), value=-rate)
            losses.append(loss.detach().mean())
        return weights, moments, torch.stack(losses).mean().item()

    def adapt(self, task: Task) -> Adapted:
        """Every task starts from the same initialisation and the same second moments."""
        support = filled(task.support)
        batches = mini_batches(task, self.settings.evaluation_steps, self.settings.evaluation_batch)
        parts = [
            self._train(Examples(x, y), chosen)[0]
            for x, y, chosen in zip(
                support.x.split(COPIES), support.y.split(COPIES), batches.split(COPIES), strict=True
            )
        ]
        return Adapted(torch.cat(parts), support.x)

    def predict(self, state: Adapted, query: Examples) -> Tensor:
        if self.settings.transductive:
            answer = self._together
        else:
            joint = state.support.shape[1] <= self.settings.joint_images
            answer = self._each_with_support if joint else self._each_beside_support
        parts = zip(state.weights.split(COPIES), state.support.split(COPIES), query.x.split(COPIES), strict=True)
        return torch.cat([answer(*part) for part in parts])

    def _together(self, weights: Tensor, _support: Tensor, query: Tensor) -> Tensor:
        """All queries of a task in one batch."""
        return self.network.apply(weights, query)

    def _each_with_support(self, weights: Tensor, support: Tensor, query: Tensor) -> Tensor:
        """Each query in a batch with the support set."""
        logits = []
        for w, s, q in zip(weights, support, query, strict=True):
            for some in q.split(COPIES):
                batch = torch.cat([s.expand(len(some), *s.shape), some.unsqueeze(1)], dim=1)
                logits.append(self.network.apply(w.unsqueeze(0), batch)[:, -1])
        return torch.cat(logits).view(*query.shape[:2], -1)

    def _each_beside_support(self, weights: Tensor, support: Tensor, query: Tensor) -> Tensor:
        """Each query with the support set's statistics and its own; the support set passes once."""
        norm = SupportStatistics()
        self.network.apply(weights, support, norm.support)
        return self.network.apply(weights, query, norm.query)


def mini_batches(task: Task, steps: int, size: int) -> Tensor:
    """Support images (B, steps, size) for consecutive steps: each task's set again and again, in new random orders.

    A batch may straddle two passes.
    """
    count = task.support.y.shape[1]
    passes = -(-steps * size // count)
    order = task.normal(passes, count).argsort(-1).flatten(1)
    return order[:, : steps * size].unflatten(1, (steps, size))


def filled(support: Examples) -> Examples:
    """A support set without padding: its place is taken by the task's real images, once more."""
    if support.mask is None:
        return support
    real = support.mask.sum(1, keepdim=True)
    first = (~support.mask).to(torch.int8).argsort(dim=1, stable=True)
    chosen = first.gather(1, torch.arange(first.shape[1], device=first.device) % real)
    every = torch.arange(len(chosen), device=chosen.device).unsqueeze(1)
    return Examples(support.x[every, chosen], support.y[every, chosen])
