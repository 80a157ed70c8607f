"""MetaDiff: generates class prototypes by a diffusion whose denoiser refines a gradient (Zhang et al., AAAI 2024).

The weights are the rows of a nearest-prototype classifier. A class's target is the mean feature of all its training
images. The denoiser sees the gradient, with respect to a class's row, of the squared distance of its support features
to it: of the sum, g = 2 K (x - support mean), as published, or of the mean, without K; in closed form. Classes are
handled independently, so any way works.

Features are brought to unit scale, since the chain starts in N(0, I), and centred on the training classes: the
network sees x - support mean alone, has to guess how much signal x holds, and guesses the mean of all classes. The
published body has no ReLU at its end, so that this mean is small; ours has one.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from methods.denoiser import HEADS, Block, sinusoids
from methods.diffusion import Schedule
from methods.heads import unit_scale
from methods.interface import Context, Examples, Method, Needs, Problem, Progress, Task, TaskSource
from methods.seeding import Streams, derive_seed
from methods.settings import above, at_least, one_of
from methods.support import class_means, cosine_logits, one_hot

EMBEDDING_SIZE = 320  # of a chain index, as in the published network
SCHEDULES = ("linear", "quadratic", "cosine")
TIME_EMBEDDINGS = ("sinusoidal", "learned", "none")
CONDITIONS = ("gradient", "u-net")
REDUCTIONS = ("sum", "mean")


@dataclass(frozen=True)
class MetaDiffSettings:
    diffusion_steps: int = 1000
    # DDPM's betas, 1e-4 to 0.02 at 1,000 steps: "linear", or "quadratic", with linear roots (Rombach et al. 2022); or
    # "cosine" (Nichol & Dhariwal 2021).
    schedule: str = "linear"
    time_embedding: str = "sinusoidal"  # or "learned", one vector per chain index, or "none"
    sampling_noise: bool = False  # add the posterior's noise in every step; the published code leaves it out
    condition: str = "gradient"  # or "u-net": noisy rows, the support means through cross-attention
    # Of the squared distances over a class's support images, whose gradient is taken. The published sum makes the
    # network's input grow with the number of images; under the mean, 1-shot and 5-shot tasks look alike to it.
    reduction: str = "mean"
    widths: tuple[int, ...] = (256, 128, 128, 256)  # of the inner layers; the outer ones have the feature size
    steps: int = 3000
    tasks_per_step: int = 32
    learning_rate: float = 3e-4
    weight_decay: float = 5e-4
    ema_decay: float = 0.999  # of the weights that sampling uses

    def __post_init__(self) -> None:
        one_of(self, "schedule", SCHEDULES)
        one_of(self, "time_embedding", TIME_EMBEDDINGS)
        one_of(self, "condition", CONDITIONS)
        one_of(self, "reduction", REDUCTIONS)
        at_least(self, 20, "diffusion_steps")
        at_least(self, 1, "steps", "tasks_per_step")
        at_least(self, 0, "weight_decay")
        above(self, 0, "learning_rate")
        if not 0 <= self.ema_decay < 1:
            raise ValueError(f"ema_decay must be at least 0 and below 1, not {self.ema_decay}")
        if not self.widths or min(self.widths) < 1:
            raise ValueError(f"widths must be numbers from 1, such as 256+128, not {self.widths}")
        narrow = self.widths[len(self.widths) // 2]
        if self.condition == "u-net" and narrow % HEADS:
            raise ValueError(
                f"with condition u-net the middle one of widths must be a multiple of {HEADS}, not {narrow}"
            )


class MetaDiff(Method):
    """Generates class prototypes by a diffusion whose denoiser refines a gradient.

    Source: *MetaDiff: Meta-Learning with Conditional Diffusion for Few-Shot Learning*, Zhang et al., AAAI 2024,
    arXiv 2307.16424. `adapt` gives class rows (B, way, features).
    """

    Hyperparameters = MetaDiffSettings
    # The published recipe: Adam 1e-4 without decay of the rate, 8 episodes a step, 30 epochs of 10,000 steps.
    PROFILES: ClassVar = {
        "smoke": {"steps": 300, "ema_decay": 0.98, "diffusion_steps": 100},
        "check": {"steps": 60, "ema_decay": 0.9, "diffusion_steps": 50},
        "paper": {
            "reduction": "sum",
            "steps": 300_000,
            "tasks_per_step": 8,
            "learning_rate": 1e-4,
            "ema_decay": 0.9999,
        },
    }
    # The noise that a chain starts from depends on the slot.
    needs = Needs(gradients=True, equivariant=False)
    generates_weights = True

    def build(self, problem: Problem) -> None:
        settings = self.hyperparameters
        self.schedule = make_schedule(settings)
        self.register_buffer("centre", torch.zeros(problem.input_shape))
        self.network = self.make_network(problem.input_shape[0])
        self.average = copy.deepcopy(self.network).requires_grad_(False)

    def make_network(self, size: int) -> nn.Module:
        """The noise predictor: called with rows x and support means (B, way, size), counts (B, way) and t."""
        settings = self.hyperparameters
        if settings.condition == "u-net":
            return PrototypeUNet(size, settings.widths, TimeEmbedding(settings))
        return GradientDenoiser(size, settings.widths, TimeEmbedding(settings), settings.reduction)

    def fit(self, context: Context) -> Iterator[Progress]:
        settings = self.hyperparameters
        targets = class_targets(context.train)
        self.centre.copy_(targets.mean(0))
        targets = targets - self.centre
        optimiser = self.make_optimiser()
        streams = Streams(
            np.random.default_rng(derive_seed(context.seed, "metadiff tasks")),
            torch.Generator().manual_seed(derive_seed(context.seed, "metadiff noise")),
        )

        def remaining(done: int) -> Iterator[Progress]:
            for step in range(done + 1, settings.steps + 1):
                episodes = context.train.episodes(
                    streams.numpy,
                    settings.tasks_per_step,
                    way=context.problem.way,
                    shot=context.problem.shot,
                    queries=0,
                )
                means, counts = self.support_means(episodes.task)
                loss = self.learn(step, optimiser, means, counts, targets[episodes.classes], streams.torch)
                yield Progress(step, settings.steps, loss)

        yield from context.training.run(
            remaining, network=self.network, average=self.average, optimiser=optimiser, streams=streams
        )

    def make_optimiser(self) -> torch.optim.Optimizer:
        settings = self.hyperparameters
        parameters = self.network.parameters()
        return torch.optim.Adam(parameters, settings.learning_rate, weight_decay=settings.weight_decay, fused=True)

    def learn(
        self,
        step: int,
        optimiser: torch.optim.Optimizer,
        means: Tensor,
        counts: Tensor,
        targets: Tensor,
        generator: torch.Generator,
    ) -> float:
        """Take training step number `step`, from 1, on tasks as `noise_error` gets them; their loss."""
        loss = self.noise_error(self.network, means, counts, targets, generator)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        self._update_average(step)
        return loss.item()

    def noise_error(
        self, network: nn.Module, means: Tensor, counts: Tensor, targets: Tensor, generator: torch.Generator
    ) -> Tensor:
        """Mean squared error of the predicted noise for targets (B, way, d), at one random chain index per task.

        The network is shown support means (B, way, d) and how many images (B, way) they are of.
        """
        t = torch.randint(1, self.schedule.steps + 1, (len(targets),), generator=generator).to(targets.device)
        noise = torch.randn(targets.shape, generator=generator).to(targets.device)
        alpha_bar = self.schedule.alpha_bar.to(targets.device)[t].float()[:, None, None]
        x = alpha_bar.sqrt() * targets + (1 - alpha_bar).sqrt() * noise
        return (network(x, means, counts, t) - noise).square().mean()

    def adapt(self, task: Task) -> Tensor:
        """Class rows (B, way, d): the chain's end."""
        means, counts = self.support_means(task)
        x = task.normal(*means.shape[1:])
        for t in range(self.schedule.steps, 0, -1):
            x = self.denoised(x, means, counts, t)
            if self.hyperparameters.sampling_noise:
                x = x + self.schedule.posterior_deviation(t) * task.normal(*means.shape[1:], stream=t)
        return x

    def denoised(self, x: Tensor, means: Tensor, counts: Tensor, t: int) -> Tensor:
        """Rows x (B, way, d) at chain index t, one step further."""
        index = torch.full((1,), t, device=x.device)
        return self.schedule.posterior_step(x, self.average(x, means, counts, index), t)

    def predict(self, state: Tensor, query: Examples) -> Tensor:
        return cosine_logits(state, unit_scale(query.x) - self.centre)

    @torch.no_grad()
    def diagnostics(self, context: Context) -> Mapping[str, float]:
        """Noise error on validation classes, of the trained network and of one as it was before training.

        An untrained network already samples the support mean, so accuracy alone proves nothing learned.
        """
        targets = class_targets(context.validation) - self.centre
        rng = np.random.default_rng(derive_seed(context.seed, "metadiff validation"))
        problem = context.problem
        episodes = context.validation.episodes(rng, 600, way=problem.way, shot=problem.shot, queries=0)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(derive_seed(context.seed, "untrained"))
            untrained = self.make_network(problem.input_shape[0]).to(targets.device)
        means, counts = self.support_means(episodes.task)
        errors = {}
        for name, network in (("trained", self.average), ("untrained", untrained)):
            generator = torch.Generator().manual_seed(derive_seed(context.seed, "metadiff validation noise"))
            error = self.noise_error(network, means, counts, targets[episodes.classes], generator)
            errors[f"noise_error_{name}"] = error.item()
        return errors

    def support_means(self, task: Task) -> tuple[Tensor, Tensor]:
        """Mean centred support feature (B, way, d) of each class, and how many images (B, way) it is of."""
        return class_means(task, unit_scale(task.support.x) - self.centre), one_hot(task).sum(1)

    @torch.no_grad()
    def _update_average(self, step: int) -> None:
        # The official code never calls its update, and so samples with an untrained network.
        decay = min(self.hyperparameters.ema_decay, step / (step + 10))
        for mean, live in zip(self.average.parameters(), self.network.parameters(), strict=True):
            mean.lerp_(live, 1 - decay)


