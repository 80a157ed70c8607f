"""A network from pixels to features, trained as a classifier of all meta-train classes: stage 1 of Meta-Baseline."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from methods.augmentation import random_crops, random_strokes
from methods.devices import has_fast_bfloat16
from methods.interface import Context, Progress
from methods.networks.conv4 import Conv4
from methods.profiles import InputSizes
from methods.seeding import derive_seed
from methods.settings import above, at_least, one_of

# To be raised when the same settings give other weights, together with the `version` of every method that uses them:
# records are told apart by that, artefacts by this.
VERSION = 1
SCHEDULES = {
    "step": lambda progress: 1.0 if progress < 0.9 else 0.1,
    "cosine": lambda progress: 0.5 * (1 + math.cos(math.pi * progress)),
}
MOMENTUM = 0.9

# Differences of a profile.
PROFILES = {
    "smoke": {"width": 16, "classifier_steps": 100, "classifier_batch": 64, "augmentation": False},
    "check": {"width": 8, "classifier_steps": 30, "classifier_batch": 32, "augmentation": False},
    "cpu": {"classifier_steps": 8000, "classifier_schedule": "cosine"},
}
# At most so many steps at "cpu" on images of more pixels: one of 84 x 84 takes eight times as long as one of 28 x 28.
MOST_STEPS = {28 * 28: 4000, 64 * 64: 1000}


def fewer_steps(settings: Any, profile: str, inputs: InputSizes) -> Any:
    """Hyper-parameters with fewer `classifier_steps` at "cpu" where images are large.

    All methods that begin with this stage scale alike, since they share what it trains.
    """
    if profile != "cpu":
        return settings
    most = [steps for pixels, steps in MOST_STEPS.items() if inputs.pixels > pixels]
    return replace(settings, classifier_steps=min(settings.classifier_steps, *most)) if most else settings


@dataclass(frozen=True)
class ClassifierSettings:
    """Of stage 1; the defaults are those published for mini-ImageNet: 100 epochs of 38,400 images."""

    width: int = 64
    classifier_steps: int = 30_000
    classifier_batch: int = 128
    classifier_learning_rate: float = 0.1  # of SGD with momentum 0.9
    classifier_schedule: str = "step"  # a tenth of the rate for the last tenth of the steps; or "cosine", down to 0
    weight_decay: float = 5e-4  # also of stage 2, where there is one
    augmentation: bool = True  # random crops of photographs, mirrored too; small affine maps of drawings

    def __post_init__(self) -> None:
        at_least(self, 1, "width", "classifier_steps", "classifier_batch")
        at_least(self, 0, "weight_decay")
        above(self, 0, "classifier_learning_rate")
        one_of(self, "classifier_schedule", tuple(SCHEDULES))


class Encoder(nn.Module):
    """Images (..., c, h, w), float from 0 to 1, to features (..., d) float32."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.network = Conv4(channels, width)

    def forward(self, x: Tensor) -> Tensor:
        flat = x.flatten(0, -4).contiguous(memory_format=torch.channels_last)
        with torch.autocast(x.device.type, torch.bfloat16, enabled=has_fast_bfloat16(x.device)):
            return self.network(flat).float().unflatten(0, x.shape[:-3])


def train_classifier(context: Context, settings: ClassifierSettings, encoder: Encoder) -> Iterator[Progress]:
    """Train an encoder in place, together with a linear classifier that is thrown away.

    Made once per seed: the way and the shot of the tasks to come play no part.
    """
    stage = {field.name: getattr(settings, field.name) for field in fields(ClassifierSettings)}
    key = {"version": VERSION, "source": context.train.key, "seed": context.seed, **stage}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(context.seed, "classifier initialisation"))
        for module in encoder.modules():
            if hasattr(module, "reset_parameters"):
                module.reset_parameters()
        probe = context.train.examples(torch.zeros(1, 1, dtype=torch.int64)).x[:, :1]
        classes = int(context.train.labels.max()) + 1
        classifier = nn.Linear(encoder(probe).shape[-1], classes).to(context.device)
    optimiser = torch.optim.SGD(
        [*encoder.parameters(), *classifier.parameters()],
        settings.classifier_learning_rate,
        momentum=MOMENTUM,
        weight_decay=settings.weight_decay,
    )

    def steps(done: int) -> Iterator[Progress]:
        encoder.train()
        for step in range(done, settings.classifier_steps):
            x, y = _images(context, settings, step)
            loss = F.cross_entropy(classifier(encoder(x)), y)
            rate = SCHEDULES[settings.classifier_schedule](step / settings.classifier_steps)
            optimiser.param_groups[0]["lr"] = settings.classifier_learning_rate * rate
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            yield Progress(step + 1, settings.classifier_steps, loss.item(), "training the classifier")

    training = context.artefacts.training("classifiers", key)
    yield from training.run(steps, encoder=encoder, classifier=classifier, optimiser=optimiser)
    encoder.eval()


def _images(context: Context, settings: ClassifierSettings, step: int) -> tuple[Tensor, Tensor]:
    """One step's images (n, c, h, w) and their labels (n,): every class equally likely, then every image of it."""
    source = context.train
    rng = np.random.default_rng(derive_seed(context.seed, "classifier batch", step))
    classes = torch.from_numpy(rng.integers(source.class_count, size=settings.classifier_batch))
    drawn = source.episodes(rng, len(classes), way=1, shot=1, queries=0, classes=classes.unsqueeze(1))
    x = drawn.task.support.x[:, 0]
    if settings.augmentation:
        generator = torch.Generator().manual_seed(derive_seed(context.seed, "classifier views", step))
        x = random_crops(x, generator) if source.mirror else random_strokes(x, generator)
    return x, source.labels[classes].to(x.device)
