"""Synthetic records, written through the store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from benchmark.store.records import RecordStore
from benchmark.system.keys import digest
from tests.report.drawn import curve_to

CPU = {"device": "cpu", "name": "AMD EPYC", "cores": 2, "memory_gib": 24}


class Results:
    """A results folder to be filled."""

    def __init__(self, store: RecordStore) -> None:
        self.store = store

    def add(
        self,
        accuracy: float | None = 0.9,
        *,
        reason: str | None = None,
        transductive: bool = False,
        generates_weights: bool = True,
        hardware: dict[str, Any] = CPU,
        seconds: float = 2.0,
        curve: list[dict] | None = None,
        diagnostics: dict[str, float] | None = None,
        data: dict[str, Any] | None = None,
        code: dict[str, Any] | None = None,
        started: str = "2026-11-22T01:00:00+00:00",
        shared_seconds: dict[str, float] | None = None,
        **changes: Any,
    ) -> dict[str, Any]:
        """Write a record, failed if a reason is given; `changes` are entries of its key. Returns the key."""
        key = {
            "protocol": 1,
            "suite": "fewshot",
            "dataset": "omniglot",
            "split": "800-400-423",
            "data_fingerprint": "0123456789abcdef" * 4,
            "way": 5,
            "shot": 1,
            "queries": 15,
            "episodes": 2,
            "method": "lt-di",
            "method_version": 1,
            "hyperparameters": {"steps": 100},
            "seed": 0,
            "profile": "cpu",
            "body": {"version": 1, "architecture": "conv4", "width": 64},
            "views": 4,
            "head_hidden": 64,
            **changes,
        }
        result = {
            "accuracy_mean": accuracy,
            "accuracy_per_episode": [accuracy] * 2,
            "diagnostics": diagnostics or {"noise": 0.5},
        }
        if curve:
            result["curve"] = curve
        provenance = {
            "hardware": hardware,
            "versions": {"python": "3.11.7", "torch": "2.15.0"},
            "started": started,
            **({"code": code} if code else {}),
        }
        if not reason:
            provenance["seconds"] = {"preparation": 1.0, "meta-training": seconds, "evaluation": 1.0}
        if shared_seconds:
            provenance["shared_seconds"] = shared_seconds
        record = {
            "key": key,
            "status": "failed" if reason else "ok",
            "reason": reason,
            "result": None if reason else result,
            "method": {
                "summary": "A method.",
                "generates_weights": generates_weights,
                "transductive": transductive,
            },
            "provenance": provenance,
            **({"data": data} if data else {}),
        }
        self.store.write_record(record)
        return key

    def add_latency(self, key: dict[str, Any], adapt: float, sample: float, **changes: Any) -> None:
        """Write a latency of the record with this key; `changes` are entries of the latency's key."""
        clock = {"device": "cpu", "device_name": "AMD EPYC", "threads": 2, "precision": "bfloat16", **changes}
        latency = {
            "key": {"record": digest(key), "method": key["method"], **clock},
            "result": {"adapt_ms_per_task": adapt, "predict_ms_per_query": 0.1, "ms_per_sample": sample},
            "provenance": {"hardware": CPU, "versions": {}, "started": "2026-11-22T02:00:00+00:00"},
        }
        self.store.write_latency(latency)


@pytest.fixture(scope="session")
def new_results(tmp_path_factory) -> Callable[[], Results]:
    """Makes results folders, for what several tests only read."""
    return lambda: Results(RecordStore(tmp_path_factory.mktemp("made") / "results"))


@pytest.fixture
def results(tmp_path) -> Results:
    return Results(RecordStore(tmp_path / "results"))


@pytest.fixture(scope="module")
def filled(new_results):
    """Three methods in two settings with three seeds, learning curves and a small grid of variants."""
    results = new_results()
    for seed in range(3):
        for way in (5, 20):
            for method, accuracy, ms in (("fast", 0.8, 0.1), ("slow", 0.9, 10.0), ("worse", 0.7, 5.0)):
                curve = curve_to(accuracy + 0.01 * seed)
                key = results.add(accuracy + 0.001 * seed, seed=seed, method=method, way=way, curve=curve, seconds=ms)
                results.add_latency(key, 10 * ms, ms)
        for length in (2, 4):
            for steps in (10, 20, 50):
                if (length, steps) != (4, 50):
                    hyperparameters = {"trajectory_length": length, "diffusion_steps": steps}
                    results.add(
                        0.5 + length / 20 + steps / 1000, seed=seed, suite="grid", hyperparameters=hyperparameters
                    )
    return results
