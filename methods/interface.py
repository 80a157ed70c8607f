"""The contract between a method and whatever runs it.

Shapes use B for tasks handled at once, n for examples of a task, `way` for its classes. A class of a task is
known by its slot, 0 to way - 1; which slot a class gets is random, so nothing can be learned about a slot.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, Protocol, get_args, runtime_checkable

import numpy as np
import torch
from torch import Tensor, nn

from methods.errors import unknown
from methods.heads import Head
from methods.profiles import PROFILE_NAMES, InputSizes
from methods.seeding import normal


@dataclass(frozen=True)
class Examples:
    """Examples of B tasks, padded to the same number n.

    There is no mask where no row is padding, so whoever reads examples of another's making reads `real`, which is
    always there.
    """

    x: Tensor  # (B, n, *input_shape)
    y: Tensor | None = None  # (B, n) class slots, int64; None where labels are hidden
    mask: Tensor | None = None  # (B, n) bool, False where a row is padding; None if no row is

    @property
    def real(self) -> Tensor:
        """(B, n) bool, True where a row is an example and False where it is padding."""
        if self.mask is not None:
            return self.mask
        return torch.ones(self.x.shape[:2], dtype=torch.bool, device=self.x.device)

    def without_labels(self) -> Examples:
        return replace(self, y=None)

    def changed(self, change: Callable[[Tensor], Tensor]) -> Examples:
        """The same change of every tensor that is there, such as the choice of some tasks."""
        return Examples(*(None if each is None else change(each) for each in (self.x, self.y, self.mask)))


@dataclass(frozen=True)
class Task:
    """What a method may know of B tasks before it sees their queries."""

    support: Examples | None  # None where there are no images (shot 0)
    class_mask: Tensor  # (B, way) bool, False for slots that a task with fewer classes leaves empty
    seeds: Tensor  # (B,) int64, one per task: the batch a task comes in never changes its answer
    semantics: Tensor | None = None  # (B, way, s) class vectors, for methods conditioned on them
    identities: Tensor | None = None  # (B, way) int64 class numbers, for methods that may know them

    @property
    def way(self) -> int:
        return self.class_mask.shape[1]

    def normal(self, *shape: int, stream: int = 0) -> Tensor:
        """Standard normal noise (B, *shape) that depends on each task's own seed only."""
        return normal(self.seeds, *shape, stream=stream)


@dataclass(frozen=True)
class Episodes:
    """B tasks with their queries, and which classes of the source they are made of."""

    task: Task
    query: Examples
    classes: Tensor  # (B, way) int64, class numbers of the source


class TaskSource(Protocol):
    """Classes to draw tasks from: the meta-train or the meta-validation ones, never the meta-test ones."""

    key: str  # changes with the data, the body and the views; part of the key of what is prepared from it
    class_count: int
    largest: int  # the most images that `examples` gives of a class
    widest: int  # the most classes that a task can have
    labels: Tensor  # (class_count,) int64, from 0: equal for what is one class in two domains, else all different
    views: int  # how many augmented versions of each image there are; version 0 is the image itself
    mirror: bool  # whether a mirrored image shows the same class

    def episodes(
        self,
        rng: np.random.Generator,
        tasks: int,
        *,
        way: int,
        shot: int,
        queries: int,
        classes: Tensor | None = None,
    ) -> Episodes:
        """Draw tasks; given `classes` (tasks, way), only the images are drawn.

        Tasks of meta-validation classes have all classes there are, where these are fewer than `way`.
        """
        ...

    def examples(self, classes: Tensor, view: int = 0) -> Examples:
        """Every image of B x way classes: x is (B, way * images, *input_shape), labelled with class slots.

        Classes with fewer images than others are padded, each of them at its end: see `Examples.real`.
        """
        ...


@dataclass(frozen=True)
class Progress:
    """One report of a running `fit`; the harness clocks, and stops a method whose loss is not finite."""

    step: int
    steps: int
    loss: float
    phase: str = "meta-training"


