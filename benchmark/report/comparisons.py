"""Tests of the differences within a table, with the seed as the unit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from benchmark.analysis.statistics import (
    LEVEL,
    PairedDifference,
    Ranking,
    holm,
    interquartile_mean,
    paired_difference,
    rank,
)
from benchmark.report.labels import by_number
from benchmark.report.summary import SummaryRow
from methods.errors import unknown

DEFAULT_REFERENCES = ("prototypes", "regression")  # controls that a generator must beat to be worth anything
BEST, TIED, LOWER, UNTESTED = "best", "not distinguishable", "lower", "not tested"

RowName = tuple[int, int, str]  # way, shot and label, which name a row of a sheet


@dataclass(frozen=True)
class Comparison:
    """A method's difference to a reference on the same episodes, in percentage points."""

    paired: PairedDifference
    adjusted_p: float | None  # after Holm, over all comparisons of the sheet; None where a single seed is shared


@dataclass(frozen=True)
class OverSettings:
    """A method over all settings of a sheet."""

    label: str
    labels: frozenset[str]  # all that it has, on sheets where other variants are beside it
    average_rank: float
    interquartile_mean: tuple[float, tuple[float, float] | None]  # percent, and the ends of its interval


@dataclass(frozen=True)
class Analysis:
    """The rows of a sheet with what was tested about them."""

    rows: list[SummaryRow]
    standing: dict[RowName, str]  # of the rows that have an accuracy, within their setting
    references: tuple[str, ...]  # labels
    comparisons: dict[tuple[RowName, str], Comparison]  # by row and reference
    over_settings: list[OverSettings]  # best rank first; empty with one setting, or with one complete method
    ranking: Ranking | None  # of the same methods in the same order


def row_name(row: SummaryRow) -> RowName:
    return (*row.setting, row.label)


def analyses(rows: Iterable[SummaryRow], references: Sequence[str] = DEFAULT_REFERENCES) -> list[Analysis]:
    """The sheets of a summary, in its order, with their tests."""
    return [_analyse(list(members), references) for _, members in groupby(rows, key=lambda row: row.sheet)]


def _analyse(rows: list[SummaryRow], references: Sequence[str]) -> Analysis:
    """Test the rows of a sheet; `references` are labels or methods; those that the sheet lacks are left out."""
    settings = defaultdict(list)
    for row in rows:
        settings[row.setting].append(row)
    chosen = tuple(dict.fromkeys(label for name in references if (label := _reference(rows, name))))
    standing = {name: how for block in settings.values() for name, how in _standing(block).items()}
    over_settings, ranking = rank_over(rows)
    return Analysis(rows, standing, chosen, _comparisons(settings, chosen), over_settings, ranking)


def compare(rows: list[SummaryRow], methods: Sequence[str], references: Sequence[str]) -> Analysis:
    """Some methods of a sheet against others, setting by setting, Holm-corrected over these comparisons alone.

    Names are labels or methods. A method with several variants is compared in each, with the same variant of others.
    UserError for a name that the sheet does not have.
    """
    check_references(rows, (*methods, *references))
    compared = []
    for name in methods:
        variants = [row for row in rows if row.label == name] or [row for row in rows if row.method == name]
        compared += sorted(variants, key=lambda row: by_number(row.variant))
    compared.sort(key=lambda row: row.setting)
    pairs = {(row_name(row), name): (row, _counterpart(rows, row, name)) for row in compared for name in references}
    return Analysis(compared, {}, tuple(references), _tested(pairs), [], None)


def _counterpart(rows: list[SummaryRow], row: SummaryRow, name: str) -> SummaryRow | None:
    """The row that a reference means for another one: the same variant of that method, else the one with that label."""
    there = [other for other in rows if other.setting == row.setting]
    same = [other for other in there if (other.method, other.variant) == (name, row.variant)]
    return next(iter([*same, *(other for other in there if other.label == name)]), None)


def check_references(rows: Iterable[SummaryRow], references: Sequence[str]) -> None:
    """UserError for a reference that no sheet has."""
    known = {name for row in rows for name in (row.method, row.label)}
    for name in references:
        if name not in known:
            raise unknown("method to compare with", name, known)


def _reference(rows: list[SummaryRow], name: str) -> str | None:
    """The label that a reference means: itself, or the variant of that method with the most finished cells."""
    finished: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.label == name:
            return name
        if row.method == name:
            finished[row.label] += len(row.by_seed)
    return min(finished, key=lambda label: (-finished[label], label), default=None)


