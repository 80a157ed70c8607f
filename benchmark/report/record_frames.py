"""Records and their test episodes as data frames: one row each, with the same columns and types for any records."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from benchmark.analysis.statistics import episode_interval
from benchmark.report.escaping import encodable
from benchmark.report.notes import clock_name
from benchmark.report.results import Results
from benchmark.report.rows import MeasuredCell
from benchmark.report.summary import hardware_name, preparation_seconds, training_seconds
from benchmark.system.keys import expand

TEXT, WHOLE, NUMBER, FLAG, TIME = "string", "int64", "float64", "bool", "datetime64[ns, UTC]"

# Columns that every frame of records has, with their types; docs/python.md says what they hold.
COLUMNS = {
    "key_hash": TEXT,
    "suite": TEXT,
    "dataset": TEXT,
    "split": TEXT,
    "way": WHOLE,
    "shot": WHOLE,
    "method": TEXT,
    "label": TEXT,
    "seed": WHOLE,
    "episodes": WHOLE,
    "queries": WHOLE,
    "profile": TEXT,
    "part": TEXT,
    "tasks": TEXT,
    "track": TEXT,
    "source": TEXT,
    "target": TEXT,
    "status": TEXT,
    "reason": TEXT,
    "accuracy_mean": NUMBER,
    "episode_interval_95": NUMBER,
    "adapt_ms_per_task": NUMBER,
    "ms_per_sample": NUMBER,
    "latency_measured_on": TEXT,
    "training_seconds": NUMBER,
    "preparation_seconds": NUMBER,
    "transductive": FLAG,
    "generates_weights": FLAG,
    "hardware": TEXT,
    "started": TIME,
    "superseded": FLAG,
}
# What tells episodes apart: few values, each many times.
_OF_EPISODES = ("key_hash", "suite", "dataset", "split", "method", "label", "profile", "part", "tasks")
_NUMBERS_OF_EPISODES = ("way", "shot", "seed")


def records_frame(results: Results) -> pd.DataFrame:
    """A row per record, in the order of the store: COLUMNS, then the rest of the keys and what methods measured.

    The latter are `hyperparameters.NAME`, `body.NAME` and other entries of keys by their path, `seconds.PHASE` and
    `diagnostics.NAME`, each in the narrowest of boolean, Int64, float64 and string that holds its values; lists are
    JSON text. A column is there where any record has it, and is missing (NA or NaN) for the others.
    """
    labels = _labels(results)
    rows = [_fixed(cell, labels) for cell in results.cells]
    extras = [_extras(cell) for cell in results.cells]
    named = list(dict.fromkeys(name for extra in extras for name in extra))
    columns = {name: pd.Series([_text(row[name]) for row in rows]).astype(kind) for name, kind in COLUMNS.items()}
    others = {name: _narrowest([extra.get(name) for extra in extras]) for name in sorted(named, key=_family)}
    return pd.DataFrame(columns | others)


def episodes_frame(results: Results) -> pd.DataFrame:
    """A row per test episode of each finished record, in the order of the store.

    `episode` counts from 0: records of one data set, split, setting, seed, part and kind of tasks have the same task
    there, whatever the method. `accuracy` is from 0 to 1. Names are categories.
    """
    records = records_frame(results)[[*_OF_EPISODES, *_NUMBERS_OF_EPISODES]]
    accuracies = [cell.outcome["accuracy_per_episode"] or [] for cell in results.cells]
    frame = records.astype(dict.fromkeys(_OF_EPISODES, "category"))
    frame = frame.loc[frame.index.repeat([len(scores) for scores in accuracies])].reset_index(drop=True)
    frame["episode"] = pd.Series([number for scores in accuracies for number in range(len(scores))], dtype=WHOLE)
    frame["accuracy"] = pd.Series([value for scores in accuracies for value in scores], dtype=NUMBER)
    return frame


def _labels(results: Results) -> dict[str, str]:
    """Labels of the records that reports show, by the hash of their keys."""
    return {cell.outcome["key_hash"]: row.label for row in results.rows for cell in row.cells}


def _fixed(cell: MeasuredCell, labels: Mapping[str, str]) -> dict[str, Any]:
    outcome = cell.outcome
    everything = {**expand("record", cell.key), **outcome}
    clock = outcome["latency"][0]["clock"] if outcome["latency"] else None
    half = episode_interval(outcome["accuracy_per_episode"])[1] if outcome["accuracy_per_episode"] else None
    return everything | {
        "label": labels.get(outcome["key_hash"]),
        "episode_interval_95": half,
        "latency_measured_on": clock_name(clock) if clock else None,
        "training_seconds": training_seconds(cell),
        "preparation_seconds": preparation_seconds(cell),
        "hardware": hardware_name(outcome["hardware"]),
        "started": pd.Timestamp(outcome["started"]),
        "superseded": outcome["key_hash"] not in labels,
    }


def _extras(cell: MeasuredCell) -> dict[str, Any]:
    measured = {name: cell.outcome[name] or {} for name in ("seconds", "diagnostics")}
    rest = {name: value for name, value in expand("record", cell.key).items() if name not in COLUMNS}
    return dict(_leaves({**rest, **measured}))


def _text(value: Any) -> Any:
    return encodable(value) if isinstance(value, str) else value


def _leaves(entries: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in entries.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}{name}.")
        elif value is not None:
            yield f"{path}{name}", value


def _family(name: str) -> int:
    """Orders columns: hyper-parameters, body, other entries of the key, seconds, diagnostics; by appearance within."""
    families = ("hyperparameters", "body", None, "seconds", "diagnostics")
    first = name.partition(".")[0]
    return families.index(first if first in families else None)


def _narrowest(values: Sequence[Any]) -> pd.Series:
    """The values in the narrowest type that holds all of them."""
    there = [value for value in values if value is not None]

    def all_are(*kinds: type) -> bool:
        return all(type(value) in kinds for value in there)

    kinds: list[tuple[bool, str, Callable]] = [
        (all_are(bool), "boolean", bool),
        (all_are(int), "Int64", int),
        (all_are(int, float), NUMBER, float),
        (True, TEXT, lambda value: _text(value) if isinstance(value, str) else json.dumps(value)),
    ]
    kind, convert = next((kind, convert) for holds, kind, convert in kinds if holds)
    return pd.Series([None if value is None else convert(value) for value in values], dtype=kind)
