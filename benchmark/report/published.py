"""Published numbers: those of the Lt-Di paper, and others published independently of it."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from benchmark.data import catalogue

PAPER = "Learning to Learn Weight Generation via Trajectory Diffusion"
# The paper's names of our methods, where they differ. Published "prototypical networks" are trained end to
# end, our `prototypes` are centroids of a frozen body: they are different methods.
PAPER_NAMES = {"vae": "llo-vae"}
_UNVERIFIED = " (recalled; verify)"


@dataclass(frozen=True)
class PublishedNumber:
    """An accuracy in percent, with what a reader has to know of it."""

    accuracy: float
    source: str  # a table of the paper, or a citation
    name: str  # what the method is called there
    deviation: float | None = None  # standard deviation over the paper's 5 runs, in percent
    transductive: bool = False
    unverified: bool = False  # written down from memory, not yet compared with the source


def comparable(sheet: Mapping[str, Any], settings: Mapping[str, Any]) -> bool:
    """Whether numbers were published for what a row shows: plain tasks of test classes, after training on all others.

    Where splits are named by the domain that is tested on, they are those of the first one: Sketch in DomainNet.
    """
    if (sheet["part"], sheet["tasks"]) != ("test", "plain") or "training_classes" in settings:
        return False
    dataset = catalogue.get(sheet["dataset"]) if sheet["dataset"] in catalogue.names() else None
    return dataset is None or sheet["split"] not in dataset.domains or sheet["split"] == dataset.splits[0]


def paper_number(dataset: str, way: int, shot: int, method: str, body: str | None) -> PublishedNumber | None:
    """The Lt-Di paper's accuracy of a method in a few-shot or zero-shot setting, or None.

    A number that two tables repeat is taken from the one with the main comparison.
    """
    name = PAPER_NAMES.get(method, method)
    rows = _matching("ltdi_tables.csv", dataset, way, shot, name, body)
    whole = way == _every_class(dataset)
    if whole or (way, shot) == (5, 1):
        rows += _matching("ltdi_tables.csv", dataset, "", "", name, body)
    for row in rows:
        if row["metric"] == "accuracy":
            deviation = float(row["std"]) if row["std"] else None
            # A table that names no way and no shot has all classes in one task, or else does not say what it has.
            unsaid = not row["way"] and not whole
            table = row["table"] + " (names no way or shot, taken as 5-way 1-shot)" * unsaid
            return PublishedNumber(float(row["mean"]), table, name, deviation)
    return None


def published_numbers(dataset: str, way: int, shot: int, method: str, body: str | None) -> tuple[PublishedNumber, ...]:
    """Independently published accuracies of a method in a few-shot setting, in the order of the file."""
    return tuple(
        PublishedNumber(
            float(row["accuracy"]),
            row["source"].removesuffix(_UNVERIFIED),
            method,
            transductive=row["transductive"] == "yes",
            unverified=row["source"].endswith(_UNVERIFIED),
        )
        for row in _matching("published.csv", dataset, way, shot, method, body)
    )


def _every_class(dataset: str) -> int | None:
    return catalogue.get(dataset).class_count if dataset in catalogue.names() else None


def _matching(file: str, *setting: str | int | None) -> list[dict[str, str]]:
    wanted = [str(value) for value in setting]
    columns = ("dataset", "way", "shot", "method", "backbone")
    return [row for row in _rows(file) if [row[column] for column in columns] == wanted]


@cache
def _rows(file: str) -> list[dict[str, str]]:
    text = (resources.files("benchmark.report") / "published" / file).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