def _standing(block: list[SummaryRow]) -> dict[RowName, str]:
    """The standing of each row of a setting against the best one, Holm-corrected over the setting.

    Best is the highest mean among the rows with the most seeds: one lucky seed does not win against five.
    """
    there = [row for row in block if row.accuracy is not None]
    if not there:
        return {}
    most = max(len(row.by_seed) for row in there)
    best = max((row for row in there if len(row.by_seed) == most), key=lambda row: row.accuracy or 0.0)
    standing = {row_name(row): UNTESTED for row in there} | {row_name(best): BEST}
    differences = [(row, paired_difference(best.by_seed, row.by_seed)) for row in there if row is not best]
    tested = [(row, difference.p) for row, difference in differences if difference and difference.p is not None]
    for (row, _), p in zip(tested, holm([p for _, p in tested]), strict=True):
        standing[row_name(row)] = LOWER if p < LEVEL else TIED
    return standing


def _comparisons(
    settings: dict[tuple[int, int], list[SummaryRow]], references: tuple[str, ...]
) -> dict[tuple[RowName, str], Comparison]:
    """Every row against every reference in its setting."""
    pairs: dict[tuple[RowName, str], tuple[SummaryRow, SummaryRow | None]] = {}
    for block in settings.values():
        by_label = {row.label: row for row in block}
        for reference in references:
            pairs |= {(row_name(row), reference): (row, by_label.get(reference)) for row in block}
    return _tested(pairs)


def _tested(
    pairs: dict[tuple[RowName, str], tuple[SummaryRow, SummaryRow | None]],
) -> dict[tuple[RowName, str], Comparison]:
    """Those pairs of two rows that share seeds, with p-values after Holm over all of them."""
    differences = {
        name: difference
        for name, (row, other) in pairs.items()
        if other not in (None, row) and (difference := paired_difference(row.by_seed, other.by_seed))
    }
    # Two rows that are references for each other meet twice, with opposite signs: that is one test.
    same = {name: frozenset(map(row_name, pairs[name])) for name in differences}
    tests = {same[name]: difference.p for name, difference in differences.items() if difference.p is not None}
    adjusted = dict(zip(tests, holm(list(tests.values())), strict=True))
    return {name: Comparison(difference, adjusted.get(same[name])) for name, difference in differences.items()}


def rank_over(rows: Iterable[SummaryRow]) -> tuple[list[OverSettings], Ranking | None]:
    """Methods, best first, and their ranks over the data sets and settings of these rows.

    A method is the same one on all sheets by its label, since a run may change its settings for a data set, or by its
    settings. Methods that miss a block are left out. ([], None) with fewer than two blocks or two methods.
    """
    blocks: dict[Hashable, list[SummaryRow]] = defaultdict(list)
    by_label: dict[str, list[SummaryRow]] = defaultdict(list)
    for row in rows:
        blocks[(*map(str, row.sheet.values()), *row.setting)].append(row)
        by_label[row.label].append(row)
    complete: dict[str, list[SummaryRow]] = {}
    for label in sorted(by_label, key=len):  # the plainest first: another label may stand for the same rows
        variants = [_variant(block, by_label[label]) for block in blocks.values()]
        finished = [row for row in variants if row is not None and row.accuracy is not None]
        if len(finished) == len(blocks) and finished not in complete.values():
            complete[label] = finished
    if len(blocks) < 2 or len(complete) < 2:
        return [], None
    average = rank(_scores(complete, list(complete))).average
    labels = [label for _, label in sorted(zip(average, complete, strict=True))]
    ranking = rank(_scores(complete, labels))
    return [
        OverSettings(
            label,
            frozenset(row.label for row in complete[label]),
            average_rank,
            interquartile_mean([list(row.by_seed.values()) for row in complete[label]]),
        )
        for label, average_rank in zip(labels, ranking.average, strict=True)
    ], ranking


def _variant(block: list[SummaryRow], named: list[SummaryRow]) -> SummaryRow | None:
    """The row of a block that is one of these, or has the method and the settings of one."""
    return next((row for row in block for one in named if _trained(row) == _trained(one)), None)


def _trained(row: SummaryRow) -> tuple[str, dict[str, Any]]:
    """The method and its settings, whatever else was studied beside its accuracy."""
    return row.method, {name: value for name, value in row.settings.items() if name != "study"}


def _scores(complete: dict[str, list[SummaryRow]], labels: list[str]) -> np.ndarray:
    """Accuracies (settings, methods)."""
    return np.array([[row.accuracy for row in complete[label]] for label in labels]).T
