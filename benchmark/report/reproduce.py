"""The command that makes a record again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from benchmark import suites
from benchmark.bodies import architectures
from benchmark.cells.descriptions import Description, describe
from benchmark.cells.profiles import PROFILES
from benchmark.data import catalogue
from benchmark.data.dataset import common_shape
from benchmark.planning.request import Request
from methods import registry
from methods.errors import UserError
from methods.profiles import InputSizes


class Commands:
    """Commands for cells; what is known of a method is looked up once."""

    def __init__(self) -> None:
        self._described: dict[str, Description | None] = {}

    def command(self, key: dict[str, Any]) -> str:
        """The command for a record's key, all but its end: --seeds 1 --first-seed and the seed.

        It sets no hyper-parameter that this installation would set anyway, and names no body that the suite would take.
        """
        request = Request.from_key(key)
        trimmed = replace(request, seeds=None, first_seed=None, changes=self._changes(key))
        return shlex.join((replace(trimmed, body=None) if _usual_body(key) else trimmed).words())

    def _changes(self, key: dict[str, Any]) -> list[tuple[str, str, Any]]:
        """The hyper-parameters that are neither the profile's nor those of a variant that the suite runs anyway."""
        method = key["method"]
        usual = self._usual(key)
        set_to = {n: v for n, v in key["hyperparameters"].items() if n not in usual or usual[n] != v}
        if set_to in [dict(variant) for variant in _variants(key["suite"], method, key["profile"])]:
            return []
        return [(method, name, value) for name, value in set_to.items()]

    def _usual(self, key: dict[str, Any]) -> dict[str, Any]:
        """The settings of a run that names the method; none for a method or a profile that is not installed."""
        method, profile = key["method"], key["profile"]
        if method not in self._described:
            try:
                self._described[method] = describe(method) if method in registry.names() else None
            except UserError:  # installed, and broken
                self._described[method] = None
        known = self._described[method]
        if known is None or profile not in PROFILES:
            return {}
        if key["suite"] in suites.names():
            profile = suites.get(key["suite"]).settings_profile(profile, named=True)
        inputs = _inputs(key)
        return known.hyperparameters[profile] if inputs is None else known.scaled(profile, inputs)


def _usual_body(key: dict[str, Any]) -> bool:
    """Whether the suite would take the body without being told."""
    known = key["suite"] in suites.names() and key["profile"] in PROFILES
    usual = suites.get(key["suite"]).bodies_of(PROFILES[key["profile"]]) if known else (architectures.DEFAULT,)
    return usual == ((key.get("body") or {}).get("architecture", architectures.DEFAULT),)


def _variants(suite: str, method: str, profile: str) -> Sequence[Mapping[str, Any]]:
    """The variants of a method in a suite; none for a suite that is not installed."""
    return suites.get(suite).variants(method, profile) if suite in suites.names() else ()


def _inputs(key: dict[str, Any]) -> InputSizes | None:
    """The sizes of the inputs, as `Cell.input_sizes`; None for a body or a data set that is not installed."""
    names = key["dataset"], key.get("source", key["dataset"])
    body = (key.get("body") or {}).get("architecture", architectures.DEFAULT)
    if not architectures.is_known(body) or not {*names} <= {*catalogue.names()}:
        return None
    data, learned = map(catalogue.get, names)
    shape = common_shape(learned.image_shape, data.image_shape)
    features = architectures.features(PROFILES[key["profile"]].recipe(learned.kind, body), shape)
    return InputSizes(shape, features, key.get("source_way", key["way"]), key["shot"])
