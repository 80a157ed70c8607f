"""Whole runs, in this process, on a data set that takes a second."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from benchmark.cells import profiles
from benchmark.cells.inputs import resolve
from benchmark.data import sources
from benchmark.planning.plan import make_plan
from benchmark.planning.request import Request
from benchmark.running.workbench import Workbench
from benchmark.store.artefacts import ArtefactFolder
from methods import weight_generator

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
    "--set=lt-di.diffusion_steps=5",
    "--set=metadiff.steps=5",
    "--set=metadiff.diffusion_steps=20",
]


def make_small(patch):
    """Adds the data sets `tiny` and `tiny-domains`, and has few test episodes and few heads to measure an error on."""
    patch.setattr(sources, "__path__", [*sources.__path__, SOURCES])
    patch.setitem(profiles.PROFILES, "smoke", replace(profiles.get("smoke"), episodes=50, latency_seconds=0.02))
    patch.setattr(weight_generator, "VALIDATION_HEADS", 16)


@pytest.fixture(autouse=True)
def small(monkeypatch):
    make_small(monkeypatch)


@pytest.fixture(scope="session")
def warm(tmp_path_factory):
    """A cache with what nearly every run here begins with: the bank of `tiny`, its body and features for two seeds."""
    folder = tmp_path_factory.mktemp("warm")
    with pytest.MonkeyPatch.context() as patch:
        make_small(patch)
        patch.setenv("LTDI_BENCH_CACHE", str(folder))
        request = Request("fewshot", ["prototypes"], ["tiny"], ways=(5,), shots=(1,), seeds=2, profile="smoke")
        for cell in make_plan(request).cells:
            sources = Workbench(torch.device("cpu"), ArtefactFolder(folder)).sources(resolve(cell))
            for part in ("train", "validation", "test"):
                sources.tasks(part)
    return folder


@pytest.fixture
def warmed(cache, warm):
    """Bodies and features are there already."""
    shutil.copytree(warm, cache)


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
