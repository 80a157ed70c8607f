"""One cell: build the method, meta-train it, evaluate it on test episodes, write down what came out."""

from __future__ import annotations

import dataclasses
import json
import math
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from benchmark.cells.cell import Cell
from benchmark.cells.inputs import Inputs, resolve
from benchmark.running.curves import Curve
from benchmark.running.evaluation import Report, draw_episodes, evaluate
from benchmark.running.fitting import make_context, make_method
from benchmark.running.workbench import Sources, Workbench
from benchmark.store.artefacts import ArtefactFolder
from benchmark.store.checkpoints import KeptTraining
from benchmark.store.records import RecordStore
from benchmark.system.code import code
from benchmark.system.failures import one_line
from benchmark.system.machine import hardware, versions
from benchmark.system.memory import forget_peak, peak_memory
from benchmark.system.paths import write_whole
from methods import registry, studies
from methods.containment import contained
from methods.errors import UserError
from methods.interface import Context, Method, Study
from methods.training import fit


def run_cell(cell: Cell, bench: Workbench, store: RecordStore, report: Report) -> dict[str, Any]:
    """Run a cell and write its record, with its reason where it fails; `report` is told of progress.

    Errors that the user has to fix (UserError, and OSError such as a full disk) pass through and leave nothing behind.
    """
    inputs = resolve(cell)
    described, key = inputs.method, inputs.key
    if registry.source(described.name) != described.source:  # what runs would not be what the key says
        raise UserError(f"{described.name!r} was changed since this run began; run the command again.")
    # In full: the method's code may change the current folder while it trains.
    training, checkpoint = KeptTraining(store.training_path(key).absolute()), store.checkpoint_path(key).absolute()
    record = _new_record(inputs, bench.device)
    forget_peak()
    try:
        sources = bench.sources(inputs)
        with contained(described.name):
            method, result, seconds = _measure(inputs, sources, training, checkpoint, report)
            spent = {name: value for name, value in seconds.items() if name != "evaluation"}
            tensors = {name: tensor.contiguous() for name, tensor in method.state_dict().items()}
            content = save(tensors, {"seconds": json.dumps(spent)})
    except (UserError, OSError):
        raise
    except Exception as error:  # a method may be anyone's code, and the other cells go on
        record |= {"status": "failed", "reason": one_line(error, registry.load(described.name))}
    else:
        record["result"] = result
        record["method"]["transductive"] = method.needs.transductive
        record["provenance"]["seconds"] = seconds
        record["provenance"]["shared_seconds"] = sources.shared_seconds()
        record["provenance"] |= {"memory": peak_memory(), "checkpoint": len(content)}
        write_whole(checkpoint, content)
    store.write_record(record)
    training.discard()
    return record


def record_failure(cell: Cell, device: torch.device, store: RecordStore, reason: str) -> None:
    """Write the record of a cell that took its process with it; what it had trained stays for the next attempt."""
    store.write_record({**_new_record(resolve(cell), device), "status": "failed", "reason": reason})


def _new_record(inputs: Inputs, device: torch.device) -> dict[str, Any]:
    """A record with all that is known before the cell is run."""
    return {
        "key": inputs.key,
        "status": "ok",
        "reason": None,
        "result": None,
        "method": {
            "summary": inputs.method.summary,
            "generates_weights": inputs.method.generates_weights,
            "transductive": False,
        },
        "data": inputs.extent,
        "provenance": {
            "hardware": hardware(device),
            "versions": versions(*inputs.method.requires),
            "code": code(),
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
        },
    }


def _measure(
    inputs: Inputs, sources: Sources, training: KeptTraining, checkpoint: Path, report: Report
) -> tuple[Method, dict, dict]:
    """The fitted method, the record's result, and the seconds of each phase."""
    context = make_context(inputs, sources)
    if not inputs.curve:  # a curve is seen as a whole
        context = dataclasses.replace(context, training=training)
    method = make_method(inputs, context.problem, sources.device)
    # What only diagnostics ask for is no cost of the method.
    aside = dataclasses.replace(context, artefacts=sources.artefacts)
    curve = Curve(method, inputs.curve)
    seconds = None if inputs.own_fit else _load_fitted(method, checkpoint)
    if seconds is None:
        trained = _fit(method, context, sources.artefacts, training, curve, report)
        made = context.artefacts.seconds  # what preparing cost, also where another cell had done it
        # All of meta-training, or a part, may be shared between settings.
        seconds = {**made, "meta-training": trained + made.get("meta-training", 0.0)}
    method.eval().requires_grad_(False)
    start = time.perf_counter()
    wanted = inputs.evaluation
    scores = evaluate(method, draw_episodes(wanted, sources, method), wanted.count, report)
    seconds = {**seconds, "evaluation": time.perf_counter() - start}
    accuracies = scores.pop("accuracy")
    diagnostics = {name: float(values.mean()) for name, values in scores.items()} | dict(method.diagnostics(aside))
    study = studies.load(inputs.study).study(method, aside) if inputs.study else Study({})
    diagnostics |= study.summary
    if not all(math.isfinite(value) for value in diagnostics.values()):
        raise ArithmeticError(f"the method's diagnostics are not finite: {diagnostics}")
    result = {
        "accuracy_mean": float(accuracies.mean()),
        "accuracy_per_episode": [round(float(a), 6) for a in accuracies],
        "diagnostics": diagnostics,
        **({"curve": curve.points(lambda: _look(inputs, sources, method, aside))} if inputs.curve else {}),
        **({"series": dict(study.series)} if study.series else {}),
    }
    return method, result, {name: round(value, 3) for name, value in seconds.items()}


def _fit(
    method: Method,
    context: Context,
    artefacts: ArtefactFolder,
    training: KeptTraining,
    curve: Curve,
    report: Report,
) -> float:
    """Meta-train; gives the seconds that this took, without artefacts."""
    clock = time.perf_counter
    start, waited = clock(), artefacts.waited

    def fitted() -> float:
        return training.earlier + clock() - start - (artefacts.waited - waited)

    for progress in fit(method, context):
        report(progress)
        curve.visit(progress, fitted)
    return fitted()


def _load_fitted(method: Method, checkpoint: Path) -> dict[str, float] | None:
    """Take over what a cell has fitted that differs in its evaluation only; the seconds that took, None if none has."""
    try:
        with safe_open(checkpoint, "pt") as file:
            seconds = json.loads((file.metadata() or {})["seconds"])
            method.load_state_dict({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
    except (OSError, KeyError, SafetensorError):
        return None
    return seconds


def _look(inputs: Inputs, sources: Sources, method: Method, context: Context) -> dict[str, float]:
    """One point of a learning curve."""
    wanted = inputs.validation
    scores = evaluate(method, draw_episodes(wanted, sources, method), wanted.count)
    return {"validation_accuracy": float(scores["accuracy"].mean()), **method.diagnostics(context)}
