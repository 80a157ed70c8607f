"""docs/python.md against what the package has."""

import inspect
import re
from pathlib import Path

import pytest

import benchmark
from benchmark.report.record_frames import COLUMNS

TEXT = (Path(__file__).parents[2] / "docs" / "python.md").read_text(encoding="utf-8")


def table(name):
    """The types that a table of columns gives, by column."""
    part = TEXT.partition(f"<!-- columns of {name} -->")[2].partition("<!-- end -->")[0]
    rows = [line.split("|")[1:3] for line in part.splitlines() if line.startswith("| `")]
    return {column: kind.strip() for columns, kind in rows for column in re.findall(r"`(.+?)`", columns)}


def test_columns_of_records():
    assert list(table("records").items()) == list(COLUMNS.items())


def test_columns_of_episodes(results):
    results.add()
    episodes = benchmark.load_results(results.store.root).episodes
    assert table("episodes") == {name: str(kind) for name, kind in episodes.dtypes.items()}


@pytest.mark.parametrize("name", ["tradeoff", "curves", "sensitivity", "ranks", "trajectories"])
def test_plots_have_their_options(name):
    (call,) = re.findall(rf"^\| `{name}(\(.*?\))` \|", TEXT, flags=re.MULTILINE)
    parameters = inspect.signature(getattr(benchmark.plots, name)).parameters.values()
    said = ", ".join(p.name if p.default is p.empty else f"{p.name}={p.default!r}" for p in parameters)
    assert call.replace('"', "'") == f"({said})"


@pytest.mark.parametrize("function", ["run", "load_results"])
def test_every_option_is_named(function):
    section = TEXT.partition(f"## `benchmark.{function}`")[2].partition("\n## ")[0]
    for option in inspect.signature(getattr(benchmark, function)).parameters:
        assert re.search(rf"\b{option}\b", section), option
