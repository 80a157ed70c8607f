"""The base of methods that learn from prepared heads to generate a head from a support set."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from methods.denoiser import Denoiser
from methods.devices import has_fast_bfloat16
from methods.head_method import HeadMethod
from methods.heads import Head, unit_scale
from methods.interface import Context, Problem, Progress, Task, TaskSource
from methods.meta_learning import Joint, Reptile
from methods.prepared import (
    BLOCK,
    DEFAULT_LENGTH,
    Normaliser,
    PreparedHeads,
    fewer_heads,
    initial_head,
    trained_heads,
)
from methods.profiles import InputSizes
from methods.schedules import one_cycle
from methods.seeding import Streams, derive_seed
from methods.settings import above, at_least, one_of
from methods.support import class_means
from methods.trajectories import Preparation

VALIDATION_HEADS = 256  # which a generator is compared with


@dataclass(frozen=True)
class GeneratorSettings:
    """Hyper-parameters of weight preparation, of the network and of meta-training."""

    prepared_heads: int = 6000
    preparation_steps: int = 120
    preparation_learning_rate: float = 0.01
    sam_rho: float = 0.05
    augmentation: bool = True
    preparation: str = "before"  # or "beside" meta-training, which starts with the first heads
    width: int = 64
    depth: int = 1
    outer_loop: str = "joint"  # or "reptile"
    steps: int = 1000  # outer steps
    tasks_per_step: int = 32
    learning_rate: float = 4e-3  # of AdamW in the outer loop; rises over 5 % of the steps, then falls to 0 (cosine)
    inner_steps: int = 3  # reptile only
    inner_learning_rate: float = 0.005  # reptile only, of SGD
    inner_examples: int = 4  # reptile only: draws of support images and noise in one inner step of one task

    def __post_init__(self) -> None:
        at_least(self, 1, "prepared_heads", "width", "depth", "steps", "tasks_per_step")
        at_least(self, DEFAULT_LENGTH - 1, "preparation_steps")  # each weight of a trajectory is another step's
        at_least(self, 1, "inner_steps", "inner_examples")
        at_least(self, 0, "sam_rho")
        above(self, 0, "preparation_learning_rate", "learning_rate", "inner_learning_rate")
        one_of(self, "outer_loop", ("joint", "reptile"))
        one_of(self, "preparation", ("before", "beside"))
        if self.width % 2:
            raise ValueError(f"width must be even, not {self.width}")


@dataclass(frozen=True)
class Regression:
    """The inputs and targets of the network for B tasks."""

    x: Tensor  # (B, size) weights it sees, or what a subclass's network takes in their place
    t: Tensor  # (B,) chain index it is told
    target: Tensor  # (B, size)
    weight: Tensor  # (B, 1), of each task's squared error


class Standardiser(nn.Module):
    """Zero mean and unit variance for every entry of the class tokens: features after ReLU are far from that."""

    def __init__(self, size: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(size))
        self.register_buffer("std", torch.ones(size))

    def measure(self, tokens: Tensor) -> None:
        """Set mean and std from tokens (..., size)."""
        flat = tokens.flatten(0, -2)
        self.mean.copy_(flat.mean(0))
        self.std.copy_(flat.std(0).clamp(min=1e-6))

    def forward(self, tokens: Tensor) -> Tensor:
        return (tokens - self.mean) / self.std


class WeightGenerator(HeadMethod):
    """Condition -> head: class tokens from the support set go into the denoiser, flat normalised weights come out.

    Subclasses say what the network learns from prepared heads (`regression`) and how it is used (`generate`).
    """

    Hyperparameters = GeneratorSettings
    PROFILES: ClassVar = {
        "smoke": {"prepared_heads": 1000, "preparation_steps": 60, "steps": 300, "width": 32},
        "check": {"prepared_heads": 200, "preparation_steps": 30, "steps": 100, "width": 16},
        # Rates and inner steps as in the paper's third version; the sizes are open there. It trains for 6,000 meta
        # epochs, and nobody says how many tasks one has: the number of steps is a choice.
        "paper": {
            "outer_loop": "reptile",
            "learning_rate": 1e-3,
            "steps": 60_000,
            "prepared_heads": 20_000,
            "width": 128,
            "depth": 2,
        },
    }
    generates_weights = True
    trajectory_length: ClassVar[int] = DEFAULT_LENGTH

    @classmethod
    def scaled(cls, settings: Any, profile: str, inputs: InputSizes) -> Any:
        return fewer_heads(settings, profile, inputs)

    @abstractmethod
    def regression(self, anchors: Tensor, generator: torch.Generator) -> Regression:
        """A training example for each of B tasks, from anchors (B, length - 1, size), final weights first."""

    @abstractmethod
    def generate(self, classes: Tensor, task: Task) -> Tensor:
        """Normalised weights (B, size) for class tokens (B, way, condition), also for another way than that of
        meta-training."""

    def build(self, problem: Problem) -> None:
        super().build(problem)
        self.condition_size = self.condition_of(problem)
        self.network = self.make_network(problem.head)
        self.normaliser = Normaliser(problem.head)
        self.standardise = Standardiser(self.condition_size)

    def condition_of(self, problem: Problem) -> int:
        """The length of a class token."""
        return problem.head.inputs

    def tokens(self, task: Task) -> Tensor:
        """The condition (B, way, condition): by default each class's mean support feature, at unit scale."""
        return class_tokens(task)

    def make_network(self, head: Head) -> nn.Module:
        """The network that learns: called with x, t (B,) and class tokens (B, way, inputs) of `regression`."""
        return Denoiser(
            head, width=self.hyperparameters.width, depth=self.hyperparameters.depth, condition=self.condition_size
        )

    def size(self, classes: Tensor) -> int:
        """The number of parameters of a head for these class tokens (B, way, condition)."""
        return replace(self.head, way=classes.shape[1]).size

    def fit(self, context: Context) -> Iterator[Progress]:
        settings = self.hyperparameters
        yield Progress(0, settings.steps, 0.0, "weight preparation")
        beside = settings.preparation == "beside"
        prepared = PreparedHeads(context, settings.prepared_heads, self._preparation(), beside=beside)
        try:
            prepared.take(BLOCK if beside else prepared.count)
            self.normaliser.measure(prepared.points[:BLOCK])
            self.standardise.measure(self._sample_tokens(context))
            yield from self._meta_train(context, prepared)
        finally:
            prepared.close()

    def _meta_train(self, context: Context, prepared: PreparedHeads) -> Iterator[Progress]:
        settings = self.hyperparameters
        optimiser = torch.optim.AdamW(self.network.parameters(), settings.learning_rate, weight_decay=0.01, fused=True)
        schedule = one_cycle(optimiser, settings.learning_rate, settings.steps, rise=0.05)
        if settings.outer_loop == "joint":
            loop, examples = Joint(self.network, self.error, optimiser, clip=1.0), 1
        else:
            loop = Reptile(
                self.network,
                self.error,
                optimiser,
                clip=1.0,
                inner_steps=settings.inner_steps,
                inner_learning_rate=settings.inner_learning_rate,
            )
            examples = settings.inner_steps * settings.inner_examples
        streams = Streams(
            np.random.default_rng(derive_seed(context.seed, "meta-training tasks")),
            torch.Generator().manual_seed(derive_seed(context.seed, "meta-training noise")),
        )

        def remaining(done: int) -> Iterator[Progress]:
            for step in range(done + 1, settings.steps + 1):
                # Which heads a step may draw from depends on the step, never on how fast they come; half way all are
                # here.
                prepared.take(math.ceil(2 * step / settings.steps * prepared.count))
                chosen = streams.numpy.integers(len(prepared.points), size=settings.tasks_per_step)
                batch = self._batch(context, prepared, np.repeat(chosen, examples), streams)
                if settings.outer_loop == "reptile":
                    batch = tuple(part.unflatten(0, (-1, examples)) for part in batch)
                loss = loop.step(batch)
                schedule.step()
                yield Progress(step, settings.steps, loss)

        yield from context.training.run(
            remaining, network=self.network, optimiser=optimiser, schedule=schedule, streams=streams
        )

    @torch.no_grad()
    def diagnostics(self, context: Context) -> Mapping[str, float]:
        """The distance of generated heads from heads prepared for the same validation classes; see `unexplained`."""
        _, task, prepared = self.validation_tasks(context)
        return self.errors(task, prepared)

    def errors(self, task: Task, anchors: Tensor) -> dict[str, float]:
        """The diagnostics, from tasks and the anchors (B, length - 1, size) prepared for them."""
        return self.unexplained(self.adapt(task), anchors[:, 0])

    @torch.no_grad()
    def validation_heads(self, context: Context) -> tuple[Tensor, Tensor, Tensor]:
        """Classes (B, way) of validation tasks, and the weights (B, size) generated and those prepared for them."""
        classes, task, prepared = self.validation_tasks(context)
        return classes, self.adapt(task), prepared[:, 0]

    def validation_tasks(self, context: Context) -> tuple[Tensor, Task, Tensor]:
        """Classes (B, way) of tasks, the tasks, and the anchors (B, length - 1, size) prepared for them."""
        context = context.held_out
        prepared = PreparedHeads(context, VALIDATION_HEADS, self._preparation(), beside=False)
        prepared.take(prepared.count)
        rng = np.random.default_rng(derive_seed(context.seed, "reconstruction"))
        problem = context.problem
        task = context.train.episodes(
            rng, prepared.count, way=problem.way, shot=problem.shot, queries=0, classes=prepared.classes
        ).task
        return prepared.classes, task, prepared.points.to(context.device)

    def unexplained(self, made: Tensor, prepared: Tensor) -> dict[str, float]:
        """Share of the variance of weights (B, size) prepared for tasks that weights made for the same tasks leave.

        1 is what the mean of all these tasks would leave. Of hidden and of class rows, and of both, half each as in
        the loss. Squared errors of normalised weights would have a unit that depends on how many anchors a method
        learns from.
        """
        hidden_rows, class_rows = self.head.split(prepared)
        # A class's slot means nothing: class rows have one mean.
        deviations = hidden_rows - hidden_rows.mean(0), class_rows - class_rows.mean((0, 1))
        gaps = self.head.split(made - prepared)
        hidden_share, class_share = (
            (gap.square().sum() / deviation.square().sum()).item()
            for gap, deviation in zip(gaps, deviations, strict=True)
        )
        return {
            "unexplained_variance": (hidden_share + class_share) / 2,
            "unexplained_variance_hidden": hidden_share,
            "unexplained_variance_class": class_share,
        }

    def adapt(self, task: Task) -> Tensor:
        """Weights (B, size) of the generated heads."""
        return self.normaliser.denormalise(self.generate(self.condition(task), task))

    def condition(self, task: Task) -> Tensor:
        """Standardised class tokens (B, way, condition)."""
        return self.standardise(self.tokens(task))

    def optimisation(self, context: Context, source: TaskSource, classes: Tensor) -> Tensor:
        """Weights (B, steps + 1, size) after every step of weight preparation on these classes, the start first."""
        settings = replace(self._preparation(), trajectory_length=self.hyperparameters.preparation_steps + 1)
        points = trained_heads(context, source, classes, settings)
        start = initial_head(context).cpu().expand(len(points), 1, -1)
        return torch.cat([start, points], dim=1)

    def error(self, network: Callable[..., Tensor], batch: tuple[Tensor, ...]) -> Tensor:
        """The loss of a batch (x, t, classes, target, weight)."""
        x, t, classes, target, weight = batch
        # Gradients of many copies at once (torch.func) do not work under autocast: REPTILE computes in float32.
        fast = self.hyperparameters.outer_loop == "joint" and has_fast_bfloat16(x.device)
        with torch.autocast(x.device.type, torch.bfloat16, enabled=fast):
            output = network(x, t, classes)
        return self.loss(output.float(), target, weight)

    def loss(self, output: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        """Weighted mean squared error of what the network gave (B, size).

        Hidden and class rows count half each: a head has ten times more numbers in its hidden rows, but its
        answers depend on the class rows more.
        """
        hidden_error, class_error = self.head.split(weight * (output - target).square())
        return (hidden_error.mean() + class_error.mean()) / 2

    def _sample_tokens(self, context: Context, tasks: int = 1000) -> Tensor:
        rng = np.random.default_rng(derive_seed(context.seed, "sample of class tokens"))
        problem = context.problem
        return self.tokens(context.train.episodes(rng, tasks, way=problem.way, shot=problem.shot, queries=0).task)

    def _preparation(self) -> Preparation:
        settings = self.hyperparameters
        return Preparation(
            steps=settings.preparation_steps,
            learning_rate=settings.preparation_learning_rate,
            sam_rho=settings.sam_rho,
            augmentation=settings.augmentation,
            trajectory_length=self.trajectory_length,
        )

    def _batch(
        self,
        context: Context,
        prepared: PreparedHeads,
        chosen: np.ndarray,
        streams: Streams,
    ) -> tuple[Tensor, ...]:
        """Training examples for the chosen prepared heads, each with newly drawn support images."""
        problem = context.problem
        classes = prepared.classes[chosen]
        episodes = context.train.episodes(
            streams.numpy, len(chosen), way=problem.way, shot=problem.shot, queries=0, classes=classes
        )
        anchors = self.normaliser.normalise(prepared.points[chosen].to(context.device))
        shown = self.regression(anchors, streams.torch)
        return shown.x, shown.t, self.condition(episodes.task), shown.target, shown.weight


def class_tokens(task: Task) -> Tensor:
    """The condition (B, way, inputs): each class's mean support feature, at unit scale."""
    return class_means(task, unit_scale(task.support.x))
