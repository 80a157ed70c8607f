"""One cell: build the method, meta-train it, evaluate it on test episodes, write down what came out."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import numpy as np
import torch
from safetensors.torch import save

from benchmark.artefacts import CostRecorder
from benchmark.cells import Cell
from benchmark.checkpoints import KeptTraining
from benchmark.curves import Curve
from benchmark.failures import one_line
from benchmark.machine import hardware, versions
from benchmark.paths import write_whole
from benchmark.records import RecordStore
from benchmark.tasks import PairedSource, PartSource
from benchmark.workbench import Workbench
from methods import registry
from methods.errors import UserError
from methods.heads import Head
from methods.interface import Context, Episodes, Method, Problem, Progress
from methods.seeding import derive_seed

# Tasks that are adapted at once, and the most pixels that they may have, since a network on them needs some hundred
# bytes for each: below 4 GB. Features are far fewer numbers.
EVALUATION_TASKS = 100
EVALUATION_PIXELS = 6_400_000

Report = Callable[[Progress], None]


def run_cell(cell: Cell, workbench: Workbench, store: RecordStore, report: Report) -> dict[str, Any]:
    """Run a cell and write its record, with its reason where it fails; `report` is told of progress.

    Errors that the user has to mend (UserError, and OSError such as a full disk) pass through and leave nothing behind.
    """
    key = cell.key()
    training = KeptTraining(store.training_path(key))
    record = {
        "key": key,
        "status": "ok",
        "reason": None,
        "result": None,
        "method": {
            "summary": cell.method.summary,
            "generates_weights": cell.method.generates_weights,
            "transductive": _method(cell).needs.transductive,
        },
        "data": cell.extent(),
        "provenance": {
            "hardware": hardware(workbench.device),
            "versions": versions(*cell.method.requires),
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
        },
    }
    try:
        method, result, seconds = _measure(cell, workbench, training, report)
    except (UserError, OSError):
        raise
    except Exception as error:  # a method may be anyone's code, and the other cells go on
        record |= {"status": "failed", "reason": one_line(error, registry.load(cell.method.name))}
    else:
        record["result"] = result
        record["provenance"]["seconds"] = seconds
        tensors = {name: tensor.contiguous() for name, tensor in method.state_dict().items()}
        write_whole(store.checkpoint_path(key), save(tensors))
    store.write_record(record)
    training.discard()
    return record


def _measure(cell: Cell, workbench: Workbench, training: KeptTraining, report: Report) -> tuple[Method, dict, dict]:
    clock = time.perf_counter
    context = make_context(cell, workbench)
    if not cell.curve:  # a curve is seen as a whole
        context = dataclasses.replace(context, training=training)
    method = make_method(cell, context.problem, workbench.device)
    # What only diagnostics ask for is no cost of the method.
    aside = dataclasses.replace(context, artefacts=workbench.artefacts)
    curve = Curve(method, cell.curve, lambda: _look(cell, workbench, method, aside))
    start, waited = clock(), workbench.artefacts.waited

    def fitted() -> float:
        return training.earlier + clock() - start - (workbench.artefacts.waited - waited) - curve.seconds

    for progress in method.fit(context):
        if not math.isfinite(progress.loss):
            raise ArithmeticError(f"the loss is {progress.loss} at step {progress.step} of {progress.steps}")
        report(progress)
        curve.visit(progress, fitted)
    meta_training = fitted()
    made = dict(context.artefacts.seconds)  # what preparing cost, also where another cell had done it
    method.eval().requires_grad_(False)
    start = clock()
    accuracies = evaluate(method, draw_episodes(cell, workbench, cell.part), cell.profile.episodes, report)
    evaluation = clock() - start
    diagnostics = dict(method.diagnostics(aside))
    if not all(math.isfinite(value) for value in diagnostics.values()):
        raise ArithmeticError(f"the method's diagnostics are not finite: {diagnostics}")
    result = {
        "accuracy_mean": float(accuracies.mean()),
        "accuracy_per_episode": [round(float(a), 6) for a in accuracies],
        "diagnostics": diagnostics,
        **({"curve": curve.points} if cell.curve else {}),
    }
    seconds = {
        **made,
        # All of it or a part may be shared between settings.
        "meta-training": meta_training + made.get("meta-training", 0.0),
        "evaluation": evaluation,
    }
    return method, result, {name: round(value, 3) for name, value in seconds.items()}


def _look(cell: Cell, workbench: Workbench, method: Method, context: Context) -> dict[str, float]:
    """One point of a learning curve. The time artefacts take is counted apart, so none may be waited for here."""
    waited = workbench.artefacts.waited
    accuracies = evaluate(method, draw_episodes(cell, workbench, "validation"), cell.profile.episodes)
    point = {"validation_accuracy": float(accuracies.mean()), **method.diagnostics(context)}
    workbench.artefacts.waited = waited
    return point


def make_problem(cell: Cell, source: PartSource | PairedSource) -> Problem:
    """The shape of a cell's problem."""
    shape = source.input_shape
    head = Head(shape[0], cell.profile.head_hidden, cell.source_way) if len(shape) == 1 else None
    return Problem(
        cell.source_way,
        cell.shot,
        shape,
        head,
        semantics=cell.transfer.semantics.size if cell.transfer and cell.transfer.semantics else None,
        class_count=len(cell.data.class_names()) if cell.method.condition == "identities" else None,
    )


