"""One cell: build the method, meta-train it, evaluate it on test episodes, write down what came out."""

from __future__ import annotations

import dataclasses
import json
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from benchmark.cells.cell import OPEN_SET, PLAIN, Cell
from benchmark.data.episodes import sample_episodes
from benchmark.running.curves import Curve
from benchmark.running.fitting import fit
from benchmark.running.workbench import Workbench
from benchmark.store.artefacts import CostRecorder
from benchmark.store.checkpoints import KeptTraining
from benchmark.store.records import RecordStore
from benchmark.system.failures import one_line
from benchmark.system.machine import hardware, versions
from benchmark.system.paths import write_whole
from benchmark.tasks.encoding import PIXELS, EncodedOnce, encodes
from benchmark.tasks.hard import UNKNOWN, auroc, imbalanced, overlapping_classes, unknown_classes, with_unknown
from benchmark.tasks.sources import PairedSource, PartSource
from methods import registry
from methods.errors import UserError
from methods.heads import Head
from methods.interface import Context, Episodes, Method, Problem, Progress, Study
from methods.seeding import derive_seed

# Tasks that are adapted at once, if they have not more pixels than fit. Features are far fewer numbers.
EVALUATION_TASKS = 100

Report = Callable[[Progress], None]


def run_cell(cell: Cell, workbench: Workbench, store: RecordStore, report: Report) -> dict[str, Any]:
    """Run a cell and write its record, with its reason where it fails; `report` is told of progress.

    Errors that the user has to mend (UserError, and OSError such as a full disk) pass through and leave nothing behind.
    """
    key = cell.key()
    if registry.source(cell.method.name) != cell.method.source:  # what runs would not be what the key says
        raise UserError(f"{cell.method.name!r} was changed since this run began; run the command again.")
    training, checkpoint = KeptTraining(store.training_path(key)), store.checkpoint_path(key)
    record = {
        "key": key,
        "status": "ok",
        "reason": None,
        "result": None,
        "method": {
            "summary": cell.method.summary,
            "generates_weights": cell.method.generates_weights,
            "transductive": False,
        },
        "data": cell.extent(),
        "provenance": {
            "hardware": hardware(workbench.device),
            "versions": versions(*cell.method.requires),
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
        },
    }
    try:
        method, result, seconds = _measure(cell, workbench, training, checkpoint, report)
        spent = {name: value for name, value in seconds.items() if name != "evaluation"}
        tensors = {name: tensor.contiguous() for name, tensor in method.state_dict().items()}
        content = save(tensors, {"seconds": json.dumps(spent)})
    except (UserError, OSError):
        raise
    except Exception as error:  # a method may be anyone's code, and the other cells go on
        record |= {"status": "failed", "reason": one_line(error, registry.load(cell.method.name))}
    else:
        record["result"] = result
        record["method"]["transductive"] = method.needs.transductive
        record["provenance"]["seconds"] = seconds
        write_whole(checkpoint, content)
    store.write_record(record)
    training.discard()
    return record


def _measure(
    cell: Cell, workbench: Workbench, training: KeptTraining, checkpoint: Path, report: Report
) -> tuple[Method, dict, dict]:
    """The fitted method, the record's result, and the seconds of each phase."""
    context = make_context(cell, workbench)
    if not cell.curve:  # a curve is seen as a whole
        context = dataclasses.replace(context, training=training)
    method = make_method(cell, context.problem, workbench.device)
    # What only diagnostics ask for is no cost of the method.
    aside = dataclasses.replace(context, artefacts=workbench.artefacts)
    curve = Curve(method, cell.curve)
    seconds = None if cell.tasks == PLAIN else _load(method, checkpoint)
    if seconds is None:
        trained = _fit(method, context, workbench, training, curve, report)
        made = context.artefacts.seconds  # what preparing cost, also where another cell had done it
        # All of meta-training, or a part, may be shared between settings.
        seconds = {**made, "meta-training": trained + made.get("meta-training", 0.0)}
    method.eval().requires_grad_(False)
    start = time.perf_counter()
    scores = evaluate(method, draw_episodes(cell, workbench, cell.part, method), cell.episodes, report)
    seconds = {**seconds, "evaluation": time.perf_counter() - start}
    accuracies = scores.pop("accuracy")
    diagnostics = {name: float(of.mean()) for name, of in scores.items()} | dict(method.diagnostics(aside))
    study = method.studies[cell.study](method, aside) if cell.study else Study({})
    diagnostics |= study.summary
    if not all(math.isfinite(value) for value in diagnostics.values()):
        raise ArithmeticError(f"the method's diagnostics are not finite: {diagnostics}")
    result = {
        "accuracy_mean": float(accuracies.mean()),
        "accuracy_per_episode": [round(float(a), 6) for a in accuracies],
        "diagnostics": diagnostics,
        **({"curve": curve.points(lambda: _look(cell, workbench, method, aside))} if cell.curve else {}),
        **({"series": dict(study.series)} if study.series else {}),
    }
    return method, result, {name: round(value, 3) for name, value in seconds.items()}


