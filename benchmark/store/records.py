"""The result store: one JSON file per finished cell, one per latency measurement, one checkpoint per cell.

    DIR/<suite>/<what it is>-<key>.json            the record of a cell
    DIR/latency/<what it is>-<key>.json            a latency measurement of a record's checkpoint
    DIR/trajectories/<what it is>-<key>.json       what the plot of trajectories shows of some records' checkpoints
    DIR/checkpoints/<key>.safetensors              the fitted method, to measure latency again elsewhere
    DIR/checkpoints/<key>.training.pt              a training in progress, until its cell is done

Cells that evaluate the same fitted method in several ways have a checkpoint in common.

A file is named by a hash of everything that determines its content, appears whole or not at all, and is never
changed: another hyper-parameter is another key.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.system.keys import digest, expand
from benchmark.system.paths import file_name, write_whole
from methods.errors import UserError

CLOCK = 1  # to be raised when the same latency is measured differently
BESIDE = ", beside"  # ends the name of a phase whose seconds passed beside meta-training

RECORD, LATENCY = "ltdi-bench record 1", "ltdi-bench latency 1"
TRAJECTORIES = "ltdi-bench trajectories 1"
_FIELDS = {
    RECORD: {"format", "key", "status", "reason", "result", "method", "provenance"},
    LATENCY: {"format", "key", "result", "provenance"},
    TRAJECTORIES: {"format", "key", "result", "provenance"},
}
# Entries of a key that say nothing of how the method was fitted; "target" stands for "target_split" and the like too.
_EVALUATION = ("tasks", "study", "target")
_DIGITS = 16  # of a hash in the name of a file


def short(key: Mapping[str, Any]) -> str:
    """The part of a key's hash that names its files."""
    return digest(key)[:_DIGITS]


def _fitted(key: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in key.items() if name.partition("_")[0] not in _EVALUATION}


