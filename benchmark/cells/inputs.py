"""A cell resolved into the plain inputs of its run: asked once, so that nothing below needs to ask the cell again.

Imports no torch. Keys of artefacts name what cells share: cells with the same one share the body, or a part's features.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmark.bodies.no_body import NO_BODY
from benchmark.bodies.recipe import Recipe
from benchmark.cells.cell import Cell
from benchmark.cells.descriptions import Description
from benchmark.cells.scenarios.scenario import BODY, Origin
from benchmark.tasks.kinds import PLAIN

FEATURES_VERSION = 1


@dataclass(frozen=True)
class BodyInputs:
    """The ingredients of a body."""

    key: dict[str, Any]
    recipe: Recipe
    image_shape: tuple[int, ...]  # height, width and channels in which it sees images
    origin: Origin  # of the images that it is trained on
    seed: int

    @property
    def absent(self) -> bool:
        """Whether there is none, since the data are features."""
        return self.recipe == NO_BODY


@dataclass(frozen=True)
class PartInputs:
    """The source of the tasks of one part."""

    name: str
    origin: Origin
    features_key: dict[str, Any]
    pixels_key: dict[str, Any]
    views: int  # versions of each image among the features
    words: tuple[str, ...] | None  # of its units' classes in plain English, where tasks tell class vectors

    def source_key(self, inputs: str) -> dict[str, Any]:
        """The key of the tasks with these inputs, "features" or "pixels"."""
        key = self.pixels_key if inputs == "pixels" else self.features_key
        return key if self.origin.most is None else {**key, "most": self.origin.most}

    @property
    def narrows(self) -> bool:
        """Whether tasks have fewer classes than asked for, where there are fewer; see `TaskSource`."""
        return self.name == "validation"


@dataclass(frozen=True)
class EpisodeList:
    """A list of tasks that every method meets: the same part, split, setting and seed give the same list."""

    part: str
    split: str
    kind: str  # of the tasks
    way: int
    shot: int
    queries: int  # per class
    count: int
    seed: int

    def purpose(self, *more: str | int) -> tuple[str | int, ...]:
        """The purpose of its random numbers; see `derive_seed`."""
        return f"{self.part} episodes", self.split, self.way, self.shot, *more


@dataclass(frozen=True)
class Inputs:
    """All that running a cell takes."""

    key: dict[str, Any]  # of the record
    label: str  # of the cell, for readers
    extent: dict[str, Any]  # how much there is of the published data sets; see `Located.extent`
    method: Description
    hyperparameters: dict[str, Any]
    seed: int
    way: int  # of meta-training tasks
    shot: int
    head_hidden: int
    semantics: Any  # the class vectors that tasks tell, or None
    class_count: int | None  # where tasks say which classes theirs are
    mirror: bool  # whether a mirrored image shows the same class
    body: BodyInputs
    parts: Mapping[str, PartInputs]
    evaluation: EpisodeList
    curve: int  # points of the learning curve, each measured on
    validation: EpisodeList
    study: str
    own_fit: bool  # False where another cell, which is evaluated on plain tasks, may have fitted the same method
    latency_seconds: float


def resolve(cell: Cell) -> Inputs:
    """Ask a cell for all of it; packs its data sets where that is not done."""
    body, origins, method = _body(cell), cell.origins, cell.method
    test = cell.part == "test"
    drawn: dict[str, Any] = {"split": cell.split, "shot": cell.shot, "queries": cell.profile.queries, "seed": cell.seed}
    return Inputs(
        key=cell.key(),
        label=str(cell),
        extent=_extent(cell),
        method=method,
        hyperparameters=cell.hyperparameters,
        seed=cell.seed,
        way=cell.source_way,
        shot=cell.shot,
        head_hidden=cell.profile.head_hidden,
        semantics=cell.scenario.semantics,
        class_count=len(cell.data.class_names()) if method.condition == "identities" else None,
        mirror=cell.learned_from.dataset.mirror,
        body=body,
        parts={name: _part(cell, body, name, origin) for name, origin in origins.items() if name != BODY},
        evaluation=EpisodeList(
            part=cell.part,
            kind=cell.tasks,
            way=cell.way if test else cell.source_way,
            count=cell.episodes if test else cell.profile.episodes,
            **drawn,
        ),
        curve=cell.curve,
        validation=EpisodeList(part="validation", kind=PLAIN, way=cell.source_way, count=cell.curve_tasks, **drawn),
        study=cell.study,
        own_fit="tasks" not in cell.key(),
        latency_seconds=cell.profile.latency_seconds,
    )


def body_key(cell: Cell) -> dict[str, Any]:
    """The key of a cell's body."""
    return _body(cell).key


def _body(cell: Cell) -> BodyInputs:
    origin, recipe = cell.origins[BODY], cell.recipe
    key = {"recipe": recipe.key(), **origin.key(), "seed": cell.seed, **origin.marks}
    return BodyInputs(key, recipe, cell.scenario.image_shape(cell.data), origin, cell.seed)


def _part(cell: Cell, body: BodyInputs, name: str, origin: Origin) -> PartInputs:
    views = cell.profile.views if name == "train" and not body.absent else 1
    features = {"version": FEATURES_VERSION, "body": body.key, "part": name, "views": views, **origin.marks}
    if origin.data != body.origin.data:
        features |= origin.key()
    pixels = {**origin.key(), "part": name, **origin.marks}
    if origin.data.dataset.image_shape[:2] != body.image_shape[:2]:
        pixels["size"] = body.image_shape[:2]
    if body.absent:
        features = pixels
    words = None
    if cell.scenario.semantics is not None:
        names = origin.data.class_names()
        words = tuple(origin.data.dataset.words(names[number]) for number in origin.units.classes)
    return PartInputs(name, origin, features, pixels, views, words)


def _extent(cell: Cell) -> dict[str, Any]:
    """The extent of the cell's own parts, and by its role that of another data set's."""
    by_role: dict[str, dict[str, Origin]] = {}
    for name, origin in cell.origins.items():
        if name != BODY:
            by_role.setdefault(origin.role, {})[name] = origin
    extents: dict[str, Any] = {}
    for role, origins in by_role.items():
        first = next(iter(origins.values()))
        extent = first.data.extent(first.split, {name: origin.units for name, origin in origins.items()})
        extents |= {role: {"dataset": first.data.dataset.name, **extent}} if role else extent
    return extents
