"""What the records of a sheet say in a sentence each."""

from __future__ import annotations

from benchmark.analysis.statistics import LEVEL
from benchmark.report.comparisons import BEST, TIED, Analysis, row_name
from benchmark.report.sheets import setting_name


def findings(analysis: Analysis) -> list[tuple[str, str]]:
    """What each sentence is about, if not the whole sheet, and the sentence: who leads each setting, and how the
    methods that generate weights stand to the references."""
    lines = []
    for setting in dict.fromkeys(row.setting for row in analysis.rows):
        rows = [row for row in analysis.rows if row.setting == setting]
        best = [row for row in rows if analysis.standing.get(row_name(row)) == BEST]
        tied = [row.named() for row in rows if analysis.standing.get(row_name(row)) == TIED]
        if not best:
            continue
        line = f"{best[0].named()} leads with {best[0].accuracy:.2f} %"
        if tied:
            line += f", not distinguishable from {', '.join(tied)}"
        above = [f"{row.named()} {row.accuracy:.2f} %" for row in rows if (row.accuracy or 0) > best[0].accuracy]
        if above:
            line += f"; higher with fewer seeds: {', '.join(above)}"
        tested = len(best[0].by_seed) > 1
        lines.append((setting_name(setting), f"{line}." if tested else f"{line} (a single seed: no test)."))
    for reference in analysis.references:
        found = [
            comparison
            for row in analysis.rows
            if row.generates_weights and (comparison := analysis.comparisons.get((row_name(row), reference)))
        ]
        tested = [c for c in found if c.adjusted_p is not None]
        if tested:
            above = sum(c.adjusted_p < LEVEL and c.found.difference > 0 for c in tested)
            below = sum(c.adjusted_p < LEVEL and c.found.difference < 0 for c in tested)
            lines.append(
                (
                    "",
                    f"generated weights against {reference}, {len(tested)} in all: {above} above it, {below} below, "
                    f"{len(tested) - above - below} not distinguishable.",
                )
            )
    return lines
