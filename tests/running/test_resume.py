"""A cell that is interrupted goes on from its last checkpoint, to the result of an undisturbed run."""

import json

import pytest

from benchmark.store import checkpoints
from methods.algorithms.reptile import Reptile
from tests.running.conftest import only, results
from tests.running.test_kill import run_in_a_process

SLOW = '''
"""Learns nothing, but in many steps; kills itself, or is interrupted, where a file says so."""

import os
import signal
from pathlib import Path

import torch

from methods.interface import Method, Progress
from methods.support import class_means, cosine_logits

HERE = Path(__file__).parent


class Slow(Method):
    def build(self, problem):
        self.weights = torch.nn.Parameter(torch.ones(problem.input_shape))

    def fit(self, context):
        yield from context.training.run(self.steps, method=self)

    def steps(self, done):
        for step in range(done + 1, 11):
            with (HERE / "steps").open("a") as log:
                log.write(f"{step} ")
            if step == 7 and (HERE / "signal").exists():
                number = int((HERE / "signal").read_text())
                (HERE / "signal").unlink()
                os.kill(os.getpid(), number)
            self.weights.data += torch.randn(
                self.weights.shape, generator=torch.Generator().manual_seed(step)
            )
            yield Progress(step, 10, 0.0)

    def adapt(self, task):
        return class_means(task, task.support.x * self.weights)

    def predict(self, state, query):
        return cosine_logits(state, query.x * self.weights)
'''


@pytest.fixture(autouse=True)
def keep_every_step(monkeypatch):
    monkeypatch.setattr(checkpoints, "INTERVAL", 0.0)


def method_file(folder):
    folder.mkdir()
    (folder / "slow.py").write_text(SLOW)
    return folder / "slow.py"


def test_killed_within_a_cell(tmp_path):
    arguments = ["run", "fewshot", *only([str(method_file(tmp_path / "a"))]), "--seeds=1"]
    (tmp_path / "a" / "signal").write_text("9")
    assert run_in_a_process([*arguments, "--results", str(tmp_path / "disturbed")], tmp_path / "cache") == -9
    assert [path.name.split(".")[1:] for path in (tmp_path / "disturbed/checkpoints").glob("[!.]*")] == [
        ["training", "pt"]
    ]
    assert run_in_a_process([*arguments, "--results", str(tmp_path / "disturbed")], tmp_path / "cache") == 0
    assert (tmp_path / "a" / "steps").read_text() == "1 2 3 4 5 6 7 " + "7 8 9 10 "
    assert not list((tmp_path / "disturbed/checkpoints").glob("*.pt"))
    assert run_in_a_process([*arguments, "--results", str(tmp_path / "whole")], tmp_path / "cache") == 0
    assert results(tmp_path / "disturbed") == results(tmp_path / "whole") != {}


def test_ctrl_c_within_reptiles_training(ltdi_bench, tmp_path, monkeypatch):
    """Its training is shared by all shots: interrupted in the first cell, and never begun in the second."""
    reduced = {"iterations": 6, "width": 4, "evaluation_steps": 2}
    arguments = ["run", "fewshot", *only(["reptile"]), "--seeds=1", "--shots=1,5"]
    arguments += [f"--set=reptile.{name}={value}" for name, value in reduced.items()]
    steps, meta_step = [], Reptile._meta_step

    def interrupted(self, *batch):
        steps.append(1)
        if len(steps) == 5:
            raise KeyboardInterrupt
        return meta_step(self, *batch)

    monkeypatch.setattr(Reptile, "_meta_step", interrupted)
    assert ltdi_bench(*arguments, "--results", tmp_path / "disturbed").code == 130
    assert ltdi_bench(*arguments, "--results", tmp_path / "disturbed").code == 0
    assert len(steps) == 5 + 2  # four were done and kept, the fifth was begun twice
    monkeypatch.setenv("LTDI_BENCH_CACHE", str(tmp_path / "another cache"))
    assert ltdi_bench(*arguments, "--results", tmp_path / "whole").code == 0
    assert len(steps) == 7 + 6
    assert results(tmp_path / "disturbed") == results(tmp_path / "whole")
    seconds = [json.loads(f.read_text())["provenance"]["seconds"] for f in tmp_path.glob("whole/fewshot/*")]
    assert seconds[0]["meta-training"] == pytest.approx(seconds[1]["meta-training"], abs=0.5)
    assert min(s["meta-training"] for s in seconds) > 0
