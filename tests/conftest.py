"""What many tests share: folders of their own, a small data set, the command line in this process."""

import importlib.util
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import platformdirs
import pytest

from benchmark.data import sources

# Before torch is imported: tests run side by side, one to a processor (pytest -n auto).
os.environ.setdefault("OMP_NUM_THREADS", "1")

SMALL_DATA_SETS = Path(__file__).parent / "data" / "sources"


@dataclass
class Done:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


def pytest_collection_modifyitems(items) -> None:
    """Whole runs come first: last, one processor would wait for the other to finish them.

    Tests that need a package which is not part of the project are skipped where it is not installed.
    """
    items.sort(key=lambda item: "/running/" not in item.nodeid)
    if importlib.util.find_spec("learn2learn") is None:
        skip = pytest.mark.skip(reason="learn2learn is not installed (tox -e learn2learn installs it)")
        for item in items:
            if item.get_closest_marker("learn2learn"):
                item.add_marker(skip)


@pytest.fixture(autouse=True)
def cache(monkeypatch, tmp_path_factory) -> Path:
    """A new cache folder; no test reads or writes the caches and data sets of whoever runs it."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("LTDI_BENCH_CACHE", str(home / "cache"))
    monkeypatch.delenv("LTDI_BENCH_DATA", raising=False)
    monkeypatch.setenv("LTDI_BENCH_JOBS", "1")  # in this process; tests of several jobs say so
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda name: str(home / "share" / name))
    return home / "cache"


@pytest.fixture
def dots_known(monkeypatch) -> None:
    """Adds the data set `dots` to those that there are."""
    monkeypatch.setattr(sources, "__path__", [*sources.__path__, str(SMALL_DATA_SETS)])


@pytest.fixture
def dots(dots_known, monkeypatch, tmp_path_factory) -> Path:
    """A data folder in which `dots` lies, and which commands use by default."""
    root = tmp_path_factory.mktemp("data")
    (root / "dots.txt").write_text("first")
    monkeypatch.setenv("LTDI_BENCH_DATA", str(root))
    return root


@pytest.fixture
def ltdi_bench(monkeypatch, capsys):
    """Calls the command line in this process: ltdi_bench("run", "fewshot", ...) -> Done."""
    from benchmark.cli import main

    def call(*arguments) -> Done:
        monkeypatch.setattr(sys, "argv", ["ltdi-bench", *map(str, arguments)])
        # Else click takes the name of the program from `python -m pytest`.
        monkeypatch.setattr(sys.modules["__main__"], "__package__", None)
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return Done(ended.value.code, printed.out, printed.err)

    return call
