"""Meta-Baseline: cosine to the support mean, on features trained from pixels for just that (Chen et al., ICCV 2021).

Stage 1 trains the network as a classifier of all meta-train classes; stage 2 trains it on episodes, by the
cross-entropy of temperature * cos(query feature, mean support feature) with a temperature that is learned too
(arXiv 2003.04390, Section 3). A new task takes one forward pass: no gradient, and no weights are made.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from methods.interface import Context, Examples, Method, Needs, Problem, Progress, Task
from methods.networks.conv4 import check_size
from methods.profiles import InputSizes
from methods.seeding import derive_seed
from methods.settings import above, at_least
from methods.support import class_means, cosine_logits
from methods.whole_class import MOMENTUM, PROFILES, ClassifierSettings, Encoder, fewer_steps, train_classifier

FIRST_TEMPERATURE = 10.0
LARGE = 64 * 64  # pixels of an image
MANY = 100  # support images of a task: 20 classes of five, of which four tasks still fit into a step
CLASSES = 64  # encoded together, and tasks validated together: bounds the memory


@dataclass(frozen=True)
class MetaBaselineSettings(ClassifierSettings):
    """Of both stages; the defaults are those published for mini-ImageNet."""

    steps: int = 4000  # of stage 2: 20 epochs of 200
    episodes_per_step: int = 4
    queries: int = 15  # per class
    learning_rate: float = 1e-3  # of SGD with momentum 0.9
    validations: int = 20  # the weights with the best accuracy on validation classes are kept, looked at so many times
    validation_episodes: int = 800

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, 1, "steps", "episodes_per_step", "queries", "validations", "validation_episodes")
        above(self, 0, "learning_rate")


class MetaBaseline(Method):
    """Compares images with support means, in features that are trained for that. Its inputs are images.

    Source: *Meta-Baseline: Exploring Simple Meta-Learning for Few-Shot Learning*, Chen et al., ICCV 2021,
    arXiv 2003.04390.
    """

    Hyperparameters = MetaBaselineSettings
    PROFILES: ClassVar = {
        "smoke": {**PROFILES["smoke"], "steps": 15, "queries": 5, "validations": 2, "validation_episodes": 50},
        "check": {**PROFILES["check"], "steps": 4, "queries": 5, "validations": 2, "validation_episodes": 20},
        "cpu": {**PROFILES["cpu"], "steps": 150, "queries": 5, "validations": 3},
    }
    needs = Needs(inputs="pixels")

    @classmethod
    def scaled(cls, settings: Any, profile: str, inputs: InputSizes) -> Any:
        """Fewer steps of both stages on large images, and large tasks one at a time."""
        settings = fewer_steps(settings, profile, inputs)
        if profile == "cpu" and inputs.pixels > LARGE:
            settings = replace(settings, steps=min(60, settings.steps))
        if profile == "cpu" and inputs.way * inputs.shot > MANY:
            settings = replace(settings, episodes_per_step=1)
        return settings

    def build(self, problem: Problem) -> None:
        check_size(problem.input_shape)
        self.network = CosineNetwork(problem.input_shape[0], self.hyperparameters.width)
        self.register_buffer("best", torch.tensor(-1.0))  # accuracy on validation classes of the weights that are kept

    def fit(self, context: Context) -> Iterator[Progress]:
        settings = self.hyperparameters
        yield from train_classifier(context, settings, self.network.encoder)
        live = copy.deepcopy(self.network)
        optimiser = torch.optim.SGD(
            live.parameters(), settings.learning_rate, momentum=MOMENTUM, weight_decay=settings.weight_decay
        )
        looks = {settings.steps * look // settings.validations for look in range(1, settings.validations + 1)}

        def steps(done: int) -> Iterator[Progress]:
            for step in range(done + 1, settings.steps + 1):
                loss = self._step(context, live, optimiser, step)
                if step in looks:
                    self._keep_if_better(context, live)
                yield Progress(step, settings.steps, loss)

        yield from context.training.run(steps, method=self, live=live, optimiser=optimiser)

    def _step(self, context: Context, live: CosineNetwork, optimiser: torch.optim.Optimizer, step: int) -> float:
        settings, problem = self.hyperparameters, context.problem
        rng = np.random.default_rng(derive_seed(context.seed, "meta-baseline tasks", step))
        episodes = context.train.episodes(
            rng, settings.episodes_per_step, way=problem.way, shot=problem.shot, queries=settings.queries
        )
        live.train()  # batch norm over all images of all episodes, as released
        logits = live(episodes.task, episodes.query)
        loss = F.cross_entropy(logits.flatten(0, 1), episodes.query.y.flatten())
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        return loss.item()

    def _keep_if_better(self, context: Context, live: CosineNetwork) -> None:
        accuracy = validation_accuracy(live.eval().encoder, context, self.hyperparameters)
        if accuracy > self.best:
            self.best.fill_(accuracy)
            self.network.load_state_dict(live.state_dict())

    def encode(self, x: Tensor) -> Tensor:
        return self.network.encoder(x)

    def adapt(self, task: Task) -> Tensor:
        return class_means(task, task.support.x)

    def predict(self, state: Tensor, query: Examples) -> Tensor:
        return cosine_logits(state, query.x, self.network.temperature)


class CosineNetwork(nn.Module):
    """The parameters of stage 2: an encoder and the temperature of its cosines."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.encoder = Encoder(channels, width)
        self.temperature = nn.Parameter(torch.tensor(FIRST_TEMPERATURE))

    def forward(self, task: Task, query: Examples) -> Tensor:
        """Logits (B, n, way); support and query images go through the encoder together."""
        border = task.support.x.shape[1]
        features = self.encoder(torch.cat([task.support.x, query.x], dim=1))
        return cosine_logits(class_means(task, features[:, :border]), features[:, border:], self.temperature)


@torch.no_grad()
def validation_accuracy(encoder: Encoder, context: Context, settings: MetaBaselineSettings) -> float:
    """Mean accuracy of cosine to the support mean on tasks of validation classes, always the same ones.

    Every image is encoded once, and the tasks are drawn from the features.
    """
    source, way, shot = context.validation, context.held_out.problem.way, context.problem.shot
    features, masks = [], []
    for classes in torch.arange(source.class_count).split(CLASSES):
        examples = source.examples(classes.unsqueeze(1))
        features.append(encoder(examples.x).cpu())
        masks.append(examples.real.cpu())
    features, masks = torch.cat(features), torch.cat(masks)  # (C, images, d) and (C, images)
    queries = min(settings.queries, int(masks.sum(1).min()) - shot)
    seed = derive_seed(context.seed, "meta-baseline validation")
    generator, rng = torch.Generator().manual_seed(seed), np.random.default_rng(seed)
    right = []
    for tasks in torch.arange(settings.validation_episodes).split(CLASSES):
        if source.widest < source.class_count:  # the classes of a task are of one domain, which the source knows
            classes = source.episodes(rng, len(tasks), way=way, shot=1, queries=0).classes.cpu()
        else:
            classes = torch.rand(len(tasks), len(features), generator=generator).argsort(-1)[:, :way]
        order = (
            torch.rand(*classes.shape, masks.shape[1], generator=generator).masked_fill(~masks[classes], 2).argsort(-1)
        )
        drawn = features[classes.unsqueeze(-1), order[..., : shot + queries]]
        query = drawn[:, :, shot:].flatten(1, 2)
        answers = cosine_logits(drawn[:, :, :shot].mean(2), query).argmax(-1)
        right.append(answers == torch.arange(way).repeat_interleave(queries))
    return torch.cat(right).float().mean().item()
