"""What is left is judged by records of cells like it."""

import pytest

from benchmark.planning.estimates import CHECKPOINT, MEMORY, OWN, SHARED, WHOLE, Estimates, likeness
from benchmark.planning.forecast import forecast
from benchmark.planning.plan import make_plan
from benchmark.planning.request import Request
from benchmark.store.records import RecordStore

KEY = {
    "method": "lt-di",
    "profile": "cpu",
    "dataset": "omniglot",
    "body": {},
    "hyperparameters": {},
    "way": 5,
    "shot": 1,
}


def record(seconds, key=KEY, **provenance):
    phases = {"trajectories": 10.0, "trajectories, beside": 1000.0, "meta-training": seconds, "evaluation": 1.0}
    return {"key": key, "status": "ok", "provenance": {"seconds": phases, **provenance}}


def test_the_closest_records_decide():
    estimates = Estimates([record(3.0), record(5.0), record(90.0), record(700.0, {**KEY, "shot": 5})])
    assert estimates.of(OWN, likeness(KEY)) == 6.0
    assert estimates.of(WHOLE, likeness(KEY)) == 16.0
    assert estimates.of(OWN, likeness({**KEY, "shot": 20})) == (6.0 + 91.0) / 2  # of all shots
    assert estimates.of(OWN, likeness({**KEY, "method": "maml"})) is None


def test_failed_records_and_older_ones_tell_less():
    failed = {**record(3.0), "status": "failed"}
    assert Estimates([failed]).of(OWN, likeness(KEY)) is None
    assert Estimates([record(3.0)]).of(MEMORY, likeness(KEY)) is None
    told = record(3.0, shared_seconds={"packing": 1.0, "body": 2.0, "features": 3.0}, memory=7, checkpoint=8)
    estimates = Estimates([told])
    assert [estimates.of(what, likeness(KEY)) for what in (SHARED, MEMORY, CHECKPOINT)] == [5.0, 7, 8]


@pytest.fixture
def cells(dots):
    return make_plan(Request("fewshot", ["prototypes", "ridge"], ["dots"], ways=(2,), shots=(1,), seeds=3)).cells


@pytest.fixture
def store(tmp_path):
    return RecordStore(tmp_path / "results")


def finish(store, cell, seconds, **provenance):
    """Write a finished record."""
    done = record(seconds, cell.key(), **provenance)
    store.write_record({**done, "reason": None, "result": {}, "method": {}})


def test_nothing_is_known_at_first(cells, store):
    assert forecast(cells, store) == ["6 cells are left. No record tells how long cells like them take."]


def test_what_is_left_takes_what_records_say(cells, store):
    told = {"shared_seconds": {"body": 60.0, "features": 30.0}, "memory": 300 * 2**20, "checkpoint": 2**20}
    finish(store, cells[0], 99.0, **told)
    by_method = [cell.method.label for cell in cells]
    assert by_method == ["prototypes", "ridge"] * 3
    first, *others = forecast(cells, store)
    # Two prototypes of 100 s each; for two seeds 10 s of preparation and 90 s of body and features.
    assert first == (
        "5 cells are left. Judged by records of cells like them, 2 of them take about 0:03:40, and bodies and features "
        "0:03:00, divided by the number of jobs."
    )
    assert others == [
        "A job takes up to 300 MiB of memory.",
        "Their checkpoints take 2 MiB of disk.",
        "No record tells how long cells of ridge take.",
    ]
    for cell in cells[1:]:
        finish(store, cell, 1.0)
    assert forecast(cells, store) == []


def test_a_dry_run_tells_it(ltdi_bench, dots, tmp_path):
    done = ltdi_bench(
        "run", "fewshot", "--methods=ridge", "--datasets=dots", "--ways=2", "--dry-run", "--results", tmp_path
    )
    assert done.code == 0 and "cells are left. No record tells" in done.err
