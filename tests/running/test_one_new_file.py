"""One new file in a temporary folder adds a method, a suite, a data set, a body or a kind of tasks."""

import json

import pytest

from benchmark import suites
from benchmark.bodies import architectures
from benchmark.data import sources
from benchmark.tasks import kinds

METHOD = '''
"""Answers with the nearest support image."""
import torch
from methods.interface import Method


class Nearest(Method):
    def adapt(self, task):
        return task.support

    def predict(self, state, query):
        nearest = torch.cdist(query.x, state.x).argmin(-1)
        return torch.nn.functional.one_hot(state.y.gather(1, nearest), 5).float()
'''
SUITE = """
from dataclasses import replace

from benchmark.suites.suite import Suite


class Upside(Suite):
    summary = "plain tasks, and tasks with few queries"
    datasets = ("stripes",)
    ways = (5,)
    shots = (1,)
    methods = ("prototypes",)

    def forms(self, cell, variant, choice):
        yield cell
        yield replace(cell, tasks="few-queries")
"""
KIND = """
from dataclasses import replace

from benchmark.tasks.kinds.kind import TaskKind


class FewQueries(TaskKind):
    summary = "two queries of each class"

    def batches(self, draw):
        return draw.source.batches(draw.stream(), draw.tasks, draw.batch, **{**draw.size, "queries": 2})
"""
DATA_SET = """
import numpy as np

from benchmark.data.dataset import ClassSplit, DataSet, Listing

NAMES = tuple(f"stripe {i:02d}" for i in range(30))


class Stripes(DataSet):
    summary = "rows of one brightness"
    image_shape = (16, 16, 1)
    splits = ("default",)
    embedded = True

    def present(self, root):
        return True

    def signature(self, root):
        return "1"

    def read(self, root):
        rng = np.random.default_rng(0)
        patterns = rng.integers(256, size=(30, 16, 1, 1))
        images = (np.clip(rows + rng.normal(0, 20, (16, 16, 1)), 0, 255) for rows in patterns for _ in range(20))
        return Listing(np.repeat(np.arange(30), 20), NAMES, (image.astype(np.uint8) for image in images))

    def split(self, name):
        return ClassSplit(NAMES[:14], NAMES[14:22], NAMES[22:])
"""


BODY = """
from benchmark.bodies.architecture import Architecture, Network


class Rows(Architecture):
    summary = "brightness of each row"

    def features(self, recipe, image_shape):
        return image_shape[0]

    def network(self, recipe, image_shape):
        from torch import nn

        rows = nn.Sequential(
            nn.Conv2d(image_shape[2], 1, 1), nn.AdaptiveAvgPool2d((image_shape[0], 1)), nn.Flatten()
        )
        return Network(rows, image_shape[:2], image_shape[0])
"""


@pytest.fixture
def added(monkeypatch, tmp_path):
    """One of each, beside the project's own."""
    for registry, file, text in (
        (suites, "upside.py", SUITE),
        (kinds, "few_queries.py", KIND),
        (sources, "stripes.py", DATA_SET),
        (architectures, "rows.py", BODY),
    ):
        folder = tmp_path / registry.__name__
        folder.mkdir()
        (folder / file).write_text(text)
        monkeypatch.setattr(registry, "__path__", [*registry.__path__, str(folder)])
    method = tmp_path / "nearest.py"
    method.write_text(METHOD)
    return method


def test_one_of_each_is_one_new_file(ltdi_bench, added, tmp_path):
    assert "rows of one brightness" in ltdi_bench("list", "datasets").out
    assert "tasks with few queries" in ltdi_bench("list", "suites").out
    options = (f"--methods=prototypes,{added}", "--body=rows", "--profile=smoke", "--device=cpu", "--no-latency")
    results = tmp_path / "results"
    done = ltdi_bench("run", "upside", *options, "--results", results)
    assert done.code == 0, done.out + done.err
    records = [json.loads(file.read_text()) for file in results.glob("upside/*.json")]
    assert {(r["key"]["method"], r["key"].get("tasks", "plain"), r["key"]["dataset"]) for r in records} == {
        (method, tasks, "stripes") for method in ("prototypes", "nearest") for tasks in ("plain", "few-queries")
    }
    assert all(r["result"]["accuracy_mean"] > 0.5 for r in records), "chance is 0.2"
    for name in (added, "stripes", "rows"):
        checked = ltdi_bench("check", name)
        assert checked.code == 0, checked.out
    assert {record["key"]["body"]["architecture"] for record in records} == {"rows"}
    report = ltdi_bench("report", "--results", results, "--format", "markdown").out
    assert "upside: stripes" in report and "few-queries" in report


def test_harder_tasks_of_ones_own_join_the_suite_of_harder_tasks(ltdi_bench, added, dots, tmp_path):
    arguments = ("run", "stress", "--datasets=dots", "--methods=ridge", "--dry-run", "--results", tmp_path / "none")
    planned = ltdi_bench(*arguments).out
    assert "few-queries" in planned
