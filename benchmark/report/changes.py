"""Changes between two results folders, beyond noise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from benchmark.analysis.statistics import LEVEL, PairedDifference, holm, paired_difference
from benchmark.report.entries import setting_name, signed
from benchmark.report.escaping import plain
from benchmark.report.summary import SHEET, SummaryRow
from benchmark.report.versions import VERSIONS
from benchmark.system.keys import digest

LATENCY_FACTOR = 1.5  # medians on the same clock differ by less from one day to another


@dataclass(frozen=True)
class Change:
    """A method in a setting, now and before."""

    name: str
    now: SummaryRow | None  # None where it is gone
    before: SummaryRow | None  # None where it is new
    difference: PairedDifference | None  # now minus before, in percentage points; None where not both finished
    adjusted_p: float | None  # Holm-corrected over all changes; None for a single seed
    # "better", "worse", "unchanged", "differs" (a single seed: no test), "new", "gone", "recovered", "fails" (in a seed
    # that finished before) or "other seeds" (none finished in both)
    kind: str
    slower: float | None  # milliseconds per sample now over before, by the same clock


def compare_results(now: Iterable[SummaryRow], before: Iterable[SummaryRow]) -> list[Change]:
    """Every row of either folder, matched by what was asked; versions of the code may differ."""
    ours, theirs = _by_question(now), _by_question(before)
    pairs = [(ours.get(question), theirs.get(question)) for question in ours | theirs]
    differences = [one and other and paired_difference(one.by_seed, other.by_seed) for one, other in pairs]
    tested = {i: difference.p for i, difference in enumerate(differences) if difference and difference.p is not None}
    adjusted = dict(zip(tested, holm(list(tested.values())), strict=True))
    return [
        _change(one, other, difference or None, adjusted.get(i))
        for i, ((one, other), difference) in enumerate(zip(pairs, differences, strict=True))
    ]


def is_regression(change: Change) -> bool:
    """Whether CI should fail: the row is worse, fails, is gone, or differs in a seed, which repeats exactly."""
    return change.kind in ("worse", "fails", "gone", "differs")


def describe_changes(changes: list[Change]) -> str:
    """A line for every change, and one with their counts."""
    lines = [_describe(change) for change in changes if change.kind != "unchanged"]
    lines += [
        f"slower      {change.name}: {change.before.ms_per_sample:.3g} to {change.now.ms_per_sample:.3g} ms/sample"
        for change in changes
        if change.slower and change.slower > LATENCY_FACTOR
    ]
    unchanged = sum(change.kind == "unchanged" for change in changes)
    regressions = sum(map(is_regression, changes))
    return "\n".join([*lines, f"{unchanged} of {len(changes)} rows are unchanged; {regressions} regressions."]) + "\n"


def _by_question(rows: Iterable[SummaryRow]) -> dict[str, SummaryRow]:
    return {digest(_question(row)): row for row in rows if row.status != "missing"}


def _question(row: SummaryRow) -> dict[str, Any]:
    sheet = {name: row.sheet[name] for name in SHEET}
    asked = {**sheet, **row.settings, "way": row.way, "shot": row.shot, "method": row.method}
    return {name: value for name, value in asked.items() if name not in VERSIONS}


def _change(
    now: SummaryRow | None, before: SummaryRow | None, difference: PairedDifference | None, p: float | None
) -> Change:
    row = now or before
    name = f"{row.sheet['suite']}: {row.sheet['dataset']} {setting_name(row.setting)} {row.label}"
    slower = None
    if now and before and now.clock == before.clock and now.ms_per_sample and before.ms_per_sample:
        slower = now.ms_per_sample / before.ms_per_sample
    return Change(plain(name), now, before, difference, p, _kind(now, before, difference, p), slower)


def _kind(
    now: SummaryRow | None, before: SummaryRow | None, difference: PairedDifference | None, p: float | None
) -> str:
    if now is None or before is None:
        return "new" if before is None else "gone"
    if now.status != before.status:
        return "fails" if now.status == "failed" else "recovered"
    if any(seed in before.by_seed for seed, _ in now.failures):
        return "fails"
    if difference is None and now.by_seed and before.by_seed:
        return "other seeds"
    if difference is None or difference.difference == 0:
        return "unchanged"
    if p is None:
        return "differs"
    if p >= LEVEL:
        return "unchanged"
    return "better" if difference.difference > 0 else "worse"


def _describe(change: Change) -> str:
    line = f"{change.kind:11} {change.name}"
    if change.kind == "fails":
        line += f": {plain(change.now.failures[0][1])}"
    elif change.difference:
        interval = "" if change.difference.interval is None else f" ± {change.difference.interval:.2f}"
        p = "a single seed allows no test" if change.adjusted_p is None else f"p {change.adjusted_p:.3g}"
        line += f": {signed(change.difference.difference)}{interval} ({p})"
    return line
