"""From a cell's inputs to a fitted method."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from benchmark.cells.cell import Cell
from benchmark.cells.inputs import Inputs
from benchmark.running.workbench import Sources
from benchmark.store.artefacts import CostRecorder
from methods import registry
from methods.interface import Context, Method, Problem
from methods.seeding import derive_seed


def make_context(inputs: Inputs, sources: Sources) -> Context:
    """Everything a cell's method may learn from: no test class is in it."""
    train = sources.tasks("train")
    return Context(
        problem=make_problem(inputs, train.input_shape),
        train=train,
        validation=sources.tasks("validation"),
        seed=derive_seed(inputs.seed, "method"),
        device=sources.device,
        artefacts=CostRecorder(sources.artefacts, afresh=bool(inputs.curve)),
    )


def make_problem(inputs: Inputs, input_shape: tuple[int, ...]) -> Problem:
    """The shape of a cell's problem."""
    return Problem(
        inputs.way,
        inputs.shot,
        input_shape,
        inputs.head_hidden,
        semantics=None if inputs.semantics is None else inputs.semantics.size,
        class_count=inputs.class_count,
    )


def make_method(inputs: Inputs, problem: Problem, device: torch.device) -> Method:
    """A method with the cell's hyper-parameters, built and initialised under the cell's seed."""
    torch.manual_seed(derive_seed(inputs.seed, "initialisation", inputs.method.label))
    cls = registry.load(inputs.method.name)
    method = cls(hyperparameters(cls, inputs.hyperparameters))
    method.build(problem)
    return method.to(device)


def foreseen_problem(cell: Cell) -> Problem:
    """The problem that `make_problem` will give: the cell alone tells it, and no image is read for it."""
    sizes, way, semantics = cell.input_sizes, cell.source_way, cell.scenario.semantics
    pixels, identities = cell.method.inputs == "pixels", cell.method.condition == "identities"
    features = sizes.features
    return Problem(
        way,
        cell.shot,
        (sizes.image[2], *sizes.image[:2]) if pixels else (features,),
        cell.profile.head_hidden,
        semantics=None if semantics is None else semantics.size,
        class_count=len(cell.data.class_names()) if identities else None,
    )


def hyperparameters(cls: type[Method], values: Mapping[str, Any]) -> Any:
    """A method's hyper-parameters from plain values; ValueError for values that it does not allow."""
    return cls.Hyperparameters(**{n: tuple(v) if isinstance(v, list) else v for n, v in values.items()})