def make_schedule(settings: MetaDiffSettings) -> Schedule:
    """Betas of a chain of any length: those of DDPM, made larger as the chain gets shorter, or the cosine's."""
    steps = settings.diffusion_steps
    if settings.schedule == "linear":
        betas = torch.linspace(1e-4, 0.02, steps, dtype=torch.float64) * 1000 / steps
    elif settings.schedule == "quadratic":
        betas = torch.linspace(0.01, 0.02**0.5, steps, dtype=torch.float64).square() * 1000 / steps
    else:
        angle = (torch.linspace(0, 1, steps + 1, dtype=torch.float64) + 0.008) / 1.008 * torch.pi / 2
        alpha_bar = torch.cos(angle).square()
        betas = 1 - alpha_bar[1:] / alpha_bar[:-1]
    return Schedule.of_betas(betas.clamp(max=0.999))


def gradient(x: Tensor, means: Tensor, counts: Tensor, reduction: str) -> Tensor:
    """Of the squared distances of `counts` support features to their class's row, their sum or mean, with respect to
    rows x."""
    if reduction == "mean":
        counts = counts.clamp(max=1)
    return 2 * counts.unsqueeze(-1) * (x - means)


class TimeEmbedding(nn.Module):
    """The chain index t (B,) as numbers (B, EMBEDDING_SIZE)."""

    def __init__(self, settings: MetaDiffSettings) -> None:
        super().__init__()
        self.kind = settings.time_embedding
        if self.kind == "learned":
            self.table = nn.Embedding(settings.diffusion_steps + 1, EMBEDDING_SIZE)

    def forward(self, t: Tensor) -> Tensor:
        if self.kind == "learned":
            return self.table(t)
        return sinusoids(t if self.kind == "sinusoidal" else torch.zeros_like(t), EMBEDDING_SIZE)


