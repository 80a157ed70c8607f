"""The unit of work: one suite setting x data set x method x seed, and the key that names its result."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from benchmark.bodies import architectures
from benchmark.bodies.recipe import Recipe
from benchmark.cells.descriptions import Description
from benchmark.cells.profiles import Profile
from benchmark.cells.scenarios.scenario import Origin, Scenario
from benchmark.cells.scenarios.within import Within
from benchmark.data.catalogue import Located
from benchmark.system.keys import compact, digest
from benchmark.tasks.kinds import PLAIN
from methods.errors import UserError, unknown
from methods.extensions import label
from methods.profiles import InputSizes

PROTOCOL = 1  # to be raised when the harness measures the same cell differently
CURVE_TASKS = 200  # at ten points, as many as for a result would take longer than meta-training


@dataclass(frozen=True)
class Cell:
    """One cell: a method on one data set, setting and seed."""

    suite: str
    data: Located
    split: str
    way: int
    shot: int
    method: Description
    seed: int
    profile: Profile
    settings_profile: str | None = None  # that the hyper-parameters are of; None: the same
    changes: Mapping[str, Any] = field(default_factory=dict)  # hyper-parameters that the suite or the user changes
    part: str = "test"  # the classes that the method is evaluated on
    curve: int = 0  # points of a learning curve on validation classes
    architecture: str = architectures.DEFAULT  # of the body
    body_epochs: int | None = None  # of its pre-training; None: the profile's
    scenario: Scenario = field(default_factory=Within)  # what tasks are drawn from
    tasks: str = PLAIN  # the kind of tasks that the method is evaluated on; it is meta-trained on plain ones
    study: str = ""  # one of `methods.studies`

    @property
    def learned_from(self) -> Located:
        """The data set that is meta-trained on."""
        return self.scenario.learned_from(self.data)

    @property
    def source_way(self) -> int:
        """The way of meta-training tasks."""
        return self.scenario.source_way(self.way)

    @property
    def episodes(self) -> int:
        """Test episodes."""
        return self.scenario.episodes(self.profile)

    @property
    def curve_tasks(self) -> int:
        """Validation tasks that a point of the learning curve is measured on."""
        return min(CURVE_TASKS, self.profile.episodes)

    @cached_property
    def origins(self) -> Mapping[str, Origin]:
        """The origins of the images of each part; see `Scenario.origins`."""
        return self.scenario.origins(self.data, self.split, self.seed)

    def images(self, part: str) -> int:
        """The number of images of a class that a task of a part takes."""
        support = 0 if part == "test" and "support" in self.origins else self.shot
        return support + (self.profile.queries if part != "support" else 0)

    @property
    def recipe(self) -> Recipe:
        """The recipe of the body's pre-training."""
        recipe = self.profile.recipe(self.learned_from.dataset.kind, self.architecture)
        return recipe if self.body_epochs is None else replace(recipe, epochs=self.body_epochs)

    @property
    def input_sizes(self) -> InputSizes:
        """The sizes of the inputs, for `Method.scaled`."""
        shape = self.scenario.image_shape(self.data)
        height, width, channels = shape if len(shape) == 3 else (0, 0, 0)
        features = architectures.features(self.recipe, shape)
        return InputSizes((height, width, channels), features, self.source_way, self.shot)

    @property
    def hyperparameters(self) -> dict[str, Any]:
        """The method's own for these inputs, with this cell's changes; UserError for unknown or wrong ones."""
        settings = self.method.scaled(self.settings_profile or self.profile.name, self.input_sizes)
        for name, value in self.changes.items():
            if not settings:
                raise UserError(f"{self.method.label} has no hyper-parameters to change; leave out {name!r}.")
            if name not in settings:
                raise unknown(f"hyper-parameter of {self.method.label}", name, settings)
            settings[name] = _like(settings[name], value, f"{self.method.label}.{name}")
        return settings

    def key(self) -> dict[str, Any]:
        """Everything that determines the result."""
        return dict(self._key)

    @cached_property
    def _key(self) -> dict[str, Any]:
        return compact(
            "record",
            {
                "protocol": PROTOCOL,
                "suite": self.suite,
                "dataset": self.data.dataset.name,
                "split": self.split,
                **self.data.split_key(self.split),
                "data_fingerprint": self.data.fingerprint(),
                "way": self.way,
                "shot": self.shot,
                "queries": self.profile.queries,
                "episodes": self.episodes,
                "method": self.method.label,
                "method_version": self.method.version,
                "method_source": self.method.source,
                "hyperparameters": self.hyperparameters,
                "seed": self.seed,
                "profile": self.profile.name,
                "body": self.recipe.key(),
                "views": self.profile.views,
                "head_hidden": self.profile.head_hidden,
                "part": self.part,
                "curve": self.curve,
                "curve_tasks": self.curve_tasks if self.curve else None,
                "tasks": self.tasks,
                "study": self.study,
                **self.scenario.key(),
            },
        )

    @cached_property
    def digest(self) -> str:
        """The hash of the key."""
        return digest(self._key)

    def __str__(self) -> str:
        split = f" ({self.split})" if self.split in self.data.dataset.domains else ""
        body = "" if self.architecture == architectures.DEFAULT else f" {label(self.architecture)}"
        body += "" if self.body_epochs is None else f" (body of {self.body_epochs} epochs)"
        kind = "" if self.tasks == PLAIN else f" {self.tasks}"
        setting = f"{body} {self.way}-way {self.shot}-shot seed {self.seed}{kind}{self.scenario.label()}"
        changes = ", ".join(f"{name}={value}" for name, value in self.changes.items())
        method = self.method.label + (f" ({changes})" if changes else "")
        return f"{self.data.dataset.name}{split}{setting} {method}"


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
    except (ValueError, LookupError, TypeError) as error:
        raise UserError(f"{name} must be like {default!r} ({type(default).__name__}), not {value!r}.") from error
