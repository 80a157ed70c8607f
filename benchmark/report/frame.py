"""The summary as a data frame, for CSV and for own analyses."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pandas as pd

from benchmark.report.notes import about_published, clock_name
from benchmark.report.summary import SummaryRow


def summary_frame(rows: Iterable[SummaryRow]) -> pd.DataFrame:
    """One line per row of the summary; accuracies are in percent, what is not there is empty."""
    return pd.DataFrame([_line(row) for row in rows])


def _line(row: SummaryRow) -> dict[str, Any]:
    return {
        **row.sheet,
        "way": row.way,
        "shot": row.shot,
        "method": row.method,
        "label": row.label,
        **{
            name: json.dumps(value) if isinstance(value, dict | list) else value for name, value in row.settings.items()
        },
        "status": row.status,
        "accuracy_percent": row.accuracy,
        "interval_95_percent": row.interval,
        "seeds": len(row.seeds),
        "seeds_failed": len(row.failures),
        "seeds_missing": len(row.absent),
        "reasons": "; ".join(dict.fromkeys(reason for _, reason in row.failures)),
        "adapt_ms_per_task": row.adapt_ms_per_task,
        "ms_per_sample": row.ms_per_sample,
        "latency_measured_on": clock_name(row.clock) if row.clock else None,
        "paper_percent": row.paper.accuracy if row.paper else None,
        "paper_deviation_percent": row.paper.deviation if row.paper else None,
        "published_percent": "; ".join(f"{n.accuracy} ({about_published(n)})" for n in row.published),
        "transductive": row.transductive,
        "generates_weights": row.generates_weights,
        "hardware": "; ".join(row.hardware),
    }
