"""Merge the results folders of several machines. Contradictions are reported, never silently resolved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.analysis.landscape import Landscape
from benchmark.store.records import LATENCY, RECORD, TRAJECTORIES, RecordStore
from benchmark.system.keys import digest
from benchmark.system.paths import write_whole
from methods.errors import UserError


@dataclass(frozen=True)
class Conflict:
    """Two folders that disagree on a cell."""

    what: str  # the cell, for readers
    first: Path
    second: Path
    about: str  # what differs


@dataclass(frozen=True)
class StoredFile:
    """A file of a store with its content."""

    content: dict[str, Any]
    path: Path
    store: RecordStore

    @property
    def kind(self) -> str:
        return self.content["format"]


@dataclass(frozen=True)
class Merge:
    """The files to copy, by their path within the target."""

    files: dict[Path, StoredFile]
    conflicts: list[Conflict]
    already_there: int


def plan_merge(sources: Sequence[RecordStore], target: RecordStore) -> Merge:
    """Compare all folders, the target's own records first. UserError where a source is empty.

    A record agrees with another of the same key if status and result are the same; provenance may differ, since two
    machines may well have run the same cell. A finished record takes the place of a failed one. Of agreeing records
    the first is kept. A latency is a measurement: two of the same record and clock on machines of the same name never
    agree to the digit, so the first is kept if they agree within a factor of two. Of trajectories the first is kept
    if they look the same.
    """
    chosen: dict[Path, StoredFile] = {}
    conflicts = []
    for store in [target, *sources]:
        items = list(_contents(store))
        if not items and store is not target:
            raise UserError(f"There are no results in {str(store.root)!r} to merge.")
        for item in items:
            name = item.path.relative_to(store.root)
            present = chosen.get(name)
            if present is None or (_failed(present) and not _failed(item)):
                chosen[name] = item
            elif about := _difference(present, item):
                conflicts.append(Conflict(_describe(item), present.path, item.path, about))
    new = {name: item for name, item in chosen.items() if item.store is not target}
    return Merge(new, conflicts, len(chosen) - len(new))


def carry_out(merge: Merge, target: RecordStore, say: Callable[[str], None] = lambda line: None) -> None:
    """Copy the files, records with their checkpoints. After an interruption, the same merge continues."""
    target.ensure_writable()
    for name, item in merge.files.items():
        key = item.content["key"]
        if item.kind == RECORD:
            checkpoint = item.store.checkpoint_path(key)
            if checkpoint.is_file():  # before the record: a record without its checkpoint cannot be clocked
                write_whole(target.checkpoint_path(key), checkpoint.read_bytes())
        write_whole(target.root / name, item.path.read_bytes())
        say(str(name))


def _contents(store: RecordStore) -> Iterator[StoredFile]:
    for record in store.records():
        yield StoredFile(record, store.record_path(record["key"]), store)
    for latency in store.latencies():
        yield StoredFile(latency, store.latency_path(latency["key"]), store)
    for trajectories in store.all_trajectories():
        yield StoredFile(trajectories, store.trajectories_path(trajectories["key"]), store)


def _failed(item: StoredFile) -> bool:
    return item.content.get("status") == "failed"


def _difference(one: StoredFile, other: StoredFile) -> str | None:
    """The difference between two files of the same key, or None."""
    if one.kind == TRAJECTORIES:
        ours, theirs = (Landscape.of_plain(item.content["result"]) for item in (one, other))
        return None if ours.agrees(theirs) else "other paths"
    if one.kind == LATENCY:
        ours, theirs = one.content["result"], other.content["result"]
        far = [n for n in ours if n in theirs and not _near(ours[n], theirs[n])]
        return f"{far[0]} {ours[far[0]]:.3g} and {theirs[far[0]]:.3g} ms" if far else None
    if _failed(one) or _failed(other):
        return None  # a finished one stays; of two failures the first
    if digest({"result": one.content["result"]}) == digest({"result": other.content["result"]}):
        return None
    ours, theirs = (item.content["result"]["accuracy_mean"] for item in (one, other))
    return "single episodes or diagnostics" if ours == theirs else f"accuracy {100 * ours:.2f} and {100 * theirs:.2f} %"


def _near(one: float, other: float) -> bool:
    return max(one, other) <= 2 * min(one, other) or max(one, other) < 0.01


def _describe(item: StoredFile) -> str:
    key = item.content["key"]
    if item.kind == LATENCY:
        return f"latency of {key['method']} on {key['device_name']}"
    setting = f"{key['dataset']} {key['way']}-way {key['shot']}-shot seed {key['seed']}"
    return f"trajectories: {setting}" if item.kind == TRAJECTORIES else f"{key['suite']}: {setting} {key['method']}"
