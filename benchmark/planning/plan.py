"""From what the user typed to the cells of a run. Imports no torch: finding that all is done must be quick."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark import suites
from benchmark.bodies import architectures
from benchmark.cells import class_vectors, profiles
from benchmark.cells.cell import Cell
from benchmark.cells.descriptions import Description, describe
from benchmark.data import catalogue
from benchmark.data.catalogue import Located
from benchmark.data.dataset import DataSet, ImageSplit
from benchmark.planning import features
from benchmark.planning.other_data import find_sources, find_targets
from benchmark.planning.request import Request
from benchmark.store.records import RecordStore
from benchmark.suites.suite import Choice, Suite
from benchmark.system.paths import data_folder
from methods import registry
from methods.errors import UserError, unknown

QUICKSTART = {"ways": (5,), "seeds": 2, "profile": "smoke"}
DEFAULT_PROFILE = "cpu"


@dataclass(frozen=True)
class Plan:
    """The cells of a run, and what the user should know before it starts."""

    cells: list[Cell]
    notice: str | None


def make_plan(request: Request) -> Plan:
    """Check every name and find the data; UserError for the first thing that is wrong."""
    suite = suites.get(request.suite)
    root = data_folder(request.data)
    described, left_out = _methods(request, suite)
    wanted, incomplete = (list(request.datasets), []) if request.datasets else catalogue.there(suite.datasets, root)
    notices, quick = left_out + incomplete, {}
    if not wanted:
        quick = QUICKSTART
        wanted = [suite.stand_in]
        notices.append(
            f"No data set of {suite.name!r} was found in {str(root)!r}: this is the quickstart, on {suite.stand_in}"
            f" drawn from fonts ({quick['profile']} profile unless you chose another). For real data: "
            + "; and ".join(catalogue.get(each).how_to_get for each in (suite.datasets[0], *suite.sources[-1:]))
        )
    profile = profiles.get(request.profile or quick.get("profile", DEFAULT_PROFILE))
    if profile.name == "smoke" and not request.datasets and wanted[1:]:
        notices.append(
            f"The smoke profile takes the first data set, {wanted[0]}; left out: {', '.join(wanted[1:])} (--datasets)."
        )
        wanted = wanted[:1]
    in_full = suite.named_in_full and request.methods is not None
    seeds = suite.smoke_seeds if profile.name == "smoke" and not in_full else suite.seeds
    data = [catalogue.locate(name, root) for name in dict.fromkeys(wanted)]
    _check_data_labels(data)
    described, pixels = features.suited(suite, described, data, request)
    notices += [each.dataset.notice for each in data if each.dataset.notice]
    notices += pixels
    source = request.source or (suite.stand_in_source if quick else None)
    sources, unlearned = find_sources(suite, data, root, source, named=bool(request.datasets))
    targets, untested = find_targets(suite, data, root, request.target)
    notices += unlearned + untested + _overruled(request, suite, profile.name)
    choice = Choice(
        data=[each for each in data if not suite.sources or each.dataset.name in sources],
        methods=described,
        profile=profile,
        seeds=request.seeds or min(seeds, quick.get("seeds", seeds)),
        first_seed=suite.first_seed if request.first_seed is None else request.first_seed,
        ways=tuple(request.ways or (suite.ways and quick.get("ways", suite.ways))),
        shots=tuple(request.shots or (suite.quick_shots if quick else suite.shots)),
        split=request.split,
        named=request.methods is not None,
        bodies=(request.body,) if request.body else suite.bodies_of(profile),
        body_epochs=request.body_epochs,
        changes=_changes(request, {method.label for method in described}),
        sources=sources,
        semantics=_semantics(request, suite, described),
        targets=targets,
    )
    for data in choice.data:
        if choice.split and choice.split not in data.dataset.splits:
            raise unknown(f"split of {data.dataset.name}", choice.split, data.dataset.splits)
        if suite.new_classes:
            _check_new_classes(suite, data.dataset, choice.split or data.dataset.splits[0])
    if choice.body_epochs and not suite.any_body_epochs:
        raise UserError(f"Tasks of {suite.name!r} depend on the profile's body; leave out --body-epochs.")
    for body in choice.bodies:
        if architectures.get(body).pretrained and choice.body_epochs:
            raise UserError(f"{body} has the weights of others and is not trained further; leave out --body-epochs.")
    notices += suite.notices(choice)
    cells = [cell for cell in suite.cells(choice) if request.only is None or cell.digest == request.only]
    if not cells and request.only:
        raise UserError(
            f"The record of {', '.join(request.methods)} was made with other data or another version of ltdi-bench; "
            f"run {suite.name!r} here for one of this version."
        )
    for cell in cells:
        _ = cell.hyperparameters  # refuses unknown names and wrong values now, before anything is read or packed
    # What a suite leaves out or varies is of no interest where a single cell is wanted.
    return Plan(cells, None if request.only else "\n".join(notices) or None)


def cell_of(key: Mapping[str, Any], data: Path | None = None) -> Cell:
    """The cell that a record's key is of; UserError where this installation would make another one."""
    (cell,) = make_plan(Request.from_key(key, data)).cells
    return cell