class GradientDenoiser(nn.Module):
    """Rows x, support means (B, way, d), counts (B, way), t (B,) or (1,) to noise: s(t) g + (1 - s(t)) MLP(g).

    g is the gradient. Each layer's output is multiplied by a linear map of the time embedding; softplus between layers;
    a layer adds its mirror image's output where the widths agree, and the last one adds g.
    """

    def __init__(self, size: int, widths: tuple[int, ...], embedding: TimeEmbedding, reduction: str) -> None:
        super().__init__()
        sizes = [size, *widths, size]
        self.code = embedding  # checkpoints hold it under this name
        self.reduction = reduction
        self.layers = nn.ModuleList(nn.Linear(i, o) for i, o in pairwise(sizes))
        self.scales = nn.ModuleList(nn.Linear(EMBEDDING_SIZE, o) for o in sizes[1:])
        self.share = nn.Sequential(
            nn.Linear(EMBEDDING_SIZE, EMBEDDING_SIZE // 4), nn.SiLU(), nn.Linear(EMBEDDING_SIZE // 4, 1)
        )

    def forward(self, rows: Tensor, means: Tensor, counts: Tensor, t: Tensor) -> Tensor:
        pull = gradient(rows, means, counts, self.reduction)
        time = self.code(t).unsqueeze(1)
        x = pull
        outputs: list[Tensor] = []
        last = len(self.layers) - 1
        for i, (layer, scale) in enumerate(zip(self.layers, self.scales, strict=True)):
            x = layer(x) * scale(time)
            mirror = last - 1 - i
            if i == last:
                x = x + pull
            else:
                x = F.softplus(x)
                if mirror < i and outputs[mirror].shape == x.shape:
                    x = x + outputs[mirror]
            outputs.append(x)
        share = torch.sigmoid(self.share(time))
        return share * pull + (1 - share) * x


class PrototypeUNet(nn.Module):
    """The general conditional U-Net in the gradient denoiser's place: the same arguments, no gradient inside.

    Rows are tokens; they narrow and widen again with skips, and read the support means through cross-attention. A
    row is tied to its class by a token of its own class's mean, without which no label could be told.
    """

    def __init__(self, size: int, widths: tuple[int, ...], embedding: TimeEmbedding) -> None:
        super().__init__()
        wide, narrow = widths[0], widths[len(widths) // 2]
        self.code = embedding  # checkpoints hold it under this name
        self.condition = nn.Linear(size, wide)
        self.enter = nn.Linear(size, wide)
        self.time = nn.Linear(EMBEDDING_SIZE, wide)
        self.down = Block(wide, wide, mixing=False)
        self.narrow = nn.Linear(wide, narrow)
        self.middle = Block(narrow, wide, mixing=True)
        self.widen = nn.Linear(narrow, wide)
        self.up = Block(wide, wide, mixing=False)
        self.leave = nn.Sequential(nn.LayerNorm(wide), nn.Linear(wide, size))

    def forward(self, rows: Tensor, means: Tensor, counts: Tensor, t: Tensor) -> Tensor:
        time = self.time(self.code(t)).expand(len(rows), -1)
        condition = self.condition(means)
        top = self.down(self.enter(rows) + condition, time, condition)
        low = self.middle(self.narrow(top), time, condition)
        return self.leave(self.up(top + self.widen(low), time, condition))


@torch.no_grad()
def class_targets(source: TaskSource, batch: int = 256) -> Tensor:
    """Mean feature (C, d) of all images of every class of a source, in all views; features at unit scale."""
    means = []
    for classes in torch.arange(source.class_count).split(batch):
        total = 0.0
        for view in range(source.views):
            examples = source.examples(classes[:, None], view)
            mask = examples.real.unsqueeze(-1)
            total = total + (unit_scale(examples.x) * mask).sum(1) / mask.sum(1)
        means.append(total / source.views)
    return torch.cat(means)
