"""Hashes that name results and artefacts by what determines them, and what keys leave out.

A key that came before a setting says nothing of it, and means what held then. So that results keep their names, later
keys leave an entry out too where it has that value: `compact` does so and `expand` undoes it, both by one table.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Literal

Kind = Literal["record", "body", "latency"]

# Entries that keys leave out, with what they mean where they are not there.
DEFAULTS: Mapping[Kind, Mapping[str, Any]] = {
    "record": {
        "part": "test",
        "tasks": "plain",
        "training_classes": "all",
        "study": "",
        "curve": 0,
        "curve_tasks": None,
        "method_source": None,
        "track": None,
        "source": None,
        "target": None,
        "semantics": None,
    },
    "body": {"augmentation": "characters", "pretrained": None, "class_scale": 1.0, "source": None},
    "latency": {"protocol": 1},
}
# What splits consisted of when keys did not say it; a split that is not here is said, unless nothing is known of it.
SPLITS: Mapping[tuple[str, str], str] = {
    ("omniglot", "800-400-423"): "5a1682f3a5ba",
    ("omniglot", "1200-423"): "00c018af59ec",
    ("omniglot", "vinyals"): "bd02ad522084",
}
# The entries that name a data set of a record, its split and what that consists of.
_SPLIT_ENTRIES = (
    ("dataset", "split", "split_content"),
    ("source", "source_split", "source_split_content"),
    ("target", "target_split", "target_split_content"),
)


def digest(key: Mapping[str, Any]) -> str:
    """SHA-256 of a key of plain values; the order of its entries does not matter."""
    return hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()


def compact(kind: Kind, key: Mapping[str, Any]) -> dict[str, Any]:
    """The key as it is hashed and kept: without the entries that have the value of the tables."""
    meant = _meant(kind, key)
    return {name: value for name, value in key.items() if name not in meant or value != meant[name]}


def expand(kind: Kind, key: Mapping[str, Any]) -> dict[str, Any]:
    """A key with all of its entries: the inverse of `compact`."""
    return {**_meant(kind, key), **key}


def _meant(kind: Kind, key: Mapping[str, Any]) -> dict[str, Any]:
    """The meaning of absent entries."""
    meant = dict(DEFAULTS[kind])
    if kind == "record":
        for dataset, split, content in _SPLIT_ENTRIES:
            meant[content] = SPLITS.get((key.get(dataset), key.get(split)))
    return meant


def split_key(dataset: str, split: str, content: str | None, prefix: str = "") -> dict[str, str]:
    """The entries of keys for a split besides its name: a hash of its content, unless the table has that one.

    `content` is None where that is not known; nothing is said then.
    """
    said = content is not None and SPLITS.get((dataset, split)) != content
    return {f"{prefix}split_content": content} if said else {}