def _fit(
    method: Method, context: Context, workbench: Workbench, training: KeptTraining, curve: Curve, report: Report
) -> float:
    """Meta-train; gives the seconds that this took, without artefacts."""
    clock = time.perf_counter
    start, waited = clock(), workbench.artefacts.waited

    def fitted() -> float:
        return training.earlier + clock() - start - (workbench.artefacts.waited - waited)

    for progress in fit(method, context):
        report(progress)
        curve.visit(progress, fitted)
    return fitted()


def _load(method: Method, checkpoint: Path) -> dict[str, float] | None:
    """Take over what a cell has fitted that differs in its evaluation only; the seconds that took, None if none has."""
    try:
        with safe_open(checkpoint, "pt") as file:
            seconds = json.loads((file.metadata() or {})["seconds"])
            method.load_state_dict({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
    except (OSError, KeyError, SafetensorError):
        return None
    return seconds


def _look(cell: Cell, workbench: Workbench, method: Method, context: Context) -> dict[str, float]:
    """One point of a learning curve."""
    episodes = draw_episodes(cell, workbench, "validation", method, cell.curve_tasks)
    scores = evaluate(method, episodes, cell.curve_tasks)
    return {"validation_accuracy": float(scores["accuracy"].mean()), **method.diagnostics(context)}


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


def draw_episodes(
    cell: Cell, workbench: Workbench, part: str, method: Method, tasks: int | None = None
) -> Iterator[Episodes]:
    """The one list of a part's, split's, setting's and seed's episodes, in batches: the same for every method.

    As many `tasks` as the part is evaluated on, if none are said. Their inputs are as `method.encode` gives them.
    """

    def stream(*purpose: str) -> np.random.Generator:
        return np.random.default_rng(
            derive_seed(cell.seed, f"{part} episodes", cell.split, cell.way, cell.shot, *purpose)
        )

    source = workbench.source(part, cell.method.inputs, cell.method.condition)
    if encodes(method):
        source = source.seen_through(lambda lookup, images: EncodedOnce(lookup, images, method.encode))
    way, usual = (cell.way, cell.episodes) if part == "test" else (cell.source_way, cell.profile.episodes)
    tasks = usual if tasks is None else tasks
    images = way * (cell.shot + cell.profile.queries)
    pixels = images * math.prod(source.input_shape[1:])  # of a task; features count as one each
    batch = max(1, min(EVALUATION_TASKS, PIXELS // pixels))
    size = {"way": way, "shot": cell.shot, "queries": cell.profile.queries}
    if cell.tasks == "imbalanced":
        return source.batches(stream(), tasks, batch, **size, change=partial(imbalanced, stream(cell.tasks)))
    if cell.tasks == "overlapping":
        classes = overlapping_classes(stream(cell.tasks), workbench.source(part), tasks, way)
        return source.batches(stream(), tasks, batch, **size, classes=classes)
    episodes = source.batches(stream(), tasks, batch, **size)
    if cell.tasks == OPEN_SET:
        known = sample_episodes(stream(), source.counts, tasks, **size, groups=source.groups).classes
        classes = torch.from_numpy(unknown_classes(stream(cell.tasks), known, source.class_count, source.groups))
        others = source.batches(stream(cell.tasks, "queries"), tasks, batch, **{**size, "shot": 0}, classes=classes)
        return map(with_unknown, episodes, others)
    return episodes


@torch.no_grad()
def evaluate(
    method: Method, batches: Iterable[Episodes], total: int, report: Report = lambda progress: None
) -> dict[str, np.ndarray]:
    """Scores (total,) of encoded episodes by name: "accuracy", and more where some queries are of no class of theirs.

    The method never sees a query's label.
    """
    scores: dict[str, list[float]] = {}
    for episodes in batches:
        logits = method.predict(method.adapt(episodes.task), episodes.query.without_labels())
        if not torch.isfinite(logits).all():
            raise ArithmeticError("the method's logits are not finite")
        for name, values in _scores(logits, episodes.query.y).items():
            scores.setdefault(name, []).extend(values.tolist())
        report(Progress(len(scores["accuracy"]), total, 0.0, "evaluation"))
    return {name: np.array(values) for name, values in scores.items()}


def _scores(logits: Tensor, labels: Tensor) -> dict[str, Tensor]:
    known = labels != UNKNOWN
    right = (logits.argmax(-1) == labels).float()
    if known.all():
        return {"accuracy": right.mean(1)}
    return {
        "accuracy": right.sum(1) / known.sum(1),
        "auroc_largest_logit": auroc(logits.amax(-1), known),
        "auroc_largest_probability": auroc(logits.double().softmax(-1).amax(-1), known),
    }