class Stateful(Protocol):
    """A module, an optimiser, or anything else that can be kept and loaded."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state_dict: dict[str, Any]) -> Any: ...


class Training(Protocol):
    """A training that an interruption does not send back to its beginning."""

    def run(self, steps: Callable[[int], Iterator[Progress]], **parts: Stateful) -> Iterator[Progress]:
        """Hand on the progress of `steps(done)`, keeping the state of the parts from time to time.

        After an interruption the parts are loaded and `done` is the number of steps behind them, else 0. The result is
        that of an undisturbed run if a step depends on nothing but the parts and its number: draw its random
        numbers from `derive_seed(seed, purpose, step)`.
        """
        ...


class Uninterrupted:
    """A `Training` that keeps nothing."""

    def run(self, steps: Callable[[int], Iterator[Progress]], **parts: Stateful) -> Iterator[Progress]:
        yield from steps(0)


class ArtefactStore(Protocol):
    """What is made once per key and shared by all methods and settings that ask with the same key."""

    def tensors(
        self, kind: str, key: Mapping[str, Any], make: Callable[[], dict[str, Tensor]]
    ) -> dict[str, Tensor]: ...

    def training(self, kind: str, key: Mapping[str, Any]) -> Training:
        """A training whose end is kept too: run again, it loads the parts and has no steps left."""
        ...


@dataclass(frozen=True)
class Problem:
    """The shape of what is asked for; fixed before a method builds its networks."""

    way: int
    shot: int
    input_shape: tuple[int, ...]  # of one example: (features,) or (channels, height, width)
    head: Head | None = None  # the network whose weights are wanted, where the inputs are features
    semantics: int | None = None  # length of class vectors, where tasks come with them
    class_count: int | None = None  # how many classes there are in all, where tasks say which ones theirs are


@dataclass(frozen=True)
class Context:
    """Everything a method may learn from."""

    problem: Problem
    train: TaskSource
    validation: TaskSource
    seed: int
    device: torch.device
    artefacts: ArtefactStore
    training: Training = field(default_factory=Uninterrupted)  # of this method in this setting, for a long `fit`

    @property
    def held_out(self) -> Context:
        """The same with meta-validation classes in place of the meta-train ones, and tasks no wider than these are."""
        problem = self.problem
        way = min(problem.way, self.validation.widest)
        head = problem.head and replace(problem.head, way=way)
        return replace(self, train=self.validation, problem=replace(problem, way=way, head=head))


@dataclass(frozen=True)
class Study:
    """What a closer look at a fitted method found; see `methods.studies`."""

    summary: Mapping[str, float]  # joins the diagnostics of the record
    series: Mapping[str, list[float]] = field(default_factory=dict)  # one number per task, or per step


InputKind = Literal["features", "pixels"]
Condition = Literal["support", "semantics", "identities"]


@dataclass(frozen=True)
class Needs:
    """What a method has to be given, and what it assumes; shown in every table where it matters.

    UserError for an `inputs` or a `condition` that there is not.
    """

    inputs: InputKind = "features"  # of the frozen body, or pixels
    condition: Condition = "support"  # what a task is known by: support images, or vectors or numbers of its classes
    transductive: bool = False  # a query's answer depends on the other queries of its task
    gradients: bool = False  # adapts by gradients of a loss on the support set
    ignores_support: bool = False  # answers without looking at the support set: chance is all it can reach
    equivariant: bool = True  # permuting a task's classes permutes the logits, and changes nothing else

    def __post_init__(self) -> None:
        for name, allowed in (("inputs", InputKind), ("condition", Condition)):
            if getattr(self, name) not in get_args(allowed):
                raise unknown(f"Needs.{name}", getattr(self, name), get_args(allowed))


class Method(nn.Module, ABC):
    """One way to get from a few labelled images to a classifier.

    A subclass says what it is in class attributes, builds its networks in `build`, learns in `fit`, and answers
    through `adapt` and `predict`. Being a module, its parameters and buffers are its checkpoint.
    """

    @dataclass(frozen=True)
    class Hyperparameters:
        """Overridden by methods that have any: a frozen dataclass, whole part of a record's key."""

    # Differences of a profile from the defaults of `Hyperparameters`, by the profile's name: see `methods.profiles`.
    # Without a "check" of its own, a method has that of "smoke".
    PROFILES: ClassVar[Mapping[str, Mapping[str, Any]]] = {}
    needs: Needs = Needs()  # an instance may narrow it where its hyper-parameters decide
    generates_weights: ClassVar[bool] = False
    version: ClassVar[int] = 1  # raise it when the same hyper-parameters give other results
    # Packages that the method needs beyond the project's own ones, and the commands that install them. They are
    # imported in `build` at the earliest: what a method says of itself can be read without them.
    requires: ClassVar[Mapping[str, str]] = {}

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for profile in cls.PROFILES:
            _check_profile(profile)

    def __init__(self, hyperparameters: Any = None) -> None:
        super().__init__()
        self.hyperparameters = self.Hyperparameters() if hyperparameters is None else hyperparameters

    @classmethod
    def for_profile(cls, profile: str, **changes: Any) -> Any:
        """The hyper-parameters of a profile, with some of them changed.

        UserError for a profile that there is not, TypeError for an unknown name among the changes, ValueError for a
        value that the method does not allow.
        """
        _check_profile(profile)
        if profile == "check" and profile not in cls.PROFILES:
            profile = "smoke"
        return cls.Hyperparameters(**{**cls.PROFILES.get(profile, {}), **changes})

    @classmethod
    def scaled(cls, settings: Any, profile: str, inputs: InputSizes) -> Any:
        """The hyper-parameters of a profile for inputs of this size; by default those that it has for any.

        Overridden by methods that would otherwise take far longer on large inputs than the profile promises. What the
        user sets is set afterwards. Must depend on its arguments alone, since a run keeps the answer.
        """
        return settings

    def build(self, problem: Problem) -> None:
        """Create networks and buffers of the right shapes; called once, before `fit` or loading.

        ValueError, in one line, for a problem that the hyper-parameters do not suit: a run builds every method before
        it begins, and then says so.
        """

    def fit(self, context: Context) -> Iterator[Progress]:
        """Meta-train, yielding often: between yields the harness clocks, draws progress and checks."""
        yield from ()

    def diagnostics(self, context: Context) -> Mapping[str, float]:
        """What the record should say of the fitted method beside its accuracy; measured on validation classes."""
        return {}

    def encode(self, x: Tensor) -> Tensor:
        """InputSizes (n, *input_shape) as `adapt` and `predict` are to get them, (n, *shape): each on its own.

        Overridden by methods with an encoder that no task changes. The harness then encodes an image once for all
        tasks that it is in; the clock counts it in each.
        """
        return x

    @abstractmethod
    def adapt(self, task: Task) -> Any:
        """From the support set to the classifiers of B tasks; timed per task."""

    @abstractmethod
    def predict(self, state: Any, query: Examples) -> Tensor:
        """Logits (B, n, way) for unlabelled queries; timed per query."""


def _check_profile(name: str) -> None:
    if name not in PROFILE_NAMES:
        raise unknown("profile", name, PROFILE_NAMES)


@runtime_checkable
class Traced(Protocol):
    """A method that generates a head step by step, and can be watched doing so."""

    def chain(self, task: Task) -> Tensor:
        """Weights (B, steps + 1, head.size) on the way from noise to those that `adapt` gives."""

    def optimisation(self, context: Context, source: TaskSource, classes: Tensor) -> Tensor:
        """Weights (B, steps + 1, head.size) while heads are trained on classes (B, way), as those were that the
        method learned from."""
