"""The report as one HTML file that needs nothing else: no network, no second file."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Hashable
from importlib import resources
from typing import Any

from benchmark.report.comparisons import Analysis, row_name
from benchmark.report.escaping import plain
from benchmark.report.findings import findings
from benchmark.report.layout import caption
from benchmark.report.notes import about_published, clock_name
from benchmark.report.reproduce import Commands
from benchmark.report.results import Results
from benchmark.report.rows import MeasuredCell
from benchmark.report.summary import SummaryRow, hardware_name

_PARTS = ("elements", "theme", "details", "tables", "scales", "tradeoff")  # each may use those before it


def render_page(results: Results) -> bytes:
    """The page. Records reach it only as JSON; its script shows them as text and never as markup.

    A content security policy lets no other script run and no request leave.
    """
    style, script = _asset("page.css"), _script()
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    data = json.dumps(_plain(page_data(results)), separators=(",", ":"), ensure_ascii=False)
    for character in "<>&\u2028\u2029":  # JSON keeps its meaning, and nothing in it ends the element
        data = data.replace(character, f"\\u{ord(character):04x}")
    page = _asset("page.html").replace("/* style */", style).replace("SCRIPT-HASH", allowed)
    return page.replace("/* script */", script).replace("/* data */", data).encode()


def page_data(results: Results) -> dict[str, Any]:
    """Everything that the page shows, as plain values; values that many records share are numbered and occur once."""
    shared, commands = _Shared(), Commands()
    return {
        "summary": _summary(results),
        "sheets": [_sheet(analysis, shared, commands) for analysis in results.analyses],
        "shared": shared.values,
    }


def _summary(results: Results) -> list[str]:
    status = Counter(cell.outcome["status"] for cell in results.cells)
    keys = [cell.key for cell in results.cells]

    def count(name: str, one: str, many: str) -> str:
        values = len({key[name] for key in keys})
        return f"{values} {one if values == 1 else many}"

    failed = len(results.cells) - status["ok"]
    lines = [
        f"There are {len(results.cells)} records: {status['ok']} finished and {failed} failed. They cover "
        f"{count('method', 'method', 'methods')}, {count('dataset', 'data set', 'data sets')}, "
        f"{count('seed', 'seed', 'seeds')}, {count('profile', 'profile', 'profiles')}."
    ]
    earlier = len(results.cells) - sum(len(row.cells) for row in results.rows)
    if earlier:
        lines.append(f"{earlier} of them belong to earlier versions of methods and are left out.")
    return lines + [line for analysis in results.analyses for line in _findings(analysis)]


def _findings(analysis: Analysis) -> list[str]:
    title = analysis.rows[0].title
    return [f"{title}, {about}: {line}" if about else f"{title}: {line}" for about, line in findings(analysis)]


def _sheet(analysis: Analysis, shared: _Shared, commands: Commands) -> dict[str, Any]:
    about = analysis.rows[0].sheet
    return {
        "title": analysis.rows[0].title,
        "about": {name: about[name] for name in ("suite", "dataset", "split", "profile", "protocol")},
        "caption": caption(about),
        "notes": list(dict.fromkeys(note for row in analysis.rows for note in row.data_notes)),
        "references": list(analysis.references),
        "rows": [_row(row, analysis, shared, commands) for row in analysis.rows],
    }


def _row(row: SummaryRow, analysis: Analysis, shared: _Shared, commands: Commands) -> dict[str, Any]:
    compared = [analysis.comparisons.get((row_name(row), reference)) for reference in analysis.references]
    return {
        "label": row.named(),
        "way": row.way,
        "shot": row.shot,
        "status": row.status,
        "accuracy": row.accuracy,
        "interval": row.interval,
        "episodes": row.episode_interval,
        "standing": analysis.standing.get(row_name(row)),
        "seeds": [len(row.by_seed), len(row.by_seed) + len(row.failures) + len(row.absent)],
        "absent": list(row.absent),
        "compared": [c and [c.paired.difference, c.paired.interval, c.adjusted_p] for c in compared],
        "adapt": row.adapt_ms_per_task,
        "sample": row.ms_per_sample,
        "clock": row.clock and shared.number(clock_name(row.clock)),
        "training": row.training_seconds,
        "paper": row.paper and [row.paper.accuracy, row.paper.source],
        "published": [[number.accuracy, about_published(number)] for number in row.published],
        "generates": row.generates_weights,
        "settings": shared.number(row.settings),
        "command": commands.command(row.cells[0].key) if row.cells else None,
        "records": [_record(cell, shared) for cell in row.cells],
    }


def _record(cell: MeasuredCell, shared: _Shared) -> dict[str, Any]:
    outcome = cell.outcome
    return {
        "seed": cell.key["seed"],
        "hash": outcome["key_hash"][:16],
        "accuracy": None if outcome["accuracy_mean"] is None else 100 * outcome["accuracy_mean"],
        "reason": outcome["reason"],
        "started": outcome["started"],
        "hardware": shared.number(hardware_name(outcome["hardware"])),
        "versions": shared.number(outcome["versions"]),
        "code": shared.number(outcome["code"]),
        "seconds": outcome["seconds"],
        "latency": [
            [shared.number(clock_name(m["clock"])), m.get("adapt_ms_per_task"), m.get("ms_per_sample")]
            for m in outcome["latency"]
        ],
    }


class _Shared:
    """Values that are written once and called by their number."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._numbers: dict[Hashable, int] = {}

    def number(self, value: Any) -> int:
        name = json.dumps(value, sort_keys=True)
        if name not in self._numbers:
            self._numbers[name] = len(self.values)
            self.values.append(value)
        return self._numbers[name]


def _plain(value: Any) -> Any:
    """The same with every text, names included, on one line and without control characters."""
    if isinstance(value, str):
        return plain(value)
    if isinstance(value, dict):
        return {plain(name): _plain(member) for name, member in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(member) for member in value]
    return round(value, 4) if isinstance(value, float) and abs(value) >= 1 else value


def _script() -> str:
    """The parts of the script in one function, so that they share their names with each other and nothing else."""
    parts = "\n".join(_asset(f"{part}.js") for part in _PARTS)
    return f'"use strict";\n(() => {{\n{parts}}})();\n'


def _asset(name: str) -> str:
    return (resources.files("benchmark.report") / "assets" / name).read_text(encoding="utf-8")
