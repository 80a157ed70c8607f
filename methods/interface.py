"""The contract between a method and whatever runs it; `methods.tasks`, which it includes, has what methods see.

Shapes use B for tasks handled at once, n for examples of a task, `way` for its classes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, Protocol, get_args, runtime_checkable

import torch
from torch import Tensor, nn

from methods import given
from methods.errors import UserError, unknown
from methods.heads import Head
from methods.profiles import PROFILE_NAMES, InputSizes
from methods.tasks import Episodes, Examples, Task, TaskSource

__all__ = [
    "ArtefactStore",
    "Context",
    "Episodes",
    "Examples",
    "Method",
    "Needs",
    "Problem",
    "Progress",
    "Stateful",
    "Study",
    "Task",
    "TaskSource",
    "Traced",
    "Training",
    "Uninterrupted",
    "Unshared",
]


CPU = torch.device("cpu")


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
    """Artefacts that are made once per key and shared by all methods and settings that ask with the same key."""

    def tensors(
        self, kind: str, key: Mapping[str, Any], make: Callable[[], dict[str, Tensor]]
    ) -> dict[str, Tensor]: ...

    def training(self, kind: str, key: Mapping[str, Any]) -> Training:
        """A training whose end is kept too: run again, it loads the parts and has no steps left."""
        ...


class Unshared:
    """An `ArtefactStore` that keeps nothing: whatever is asked for is made."""

    def tensors(self, kind: str, key: Mapping[str, Any], make: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
        return make()

    def training(self, kind: str, key: Mapping[str, Any]) -> Training:
        return Uninterrupted()


@dataclass(frozen=True)
class Problem:
    """The shape of what is asked for; fixed before a method builds its networks."""

    way: int
    shot: int
    input_shape: tuple[int, ...]  # of one example: (features,) or (channels, height, width)
    hidden: int = 64  # hidden units of the head whose weights are wanted, where the inputs are features
    semantics: int | None = None  # length of class vectors, where tasks come with them
    class_count: int | None = None  # how many classes there are in all, where tasks say which ones theirs are

    @property
    def head(self) -> Head:
        """The network whose weights are wanted; ValueError where the inputs are no features."""
        if len(self.input_shape) != 1:
            raise ValueError(f"heads are for features, not for inputs of shape {self.input_shape}")
        return Head(self.input_shape[0], self.hidden, self.way)


@dataclass(frozen=True)
class Context:
    """Everything a method may learn from."""

    problem: Problem
    train: TaskSource
    validation: TaskSource
    seed: int = 0
    device: torch.device = CPU
    artefacts: ArtefactStore = field(default_factory=Unshared)
    training: Training = field(default_factory=Uninterrupted)  # of this method in this setting, for a long `fit`

    @property
    def held_out(self) -> Context:
        """The same with meta-validation classes in place of the meta-train ones, and tasks no wider than these are."""
        way = min(self.problem.way, self.validation.widest)
        return replace(self, train=self.validation, problem=replace(self.problem, way=way))


@dataclass(frozen=True)
class Study:
    """The result of a closer look at a fitted method; see `methods.studies`."""

    summary: Mapping[str, float]  # joins the diagnostics of the record
    series: Mapping[str, list[float]] = field(default_factory=dict)  # one number per task, or per step


InputKind = Literal["features", "pixels"]
Condition = Literal["support", "semantics", "identities"]


@dataclass(frozen=True)
class Needs:
    """The needs and assumptions of a method; tables show them where they matter.

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
    any_way: ClassVar[bool] = True  # whether it answers tasks with more or fewer classes than those it was trained on
    problem: Problem | None = None  # what `methods.train` has trained it for

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        for profile in cls.PROFILES:
            _check_profile(profile)

    def __init__(self, hyperparameters: Any = None) -> None:
        super().__init__()
        self.has_own_settings = hyperparameters is not None
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
        """Numbers about the fitted method for its record besides the accuracy, measured on validation classes."""
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

    @torch.no_grad()
    def classify(
        self, query_x: Any, support_x: Any = None, support_y: Any = None, *, class_vectors: Any = None, seed: int = 0
    ) -> Tensor:
        """Logits (m, way) of the queries of one task, or (B, m, way) of B tasks; on the device of the queries.

        Args:
            query_x: (m, *input_shape) numbers; with several tasks, this and all others have a leading dimension B.
            support_x: (n, *input_shape) numbers.
            support_y: (n,) integers that number the classes of the task 0, 1, 2 and so on.
            class_vectors: (way, s) numbers in place of the support, where `needs.condition` is "semantics".
            seed: of the noise that a generated classifier starts from.

        Raises:
            UserError: shapes or values do not fit each other, or what the method was trained for.
        """
        task, alone = self._given_task(support_x, support_y, class_vectors, seed)
        query = given.queries(query_x, len(task.seeds), alone=alone)
        logits = self.predict(self.adapt(task), self._encoded(query)).to(query.x.device)
        return logits[0] if alone else logits

    def _given_task(self, support_x: Any, support_y: Any, class_vectors: Any, seed: int) -> tuple[Task, bool]:
        """Tasks of the caller's own as `adapt` takes them, and whether there is one without a leading dimension."""
        name = type(self).__name__
        if self.needs.condition == "support":
            if support_x is None or support_y is None or class_vectors is not None:
                raise UserError(f"{name} looks at support_x and support_y; give these two.")
            task, alone = given.task_of_support(support_x, support_y, seed)
        elif self.needs.condition == "semantics":
            if class_vectors is None or support_x is not None or support_y is not None:
                raise UserError(f"{name} looks at class_vectors alone; give these.")
            task, alone = given.task_of_vectors(class_vectors, seed)
        else:
            raise UserError(f"{name} knows its classes by their numbers; use `adapt` and `predict`.")
        if type(self).build is not Method.build and not self.state_dict():
            raise UserError(f"{name} is not trained yet; use methods.train.")
        if self.problem is not None:
            if not self.any_way and task.way != self.problem.way:
                raise UserError(f"{name} is trained for tasks of {self.problem.way} classes, not of {task.way}.")
            if task.semantics is not None and task.semantics.shape[-1] != self.problem.semantics:
                raise UserError(
                    f"{name} is trained on class vectors of {self.problem.semantics} numbers, not of "
                    f"{task.semantics.shape[-1]}."
                )
        task = task.to(self._device(task.seeds.device))
        return (replace(task, support=self._encoded(task.support)) if task.support else task), alone

    def _encoded(self, examples: Examples) -> Examples:
        """Examples of the caller's own as `adapt` and `predict` take them."""
        shape = examples.x.shape[2:]
        if self.problem is not None and shape != self.problem.input_shape:
            raise UserError(
                f"{type(self).__name__} is trained on inputs of shape {self.problem.input_shape}, not {tuple(shape)}."
            )
        examples = examples.to(self._device(examples.x.device))
        return replace(examples, x=self.encode(examples.x.flatten(0, 1)).unflatten(0, examples.x.shape[:2]))

    def _device(self, otherwise: torch.device) -> torch.device:
        """The device of its weights, if it has any."""
        return next((tensor.device for tensor in self.state_dict().values()), otherwise)


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