@dataclass(frozen=True)
class RecordStore:
    """A results folder."""

    root: Path

    def ensure_writable(self) -> None:
        """UserError if nothing can be written there; makes nothing that stays."""
        new = [folder for folder in (self.root, *self.root.parents) if not folder.exists()]
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.root):
                pass
            for folder in new:
                folder.rmdir()
        except OSError as error:
            raise UserError(
                f"The results folder {str(self.root)!r} cannot be written ({error.strerror}); "
                "choose another with --results."
            ) from error

    def record_path(self, key: Mapping[str, Any]) -> Path:
        setting = f"{file_name(key['dataset'])}-{key['way']}w{key['shot']}s-{key['method']}-seed{key['seed']}"
        return self.root / key["suite"] / f"{setting}-{short(key)}.json"

    def latency_path(self, key: Mapping[str, Any]) -> Path:
        return self.root / "latency" / f"{key['method']}-{key['device']}-{short(key)}.json"

    def trajectories_path(self, key: Mapping[str, Any]) -> Path:
        setting = f"{file_name(key['dataset'])}-{key['way']}w{key['shot']}s-seed{key['seed']}"
        return self.root / "trajectories" / f"{setting}-{short(key)}.json"

    def checkpoint_path(self, key: Mapping[str, Any]) -> Path:
        return self.root / "checkpoints" / f"{short(_fitted(key))}.safetensors"

    def training_path(self, key: Mapping[str, Any]) -> Path:
        return self.root / "checkpoints" / f"{short(_fitted(key))}.training.pt"

    def record(self, key: Mapping[str, Any]) -> dict | None:
        """The record of a cell, finished or failed, or None."""
        return _read_if_there(self.record_path(key), RECORD, key)

    def find(self, name: str) -> dict:
        """A record of any suite by the path of its file, or by at least four digits that its key's hash begins with.

        UserError where there is none, or several.
        """
        if name.endswith(".json"):
            if not Path(name).is_file():
                raise UserError(f"There is no record {name!r}; give the path of an existing file.")
            return _read(Path(name), RECORD)
        if len(name) < 4 or not set(name) <= set("0123456789abcdef"):
            raise UserError(
                f"{name!r} names no record; give the path of a record's .json file, or at least four digits that the "
                "hash of its key begins with."
            )
        paths = [path for folder in self._suites() for path in folder.glob(f"*-{name[:_DIGITS]}*.json")]
        paths = [path for path in paths if path.stem.rpartition("-")[2].startswith(name[:_DIGITS])]
        if len(paths) != 1:
            several = f"has {len(paths)} records whose hash begins" if paths else "has no record whose hash begins"
            raise UserError(f"{str(self.root)!r} {several} with {name!r}; give more digits or another --results.")
        return _read(paths[0], RECORD)

    def trajectories(self, key: Mapping[str, Any]) -> dict | None:
        """The stored data of a plot of trajectories, or None."""
        return _read_if_there(self.trajectories_path(key), TRAJECTORIES, key)

    def clocked(self, device: str, device_name: str) -> set[str]:
        """The records (hashes of their keys) whose latency was measured on such a device, as it is measured now."""
        wanted = device, device_name, CLOCK
        keys = (expand("latency", latency["key"]) for latency in self.latencies())
        return {key["record"] for key in keys if (key["device"], key["device_name"], key["protocol"]) == wanted}

    def write_record(self, record: Mapping[str, Any]) -> None:
        _write(self.record_path(record["key"]), {"format": RECORD, **record})

    def write_latency(self, latency: Mapping[str, Any]) -> None:
        _write(self.latency_path(latency["key"]), {"format": LATENCY, **latency})

    def write_trajectories(self, trajectories: Mapping[str, Any]) -> None:
        _write(self.trajectories_path(trajectories["key"]), {"format": TRAJECTORIES, **trajectories})

    def records(self, suites: Collection[str] | None = None) -> Iterator[dict]:
        """Every record of some suites or of all, in a fixed order. UserError at the first file that is not one."""
        for folder in self._suites():
            if suites is None or folder.name in suites:
                yield from (_read(path, RECORD) for path in _json_files(folder))

    def latencies(self) -> Iterator[dict]:
        """Every latency measurement, in a fixed order."""
        yield from (_read(path, LATENCY) for path in _json_files(self.root / "latency"))

    def all_trajectories(self) -> Iterator[dict]:
        """All stored data of plots of trajectories, in a fixed order."""
        yield from (_read(path, TRAJECTORIES) for path in _json_files(self.root / "trajectories"))

    def _suites(self) -> list[Path]:
        """The folders of records."""
        others = ("latency", "trajectories", "checkpoints")
        there = self.root.iterdir() if self.root.is_dir() else ()
        return sorted(path for path in there if path.is_dir() and path.name not in others)


def _json_files(folder: Path) -> list[Path]:
    # Names with a leading dot are files that a killed run was still writing.
    return sorted(p for p in folder.glob("*.json") if not p.name.startswith(".")) if folder.is_dir() else []


def _read_if_there(path: Path, kind: str, key: Mapping[str, Any]) -> dict | None:
    if not path.exists():
        return None
    content = _read(path, kind)
    if digest(content["key"]) != digest(key):
        raise _foreign(path)
    return content


def _read(path: Path, kind: str) -> dict:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(f"{str(path)!r} is truncated or damaged; delete it and run the command again.") from error
    form = content.get("format") if isinstance(content, dict) else None
    if form != kind and str(form).rpartition(" ")[0] == kind.rpartition(" ")[0]:
        raise UserError(f"{str(path)!r} is a {form!r}, but this version reads {kind!r}; use the version that wrote it.")
    if form != kind or not _FIELDS[kind] <= content.keys():
        raise _foreign(path)
    if not path.stem.endswith(short(content["key"])) or not _agrees(content["result"]):
        raise UserError(f"{str(path)!r} was changed after it was written; delete it and run the command again.")
    return content


def _agrees(result: Any) -> bool:
    """Whether a result's accuracy is that of its episodes, which are rounded."""
    episodes = result.get("accuracy_per_episode") if isinstance(result, dict) else None
    try:
        return not episodes or abs(statistics.fmean(episodes) - result["accuracy_mean"]) < 1e-6
    except (LookupError, TypeError):
        return False


def _foreign(path: Path) -> UserError:
    return UserError(f"{str(path)!r} is not a file of this store; move it away.")


def _write(path: Path, content: Mapping[str, Any]) -> None:
    text = json.dumps(content, indent=1, allow_nan=False)
    write_whole(path, text.encode() + b"\n")
