"""Every committed record is found again from its key: key -> request -> cell -> the same key."""

import json
import os
from collections import defaultdict
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from benchmark.data import catalogue
from benchmark.planning import plan
from benchmark.planning.request import Request
from benchmark.store.records import RecordStore
from benchmark.system.keys import compact, digest, expand
from methods import registry

KEYS = [record["key"] for record in RecordStore(Path(__file__).parents[2] / "results").records()]


def test_keys_are_kept_compact():
    assert len(KEYS) > 1000
    for key in KEYS:
        full = expand("record", key)
        assert len(full) > len(key)
        assert compact("record", full) == key


@pytest.mark.skipif(
    "LTDI_BENCH_TEST_DATA" not in os.environ, reason="LTDI_BENCH_TEST_DATA names no folder of real data"
)
def test_every_record_is_found_again_from_its_key(monkeypatch):
    """Records of several seeds differ in nothing else, and so are planned once."""
    data = Path(os.environ["LTDI_BENCH_TEST_DATA"])
    monkeypatch.setattr(catalogue, "locate", cache(catalogue.locate))  # walks through all files of a data set
    monkeypatch.setattr(plan, "describe", cache(plan.describe))
    monkeypatch.setattr(registry, "check_requirements", lambda name, requires: None)
    alike = defaultdict(list)
    for key in KEYS:
        alike[json.dumps({**key, "seed": None}, sort_keys=True)].append(key)
    lost = []
    for keys in alike.values():
        cells = plan.make_plan(replace(Request.from_key(keys[0], data), only=None)).cells
        for key in keys:
            if digest(key) not in {replace(cell, seed=key["seed"]).digest for cell in cells}:
                lost.append(key)
    assert lost == []