def make_context(cell: Cell, workbench: Workbench) -> Context:
    """Everything a cell's method may learn from: no test class is in it."""
    train = workbench.source("train", cell.method.inputs, cell.method.condition)
    return Context(
        problem=make_problem(cell, train),
        train=train,
        validation=workbench.source("validation", cell.method.inputs, cell.method.condition),
        seed=derive_seed(cell.seed, "method"),
        device=workbench.device,
        artefacts=CostRecorder(workbench.artefacts, afresh=bool(cell.curve)),
    )


def make_method(cell: Cell, problem: Problem, device: torch.device) -> Method:
    """A method with the cell's hyper-parameters, built and initialised under the cell's seed."""
    torch.manual_seed(derive_seed(cell.seed, "initialisation", cell.method.label))
    method = _method(cell)
    method.build(problem)
    return method.to(device)


def _method(cell: Cell) -> Method:
    cls = registry.load(cell.method.name)
    return cls(hyperparameters(cls, cell.hyperparameters))


def hyperparameters(cls: type[Method], values: Mapping[str, Any]) -> Any:
    """A method's hyper-parameters from plain values; ValueError for values that it does not allow."""
    return cls.Hyperparameters(**{n: tuple(v) if isinstance(v, list) else v for n, v in values.items()})


def draw_episodes(cell: Cell, workbench: Workbench, part: str) -> Iterator[Episodes]:
    """The one list of a part's, split's, setting's and seed's episodes, in batches: the same for every method."""
    rng = np.random.default_rng(derive_seed(cell.seed, f"{part} episodes", cell.split, cell.way, cell.shot))
    source = workbench.source(part, cell.method.inputs, cell.method.condition)
    way, episodes = (cell.way, cell.episodes) if part == "test" else (cell.source_way, cell.profile.episodes)
    images = way * (cell.shot + cell.profile.queries)
    pixels = images * math.prod(source.input_shape[1:])  # of a task; features count as one each
    batch = max(1, min(EVALUATION_TASKS, EVALUATION_PIXELS // pixels))
    return source.batches(rng, episodes, batch, way=way, shot=cell.shot, queries=cell.profile.queries)


@torch.no_grad()
def evaluate(
    method: Method, batches: Iterable[Episodes], total: int, report: Report = lambda progress: None
) -> np.ndarray:
    """Accuracy (total,) of each episode. The method never sees a query's label."""
    accuracies: list[float] = []
    for episodes in batches:
        logits = method.predict(method.adapt(episodes.task), episodes.query.without_labels())
        if not torch.isfinite(logits).all():
            raise ArithmeticError("the method's logits are not finite")
        accuracies += (logits.argmax(-1) == episodes.query.y).float().mean(1).tolist()
        report(Progress(len(accuracies), total, 0.0, "evaluation"))
    return np.array(accuracies)
