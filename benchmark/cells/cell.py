"""The unit of work: one suite setting x data set x method x seed, and the key that names its result."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from benchmark.bodies import architectures
from benchmark.bodies.recipe import Recipe
from benchmark.cells.class_vectors import ClassVectors
from benchmark.cells.descriptions import Description
from benchmark.cells.profiles import Profile
from benchmark.data.catalogue import Located
from benchmark.data.selection import Units, halves
from benchmark.data.transfer import Source, Target
from methods.errors import UserError, unknown

PROTOCOL = 1  # to be raised when the harness measures the same cell differently
ALL, SEEN, UNSEEN = "all", "seen", "unseen"  # classes that methods learn from: whether the body has seen them
CURVE_TASKS = 200  # at ten points, as many as for a result would take longer than meta-training
PLAIN = "plain"
OPEN_SET = "open-set"
CROSS_DOMAIN = "cross-domain"  # plain tasks of another data set
TASKS = (PLAIN, "imbalanced", "overlapping", OPEN_SET, CROSS_DOMAIN)  # see benchmark/tasks/hard.py


@dataclass(frozen=True)
class Transfer:
    """Meta-training on another data set, and how methods are told of classes that they have not seen."""

    source: Source
    way: int  # of meta-training tasks
    images: int  # of each class that a meta-training task learns from
    episodes: int  # that methods are evaluated on
    semantics: ClassVectors | None = None  # where class vectors are all there is

    @property
    def track(self) -> str:
        return "gradient-free" if self.semantics is None else "semantic"

    def check_semantics(self, target: Located) -> None:
        """UserError where a class of the source or of the target has no vector."""
        if self.semantics is not None:
            units = self.source.units()
            for data, numbers in (
                (self.source.data, np.concatenate([of.classes for of in units.values()])),
                (target, range(len(target.class_names()))),
            ):
                names = data.class_names()
                self.semantics.of([data.dataset.words(names[number]) for number in numbers])

    def key(self) -> dict[str, Any]:
        """What it adds to the key of a result."""
        return {
            "track": self.track,
            "source": self.source.data.dataset.name,
            "source_split": self.source.split,
            **self.source.data.split_key(self.source.split, "source_"),
            "source_fingerprint": self.source.data.fingerprint(),
            "source_way": self.way,
            "source_images": self.images,
            "left_out": self.source.left_out,
            **({} if self.semantics is None else {"semantics": self.semantics.key()}),
        }


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
    body_epochs: int | None = None  # of its pre-training; None: the profile's
    transfer: Transfer | None = None  # None: meta-training is on the data set's own training part
    tasks: str = PLAIN  # what the method is evaluated on, one of TASKS; it is meta-trained on plain ones
    training_classes: str = ALL  # else the body is trained on half of them, and methods on that half or on the other
    target: Target | None = None  # for CROSS_DOMAIN: what test tasks are drawn from
    study: str = ""  # one of the method's studies

    @property
    def learned_from(self) -> Located:
        """The data set that is meta-trained on."""
        return self.data if self.transfer is None else self.transfer.source.data

    @property
    def source_split(self) -> str:
        """The split of the data set that is meta-trained on."""
        return self.split if self.transfer is None else self.transfer.source.split

    @property
    def source_way(self) -> int:
        """The way of meta-training tasks."""
        return self.way if self.transfer is None else self.transfer.way

    @property
    def episodes(self) -> int:
        """Test episodes."""
        return self.profile.episodes if self.transfer is None else self.transfer.episodes

    @property
    def curve_tasks(self) -> int:
        """Validation tasks that a point of the learning curve is measured on."""
        return min(CURVE_TASKS, self.profile.episodes)

    def units(self) -> dict[str, Units]:
        """What tasks are drawn from: "train", "validation" and "test".

        Where another data set is meta-trained on, the first two are of that one, and "support" is the part of the data
        set that the test tasks' support images come from, their queries being of "test". Where there is a target,
        "test" is of that.
        """
        units = self._units()
        if self.training_classes != ALL:
            seen, unseen = halves(units["train"], self.seed)
            units["train"] = seen if self.training_classes == SEEN else unseen
        return units

    def body_units(self) -> Units:
        """What the body is trained on."""
        train = self._units()["train"]
        return train if self.training_classes == ALL else halves(train, self.seed)[0]

    def _units(self) -> dict[str, Units]:
        own = self.data.units(self.split)
        if self.target is not None:
            return {**own, "test": self.target.units()}
        if self.transfer is None:
            return {**own}
        return {**self.transfer.source.units(), "support": own["train"], "test": own["test"]}

    def home(self, part: str) -> tuple[Located, str]:
        """The data set and the split that a part of `units` is of."""
        if part in ("train", "validation"):
            return self.learned_from, self.source_split
        if part == "test" and self.target is not None:
            return self.target.data, self.target.split
        return self.data, self.split

    def extent(self) -> dict[str, Any]:
        """How much there is of the published data sets, for records: see `Located.extent`."""
        units = self.units()
        if self.target is not None:
            tested_on = self.target.data.extent(self.target.split, {"test": units.pop("test")})
            return {
                **self.data.extent(self.split, units),
                "target": {"dataset": self.target.data.dataset.name, **tested_on},
            }
        if self.transfer is None:
            return self.data.extent(self.split, units)
        source = self.transfer.source
        own = {part: units.pop(part) for part in ("support", "test")}
        learned_from = {"dataset": source.data.dataset.name, **source.data.extent(source.split, units)}
        return {**self.data.extent(self.split, own), "source": learned_from}

    def images(self, part: str) -> int:
        """How many images of a class a task of a part takes."""
        support = self.shot if part != "test" or self.transfer is None else 0
        return support + (self.profile.queries if part != "support" else 0)

    @property
    def recipe(self) -> Recipe:
        """How the body is pre-trained."""
        recipe = self.profile.recipe(self.learned_from.dataset.kind, self.architecture)
        return recipe if self.body_epochs is None else replace(recipe, epochs=self.body_epochs)

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
            **self.data.split_key(self.split),
            "data_fingerprint": self.data.fingerprint(),
            "way": self.way,
            "shot": self.shot,
            "queries": self.profile.queries,
            "episodes": self.episodes,
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
            **({"curve": self.curve, "curve_tasks": self.curve_tasks} if self.curve else {}),
            **({} if self.transfer is None else self.transfer.key()),
            **({"training_classes": self.training_classes} if self.training_classes != ALL else {}),
            **({"tasks": self.tasks} if self.tasks != PLAIN else {}),
            **({} if self.target is None else self.target.key()),
            **({"study": self.study} if self.study else {}),
        }

    def __str__(self) -> str:
        changes = ", ".join(f"{name}={value}" for name, value in self.changes.items())
        body = "" if self.architecture == architectures.DEFAULT else f" {self.architecture}"
        body += "" if self.body_epochs is None else f" (body of {self.body_epochs} epochs)"
        source = "" if self.transfer is None else f" from {self.learned_from.dataset.name}"
        split = f" ({self.split})" if self.split in self.data.dataset.domains else ""
        setting = f"{self.data.dataset.name}{split}{source}{body} {self.way}-way {self.shot}-shot seed {self.seed}"
        kind = "" if self.tasks == PLAIN else f" {self.tasks}"
        kind += "" if self.target is None else f" ({self.target.data.dataset.name})"
        kind += "" if self.training_classes == ALL else f" (training classes {self.training_classes} by the body)"
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
    except (ValueError, LookupError, TypeError) as error:
        raise UserError(f"{name} must be like {default!r} ({type(default).__name__}), not {value!r}.") from error
