"""Whole runs, in this process, on a data set that takes a second."""

import json
from pathlib import Path

import pytest

SOURCES = str(Path(__file__).parent / "sources")
QUICK = [
    "--datasets=tiny",
    "--ways=5",
    "--shots=1",
    "--seeds=2",
    "--profile=smoke",
    "--device=cpu",
    "--set=lt-di.steps=5",
    "--set=lt-di.prepared_heads=20",
    "--set=metadiff.steps=5",
]


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    """Adds the data set `tiny`."""
    from benchmark.data import sources

    monkeypatch.setattr(sources, "__path__", [*sources.__path__, SOURCES])


def only(methods):
    """The quick settings of these methods."""
    return [o for o in QUICK if not o.startswith("--set") or o.split("=")[1].split(".")[0] in methods] + [
        f"--methods={','.join(methods)}"
    ]


def results(folder):
    """Everything of the records in a store that must not depend on when and how often it was interrupted."""
    found = {}
    for path in sorted(Path(folder).glob("fewshot/*.json")):
        record = json.loads(path.read_text())
        found[path.name] = {part: record[part] for part in ("key", "status", "reason", "result", "method")}
    return found
