"""The command that makes a record again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from benchmark import suites
from benchmark.bodies import architectures
from benchmark.cells import sizes
from benchmark.cells.descriptions import describe
from benchmark.cells.profiles import PROFILES
from benchmark.data import catalogue
from benchmark.planning.request import Request
from methods import registry
from methods.errors import UserError


class Commands:
    """Commands for cells; what is known of a method is looked up once."""

    def __init__(self) -> None:
        self._defaults: dict[tuple[str, str], dict[str, Any] | None] = {}

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
        usual = self._usual(method, key["profile"]) or {}
        usual = {**usual, **_smaller(key, usual)}
        set_to = {n: v for n, v in key["hyperparameters"].items() if n not in usual or usual[n] != v}
        if set_to in [dict(variant) for variant in _variants(key["suite"], method, key["profile"])]:
            return []
        return [(method, name, value) for name, value in set_to.items()]

    def _usual(self, method: str, profile: str) -> dict[str, Any] | None:
        """A method's hyper-parameters in a profile; None where it is not installed."""
        if (method, profile) not in self._defaults:
            try:
                known = describe(method) if method in registry.names() else None
            except UserError:  # installed, and broken
                known = None
            self._defaults[method, profile] = known and known.hyperparameters.get(profile)
        return self._defaults[method, profile]


def _usual_body(key: dict[str, Any]) -> bool:
    """Whether the suite would take the body without being told."""
    known = key["suite"] in suites.names() and key["profile"] in PROFILES
    usual = suites.get(key["suite"]).bodies_of(PROFILES[key["profile"]]) if known else (architectures.DEFAULT,)
    return usual == ((key.get("body") or {}).get("architecture", architectures.DEFAULT),)


def _variants(suite: str, method: str, profile: str) -> Sequence[Mapping[str, Any]]:
    """The variants of a method in a suite; none for a suite that is not installed."""
    return suites.get(suite).variants(method, profile) if suite in suites.names() else ()


def _smaller(key: dict[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    """A suite's changes to a method's settings; none for a suite, profile or data set that is not installed."""
    names = key["dataset"], key.get("source", key["dataset"])
    body = (key.get("body") or {}).get("architecture", architectures.DEFAULT)
    known = key["suite"] in suites.names() and key["profile"] in PROFILES and body in architectures.ARCHITECTURES
    if not known or not {*names} <= {*catalogue.names()}:
        return {}
    data, learned = map(catalogue.get, names)
    return suites.get(key["suite"]).smaller(
        key["method"],
        usual,
        key["profile"],
        named=True,
        shape=sizes.common(learned.image_shape, data.image_shape),
        kind=learned.kind,
        architecture=body,
    )
