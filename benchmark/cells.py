"""The unit of work: one suite setting x data set x method x seed, and the key that names its result."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmark.bodies import architectures
from benchmark.bodies.recipe import Recipe
from benchmark.data.catalogue import Located
from benchmark.descriptions import Description
from benchmark.profiles import Profile
from methods.errors import UserError, unknown

PROTOCOL = 1  # to be raised when the harness measures the same cell differently
PLAIN = "plain"
TASKS = (PLAIN, "imbalanced", "overlapping", "open-set")  # see benchmark/hard_tasks.py


@dataclass(frozen=True)
class Cell:
    """What is to be measured."""

    suite: str
    data: Located
    split: str
    way: int
    shot: int
    method: Description
    seed: int
    profile: Profile
    changes: Mapping[str, Any] = field(default_factory=dict)  # hyper-parameters that differ from the profile's
    part: str = "test"  # the classes that the method is evaluated on
    curve: int = 0  # points of a learning curve on validation classes
    architecture: str = architectures.DEFAULT  # of the body
    tasks: str = PLAIN  # what the method is evaluated on, one of TASKS; it is meta-trained on plain ones
    study: str = ""  # one of the method's studies

    @property
    def recipe(self) -> Recipe:
        """How the body is pre-trained."""
        return self.profile.recipe(self.data.dataset.kind, self.architecture)

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """The method's settings of the profile, with this cell's changes; UserError for unknown or wrong ones."""
        settings = dict(self.method.hyperparameters[self.profile.name])
        for name, value in self.changes.items():
            if not settings:
                raise UserError(f"{self.method.label} has no hyper-parameters to change; leave out {name!r}.")
            if name not in settings:
                raise unknown(f"hyper-parameter of {self.method.label}", name, settings)
            settings[name] = _like(settings[name], value, f"{self.method.label}.{name}")
        return settings

    def key(self) -> dict[str, Any]:
        """Everything that determines the result."""
        return {
            "protocol": PROTOCOL,
            "suite": self.suite,
            "dataset": self.data.dataset.name,
            "split": self.split,
            "data_fingerprint": self.data.fingerprint(),
            "way": self.way,
            "shot": self.shot,
            "queries": self.profile.queries,
            "episodes": self.profile.episodes,
            "method": self.method.label,
            "method_version": self.method.version,
            "hyperparameters": self.hyperparameters,
            "seed": self.seed,
            "profile": self.profile.name,
            "body": self.recipe.key(),
            "views": self.profile.views,
            "head_hidden": self.profile.head_hidden,
            **({} if self.method.source is None else {"method_source": self.method.source}),
            **({} if self.part == "test" else {"part": self.part}),
            **({"curve": self.curve} if self.curve else {}),
            **({"tasks": self.tasks} if self.tasks != PLAIN else {}),
            **({"study": self.study} if self.study else {}),
        }

    def __str__(self) -> str:
        changes = ", ".join(f"{name}={value}" for name, value in self.changes.items())
        body = "" if self.architecture == architectures.DEFAULT else f" {self.architecture}"
        setting = f"{self.data.dataset.name}{body} {self.way}-way {self.shot}-shot seed {self.seed}"
        kind = "" if self.tasks == PLAIN else f" {self.tasks}"
        return f"{setting}{kind} {self.method.label}" + (f" ({changes})" if changes else "")


def _like(default: Any, value: Any, name: str) -> Any:
    """A value (text, where it comes from the command line) in the type of the default."""
    try:
        if isinstance(default, bool):
            return {"true": True, "false": False}[str(value).lower()]
        if isinstance(default, list):
            items = value.split("+") if isinstance(value, str) else value
            return [type(default[0])(item) for item in items]
        typed = type(default)(value)
        if isinstance(typed, float) and not math.isfinite(typed):
            raise ValueError(value)
        return typed
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{name} must be like {default!r} ({type(default).__name__}), not {value!r}.") from error
