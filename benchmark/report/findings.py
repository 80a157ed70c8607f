"""Findings: the records of a sheet in one sentence each."""

from __future__ import annotations

from benchmark.analysis.statistics import LEVEL
from benchmark.report.comparisons import BEST, TIED, Analysis, row_name
from benchmark.report.entries import setting_name


def findings(analysis: Analysis) -> list[tuple[str, str]]:
    """Pairs of a setting ("" for the whole sheet) and a sentence about it.

    The sentences say which method leads each setting, and how generated weights compare with the references.
    """
    lines = []
    for setting in dict.fromkeys(row.setting for row in analysis.rows):
        rows = [row for row in analysis.rows if row.setting == setting]
        best = [row for row in rows if analysis.standing.get(row_name(row)) == BEST]
        tied = [row.named() for row in rows if analysis.standing.get(row_name(row)) == TIED]
        if not best:
            continue
        line = f"{best[0].named()} leads with {best[0].accuracy:.2f} %"
        if tied:
            line += f" but is not distinguishable from {', '.join(tied)}"
        above = [f"{row.named()} {row.accuracy:.2f} %" for row in rows if (row.accuracy or 0) > best[0].accuracy]
        if above:
            line += f"; with fewer seeds, these are higher: {', '.join(above)}"
        caveat = "" if len(best[0].by_seed) > 1 else " (a single seed allows no test)"
        lines.append((setting_name(setting), f"{line}{caveat}."))
    for reference in analysis.references:
        compared = [
            comparison
            for row in analysis.rows
            if row.generates_weights and (comparison := analysis.comparisons.get((row_name(row), reference)))
        ]
        tested = [c for c in compared if c.adjusted_p is not None]
        if tested:
            distinct = [c.paired.difference for c in tested if c.adjusted_p < LEVEL]
            higher = sum(difference > 0 for difference in distinct)
            lower = sum(difference < 0 for difference in distinct)
            lines.append(
                (
                    "",
                    f"generated weights are above {reference} in {higher} of {len(tested)} comparisons, below it in "
                    f"{lower}, and not distinguishable from it in {len(tested) - higher - lower}.",
                )
            )
    return lines
