"""Committed records have the hyper-parameters that methods have now: their keys would not be found otherwise."""

import json
from collections import Counter
from pathlib import Path

from benchmark import suites
from benchmark.bodies import architectures
from benchmark.cells import profiles
from benchmark.cells.descriptions import describe
from benchmark.data import catalogue
from benchmark.data.dataset import common_shape
from methods.profiles import InputSizes

RESULTS = Path(__file__).parent.parent.parent / "results"


def keys():
    """Those of all committed records, each group that differs in seed and tasks only once."""
    found = {}
    for file in RESULTS.rglob("*.json"):
        key = json.loads(file.read_bytes()).get("key") or {}
        if "hyperparameters" in key:
            same = [key.get(part) for part in ("suite", "method", "dataset", "source", "way", "shot", "body")]
            found.setdefault(json.dumps([*same, key["hyperparameters"]]), key)
    return list(found.values())


def inputs(key):
    """As `Cell.input_sizes`."""
    data, learned = (catalogue.get(name) for name in (key["dataset"], key.get("source", key["dataset"])))
    shape = common_shape(learned.image_shape, data.image_shape)
    body = (key["body"] or {}).get("architecture", architectures.DEFAULT)
    recipe = profiles.get(key["profile"]).recipe(learned.kind, body)
    return InputSizes(shape, architectures.features(recipe, shape), key.get("source_way", key["way"]), key["shot"])


def test_what_a_suite_does_not_vary_is_what_the_method_has_for_these_inputs():
    scaled = Counter()
    for key in keys():
        method, suite = describe(key["method"]), suites.get(key["suite"])
        now, then = method.scaled(key["profile"], inputs(key)), key["hyperparameters"]
        varied = {name for variant in suite.variants(key["method"], key["profile"]) for name in variant}
        assert now.keys() == then.keys(), key
        assert {name for name in now if now[name] != then[name]} <= varied, key
        scaled[key["method"]] += now != method.hyperparameters[key["profile"]]
    assert scaled["lt-di"] and scaled["meta-baseline"], "some are of large images, or of large tasks"
