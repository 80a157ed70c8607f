"""Whatever is typed: no traceback, the exit code that the list says, one line that helps, and nothing is damaged."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest

from benchmark.cli import cli
from benchmark.data import sources
from tests.conftest import SMALL_DATA_SETS
from tests.reliability.bad_inputs import EVERY, PROCESSES
from tests.reliability.world import make_data, make_world, snapshot

ROOT = Path(__file__).parents[2]
START = f"""
from benchmark.data import sources
sources.__path__.append({str(SMALL_DATA_SETS)!r})
from benchmark.cli import main
main()
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The world, and a cache that knows the methods."""
    home = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sources, "__path__", [*sources.__path__, str(SMALL_DATA_SETS)])
        patch.setenv("LTDI_BENCH_CACHE", str(home / "cache"))
        patch.setenv("LTDI_BENCH_DATA", str(home / "world" / "data"))
        (home / "world").mkdir()
        make_data(home / "world" / "data")
        make_world(home / "world")
    shutil.copytree(home / "world", home / "as it was")
    return home


@pytest.fixture
def world(made, dots_known, monkeypatch):
    """The current folder, in which nothing may have changed at the end of a test."""
    world, before = made / "world", snapshot(made / "as it was")
    monkeypatch.chdir(world)
    monkeypatch.setenv("LTDI_BENCH_CACHE", str(made / "cache"))
    monkeypatch.setenv("LTDI_BENCH_DATA", str(world / "data"))
    yield world
    after = snapshot(world)
    if after != before:
        monkeypatch.chdir(made)
        shutil.rmtree(world)
        shutil.copytree(made / "as it was", world)
        pytest.fail(f"changed: {sorted(dict(after.items() ^ before.items()))}")


def check(bad, code, out, err):
    assert "Traceback" not in err
    assert code == bad.code, (code, out, err)
    if code == 1:
        return
    assert out == ""
    lines = [line for line in err.splitlines() if line and not line.startswith(("usage: ", "parses.py: error: "))]
    assert len(lines) == 1, err
    assert lines[0].startswith("Error: ")
    assert bad.says in lines[0]
    assert "Errno" not in lines[0]
    assert " object at 0x" not in lines[0]


@pytest.mark.parametrize("bad", EVERY, ids=[bad.typed for bad in EVERY])
def test_bad_input(bad, world, ltdi_bench, monkeypatch):
    for name, value in bad.environment.items():
        monkeypatch.setenv(name, value)
    done = ltdi_bench(*bad.arguments)
    check(bad, done.code, done.out, done.err)


@pytest.mark.parametrize("bad", PROCESSES, ids=[bad.typed for bad in PROCESSES])
def test_bad_input_in_a_process(bad, world):
    command = [sys.executable, "-c", START, *bad.arguments]
    environment = {**os.environ, **bad.environment, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment)
    check(bad, done.returncode, done.stdout, done.stderr)


def commands(group, above=()):
    """The words of every command."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        words = (*above, name)
        yield from commands(command, words) if isinstance(command, click.Group) else [words]


def test_every_command_has_bad_inputs():
    """A new command adds its own to tests/reliability/bad_inputs.py."""
    typed = [tuple(bad.arguments) for bad in EVERY]
    lacking = [words for words in commands(cli) if not any(words == each[: len(words)] for each in typed)]
    assert lacking == []
    assert len(EVERY) >= 200
    assert len({bad.typed + str(bad.environment) for bad in EVERY}) == len(EVERY)
    assert len(PROCESSES) >= 20
