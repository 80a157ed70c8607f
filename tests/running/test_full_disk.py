"""A disk that fills in the middle of a cell: one line says so, and nothing that was finished is lost."""

import errno
import json
import os

import pytest

from benchmark.store import checkpoints
from tests.running.conftest import only, results
from tests.running.test_resume import method_file

CELLS = 4  # prototypes and the slow method, with two seeds
# What is being written when the disk is full: how often before, what it is called.
MOMENTS = {
    "a training's state": (3, ".training.pt"),
    "a checkpoint": (1, ".safetensors"),
    "a record": (1, "-seed1-"),
    "a latency": (1, "-cpu-"),
}


@pytest.fixture(autouse=True)
def keep_every_step(monkeypatch):
    monkeypatch.setattr(checkpoints, "INTERVAL", 0.0)


def files(folder):
    """All that was finished, and its content."""
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".") and not path.name.endswith(".training.pt")
    }


@pytest.mark.parametrize("moment", MOMENTS)
def test_what_was_finished_stays_and_the_rest_is_made_when_there_is_room(
    ltdi_bench, warmed, tmp_path, monkeypatch, moment
):
    before, name = MOMENTS[moment]
    folder, written, kept = tmp_path / "disturbed", [], {}
    replace = os.replace

    def full(source, target, **options):
        if name in os.fspath(target):
            written.append(target)
            if len(written) > before:
                kept.update(files(folder) if len(written) == before + 1 else {})
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replace(source, target, **options)

    arguments = ["run", "fewshot", *only(["prototypes", str(method_file(tmp_path / "a"))])]
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        done = ltdi_bench(*arguments, "--results", folder)
    assert done.code == 2
    assert done.err.count("Error: ") == 1 and "Traceback" not in done.err
    assert repr(str(written[-1])) in done.err
    assert "No space left on device" in done.err
    assert "make room" in done.err
    found = files(folder)
    assert kept
    assert found.items() >= kept.items()
    assert not list(folder.rglob(".*"))
    for path, content in found.items():
        if path.suffix == ".json":
            json.loads(content)
    assert len(results(folder)) < CELLS or moment == "a latency"

    assert ltdi_bench(*arguments, "--results", folder).code == 0
    finished = {path: content for path, content in found.items() if path.suffix == ".json"}
    assert files(folder).items() >= finished.items(), "what was finished is not made again"
    assert ltdi_bench(*arguments, "--results", tmp_path / "whole").code == 0
    assert results(folder) == results(tmp_path / "whole")
    assert len(results(folder)) == CELLS
