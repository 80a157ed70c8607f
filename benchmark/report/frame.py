"""The summary as a data frame, for CSV and for analyses of your own."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pandas as pd

from benchmark.report.comparisons import Analysis, row_name
from benchmark.report.escaping import encodable
from benchmark.report.notes import about_published, clock_name
from benchmark.report.summary import SHARED, SummaryRow


def summary_lines(analyses: Iterable[Analysis]) -> list[dict[str, Any]]:
    """One object per row of the summary; accuracies and differences are in percent, absent values are None."""
    return [_line(row, analysis) for analysis in analyses for row in analysis.rows]


def summary_frame(analyses: Iterable[Analysis]) -> pd.DataFrame:
    """`summary_lines` as columns; nested values, such as hyper-parameters, are JSON."""
    lines = summary_lines(analyses)
    return pd.DataFrame([{name: _flat(value) for name, value in line.items()} for line in lines])


def _flat(value: Any) -> Any:
    if isinstance(value, str):
        return encodable(value)
    return json.dumps(value) if isinstance(value, dict | list) else value


def _line(row: SummaryRow, analysis: Analysis) -> dict[str, Any]:
    return {
        **row.sheet,
        "way": row.way,
        "shot": row.shot,
        "method": row.method,
        "label": row.label,
        **row.settings,
        "status": row.status,
        "accuracy_percent": row.accuracy,
        "interval_95_percent": row.interval,
        "episode_interval_95_percent": row.episode_interval,
        "standing": analysis.standing.get(row_name(row)),
        "seeds": len(row.by_seed),
        "seeds_failed": len(row.failures),
        "seeds_missing": len(row.absent),
        "reasons": "; ".join(dict.fromkeys(reason for _, reason in row.failures)),
        **_comparisons(row, analysis),
        "adapt_ms_per_task": row.adapt_ms_per_task,
        "ms_per_sample": row.ms_per_sample,
        "latency_measured_on": clock_name(row.clock) if row.clock else None,
        "training_seconds": row.training_seconds,
        "preparation_seconds": row.preparation_seconds,
        **{f"{name}_seconds": row.shared_seconds.get(name) for name in SHARED},
        "paper_percent": row.paper.accuracy if row.paper else None,
        "paper_deviation_percent": row.paper.deviation if row.paper else None,
        "delta_vs_paper_percent": row.accuracy - row.paper.accuracy if row.paper and row.accuracy is not None else None,
        "published_percent": "; ".join(f"{n.accuracy} ({about_published(n)})" for n in row.published),
        "transductive": row.transductive,
        "generates_weights": row.generates_weights,
        "hardware": "; ".join(row.hardware),
        "data_notes": " ".join(row.data_notes),
    }


def _comparisons(row: SummaryRow, analysis: Analysis) -> dict[str, float | None]:
    columns: dict[str, float | None] = {}
    for reference in analysis.references:
        comparison = analysis.comparisons.get((row_name(row), reference))
        paired = comparison and comparison.paired
        columns |= {
            f"delta_vs_{reference}_percent": paired.difference if paired else None,
            f"delta_vs_{reference}_interval_95_percent": paired.interval if paired else None,
            f"delta_vs_{reference}_p": paired.p if paired else None,
            f"delta_vs_{reference}_p_holm": comparison.adjusted_p if comparison else None,
        }
    return columns