def recorded(cells: Sequence[Cell], store: RecordStore) -> bool:
    """Whether every cell has a finished record."""
    return all(state(cell, store) == "done" for cell in cells)


def clocked(cells: Sequence[Cell], store: RecordStore, device: str, device_name: str) -> bool:
    """Whether every cell has a latency measurement of this device."""
    digests = store.clocked(device, device_name)
    return all(cell.digest in digests for cell in cells)


def state(cell: Cell, store: RecordStore) -> str:
    """ "done", "failed" or "missing"."""
    record = store.record(cell.key())
    if record is None:
        return "missing"
    return "done" if record["status"] == "ok" else "failed"


def _methods(request: Request, suite: Suite) -> tuple[list[Description], list[str]]:
    """The methods that were named, or else the suite's that can run here, and why the others cannot."""
    conditions = _conditions(request, suite)
    if request.methods:
        methods = [describe(name) for name in dict.fromkeys(request.methods)]
        for method in methods:
            registry.check_requirements(method.name, method.requires)
            if reason := _unsuited(method, suite):
                raise UserError(f"{method.label} {reason}, or leave it out.")
            if method.condition not in conditions:
                raise UserError(f"{method.label} is not of the track {request.track!r}; leave it out, or --track.")
        _check_labels(methods)
        return methods, []
    methods, left_out = [], []
    for name in suite.methods or registry.names():
        try:
            method = describe(name)
        except UserError as error:  # another package's, and broken: nobody asked for it
            left_out.append(f"Left out: {error}")
            continue
        if method.condition in conditions and not _unsuited(method, suite):
            if method.missing:
                left_out.append(f"Left out: {method.label} {method.missing}")
            else:
                methods.append(method)
    return methods, left_out


def _conditions(request: Request, suite: Suite) -> tuple[str, ...]:
    """The condition (see `Needs`) that tasks of a suite, or of one of its tracks, give methods."""
    if request.track is None:
        return suite.conditions
    if not suite.tracks:
        raise UserError(f"{suite.name!r} has no tracks; leave out --track.")
    if request.track not in suite.tracks:
        raise unknown("track", request.track, suite.tracks)
    return (suite.tracks[request.track],)


def _unsuited(method: Description, suite: Suite) -> str | None:
    """Why a suite cannot run a method, and which could."""
    if method.condition not in suite.conditions:
        telling = " or ".join(repr(name) for name in suites.names() if method.condition in suites.get(name).conditions)
        return (
            f"is conditioned on the {method.condition} of a task's classes, which {suite.name!r} does not tell; "
            f"run it in {telling}"
        )
    if method.gradients and not suite.gradients:
        return f"adapts by gradients on the support set, which {suite.name!r} does without; run it in 'fewshot'"
    return None


def _overruled(request: Request, suite: Suite, profile: str) -> list[str]:
    """The hyper-parameters that the suite varies and the user sets."""
    return [
        f"{suite.name!r} varies {method}.{name} itself; --set holds it at {value} in all of its variants."
        for method, name, value in request.changes
        if any(name in variant for variant in suite.variants(method, profile))
    ]


def _semantics(request: Request, suite: Suite, methods: Sequence[Description]) -> class_vectors.ClassVectors | None:
    """Class vectors, where the suite's tasks tell them."""
    if "semantics" in suite.conditions:
        if request.semantics is None:
            return class_vectors.letters()
        if not any(method.condition == "semantics" for method in methods):
            raise UserError("None of these methods is conditioned on class vectors; leave out --semantics.")
        return class_vectors.read(request.semantics)
    if request.semantics is not None:
        raise UserError(f"{suite.name!r} has no use for class vectors; leave out --semantics.")
    return None


def _check_new_classes(suite: Suite, dataset: DataSet, split: str) -> None:
    """UserError where a split's test classes are those of its training part."""
    if isinstance(dataset.split(split), ImageSplit):
        others = [name for name in suite.datasets if name != dataset.name]
        raise UserError(
            f"Training and test images of {dataset.name} ({split}) are of the same classes, but tasks of "
            f"{suite.name!r} are of new ones; take {' or '.join(others)}, or another suite."
        )


def _check_data_labels(data: Sequence[Located]) -> None:
    """UserError where two data sets would be recorded under one name."""
    by_label: dict[str, Located] = {}
    for each in data:
        other = by_label.setdefault(each.dataset.name, each)
        if other is not each:
            raise UserError(
                f"Two data sets would be recorded as {each.dataset.name!r}; rename the folder or file of one."
            )


def _check_labels(methods: Sequence[Description]) -> None:
    """UserError where a file's records would pass for those of another method."""
    labels = [method.label for method in methods]
    for method in methods:
        if labels.count(method.label) > 1 or (registry.is_path(method.name) and method.label in registry.names()):
            raise UserError(
                f"{method.name!r} would be recorded as {method.label!r}, as another method is; rename the file."
            )


def _changes(request: Request, labels: set[str]) -> dict[str, dict[str, str]]:
    changes: dict[str, dict[str, str]] = {}
    for method, name, value in request.changes:
        if method not in labels:
            raise unknown("method in --set", method, labels)
        changes.setdefault(method, {})[name] = value
    return changes
