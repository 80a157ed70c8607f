"""MAML: an initialisation from which few gradient steps fit a task, through learn2learn (Finn et al., ICML 2017).

Learns the whole network from pixels. Cloning it, stepping on the clone and differentiating through the steps is
learn2learn's; what is here puts its learner behind the contract of a method. Tasks are handled one after the other,
as the library does it.

Batch normalisation has no running statistics: the queries of a task are normalised by their own, as published, which
makes an answer depend on the task's other queries, or by those of the support set (`transductive`).
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from methods.errors import UserError
from methods.interface import Context, Episodes, Examples, Method, Needs, Problem, Progress, Task
from methods.networks.conv4 import Conv4, check_size
from methods.seeding import derive_seed


@dataclass(frozen=True)
class MamlSettings:
    """A value of 0 stands for the published one for the task's number of classes (see `published`)."""

    inner_steps: int = 0
    inner_learning_rate: float = 0.0
    evaluation_steps: int = 0  # inner steps on a new task
    tasks_per_step: int = 0
    steps: int = 60_000
    learning_rate: float = 1e-3
    first_order: bool = False  # leave out the derivative of the inner steps
    width: int = 64  # channels of every layer
    transductive: bool = True  # normalise a task's queries with each other; else by the support set's statistics

    def __post_init__(self) -> None:
        for name in ("inner_steps", "inner_learning_rate", "evaluation_steps", "tasks_per_step"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be above 0, or 0 for the published value, not {getattr(self, name)}")
        for name in ("steps", "learning_rate", "width"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be above 0, not {getattr(self, name)}")


def published(way: int) -> dict[str, int | float]:
    """The paper's settings for Omniglot (appendix A.1), of 5-way tasks up to ten classes and of 20-way tasks above.

    Given for every data set; `docs/methods/maml.md` has the paper's for mini-ImageNet.
    """
    if way <= 10:
        return {"inner_steps": 1, "inner_learning_rate": 0.4, "evaluation_steps": 3, "tasks_per_step": 32}
    return {"inner_steps": 5, "inner_learning_rate": 0.1, "evaluation_steps": 5, "tasks_per_step": 16}


class Maml(Method):
    """Trains a network on each task, from an initialisation learned through these steps. Its inputs are images.

    Source: *Model-Agnostic Meta-Learning for Fast Adaptation of Deep Networks*, Finn, Abbeel, Levine, ICML 2017,
    arXiv 1703.03400. `build` needs learn2learn.
    """

    Hyperparameters = MamlSettings
    PROFILES: ClassVar = {
        "smoke": {"steps": 80, "tasks_per_step": 4, "width": 16, "evaluation_steps": 1},
        # One inner step also where there are many classes: five cost five times as much, and had learned less by then.
        "cpu": {
            "steps": 1000,
            "tasks_per_step": 4,
            "width": 32,
            "inner_steps": 1,
            "inner_learning_rate": 0.4,
            "evaluation_steps": 3,
        },
    }
    # The classifier's rows start differently, and each belongs to a class slot.
    needs = Needs(inputs="pixels", gradients=True, equivariant=False)
    any_way = False
    requires: ClassVar = {
        # The extra has what its import needs; its other dependencies, which nothing here uses, hold numpy below 2.
        "learn2learn": "pip install 'ltdi-bench[learn2learn]' && "
        "pip install --no-deps --config-settings=--build-option=build_ext learn2learn"
    }

    def __init__(self, hyperparameters: MamlSettings | None = None) -> None:
        super().__init__(hyperparameters)
        self.needs = replace(self.needs, transductive=self.hyperparameters.transductive)

    def build(self, problem: Problem) -> None:
        check_size(problem.input_shape)
        chosen = {
            name: value for name, value in asdict(self.hyperparameters).items() if value or isinstance(value, bool)
        }
        self.settings = MamlSettings(**{**published(problem.way), **chosen})
        self.learner = _learn2learn().algorithms.MAML(
            _network(problem, self.settings.width), self.settings.inner_learning_rate, self.settings.first_order
        )

    def fit(self, context: Context) -> Iterator[Progress]:
        settings, problem = self.settings, context.problem
        optimiser = torch.optim.Adam(self.learner.parameters(), settings.learning_rate)
        size = {"way": problem.way, "shot": problem.shot, "queries": problem.shot}

        def steps(done: int) -> Iterator[Progress]:
            for step in range(done + 1, settings.steps + 1):
                rng = np.random.default_rng(derive_seed(context.seed, "maml tasks", step))
                episodes = context.train.episodes(rng, settings.tasks_per_step, **size)
                optimiser.zero_grad()
                loss = sum(self._add_gradient(episodes, b) for b in range(settings.tasks_per_step))
                optimiser.step()
                yield Progress(step, settings.steps, loss)

        yield from context.training.run(steps, learner=self.learner, optimiser=optimiser)

    def adapt(self, task: Task) -> list[nn.Module]:
        """One network per task, fitted to its support set."""
        return [self._fitted(task.support, b) for b in range(len(task.seeds))]

    def predict(self, state: list[nn.Module], query: Examples) -> Tensor:
        return torch.stack([network(x) for network, x in zip(state, query.x, strict=True)])

    def _add_gradient(self, episodes: Episodes, b: int) -> float:
        """Of task b's share of the query loss, which it returns; task by task, so that one graph is held at a time."""
        learner = self.learner.clone()
        _descend(learner, episodes.task.support, b, self.settings.inner_steps)
        loss = F.cross_entropy(learner(episodes.query.x[b]), episodes.query.y[b]) / self.settings.tasks_per_step
        loss.backward()
        return loss.item()

    def _fitted(self, support: Examples, b: int) -> nn.Module:
        learner = self.learner.clone(first_order=True)  # nothing is differentiated through these steps
        with torch.enable_grad():
            learner.requires_grad_()
            _descend(learner, support, b, self.settings.evaluation_steps)
        _learn2learn().detach_module(learner)
        if not self.settings.transductive:
            _keep_statistics(learner, _examples(support, b)[0])
        return learner


def _descend(learner: Any, support: Examples, b: int, steps: int) -> None:
    """Fit a clone to the support set of task b."""
    x, y = _examples(support, b)
    for _ in range(steps):
        learner.adapt(F.cross_entropy(learner(x), y))


def _examples(support: Examples, b: int) -> tuple[Tensor, Tensor]:
    """Images and labels of task b, without padding."""
    real = support.real[b]
    return support.x[b][real], support.y[b][real]


def _keep_statistics(learner: nn.Module, x: Tensor) -> None:
    """Normalise from now on by the statistics of images x. Not kept before: clones share their buffers."""
    for module in learner.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean, module.running_var = x.new_zeros(module.num_features), x.new_ones(module.num_features)
            module.momentum, module.track_running_stats = 1.0, True
    learner.train()(x)
    learner.eval()


def _network(problem: Problem, width: int) -> nn.Sequential:
    """Conv4 that normalises by the statistics of each batch, and a linear classifier."""
    channels, height, wide = problem.input_shape
    body = Conv4(channels, width)
    for module in body.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean = module.running_var = module.num_batches_tracked = None
            module.track_running_stats = False
    return nn.Sequential(body, nn.Linear(width * (height // 16) * (wide // 16), problem.way))


def _learn2learn() -> Any:
    """The library. On import it prints that gym, which its reinforcement learning uses, is out of date."""
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            import learn2learn
    except ImportError as error:
        raise UserError(f"maml needs learn2learn, which is installed but cannot be imported: {error}") from error
    return learn2learn
