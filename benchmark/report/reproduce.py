"""The command that makes a record again."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from benchmark import suites
from benchmark.bodies import architectures
from benchmark.cells import sizes
from benchmark.cells.class_vectors import LETTERS
from benchmark.cells.descriptions import describe
from benchmark.cells.profiles import PROFILES
from benchmark.data import catalogue
from methods import registry
from methods.errors import UserError


class Commands:
    """Commands for cells; what is known of a method is looked up once."""

    def __init__(self) -> None:
        self._defaults: dict[tuple[str, str], dict[str, Any] | None] = {}

    def command(self, key: dict[str, Any]) -> str:
        """The command for a record's key, all but its end: --seeds 1 --first-seed and the seed.

        Hyper-parameters are set that are neither the profile's in this installation nor those of a variant that the
        suite runs anyway. A method that is not installed was a file, for which the reader has to put the path.
        """
        method = key["method"]
        named = method if method in registry.names() else f"{method}.py"
        words = ["ltdi-bench", "run", key["suite"], "--methods", named, "--datasets", key["dataset"]]
        words += ["--split", key["split"], "--ways", str(key["way"])]
        words += ["--shots", str(key["shot"])] if key["shot"] else []
        words += ["--source", key["source"]] if "source" in key else []
        words += ["--target", key["target"]] if "target" in key else []
        vectors = key.get("semantics", {}).get("kind", LETTERS)
        words += ["--semantics", vectors] if vectors != LETTERS else []
        words += ["--profile", key["profile"]]
        words += _body(key)
        usual = self._usual(method, key["profile"]) or {}
        usual = {**usual, **_smaller(key, usual)}
        set_to = {n: v for n, v in key["hyperparameters"].items() if n not in usual or usual[n] != v}
        if set_to not in [dict(variant) for variant in _variants(key["suite"], method, key["profile"])]:
            for name, value in set_to.items():
                words += ["--set", f"{method}.{name}={_typed(value)}"]
        return shlex.join(words)

    def _usual(self, method: str, profile: str) -> dict[str, Any] | None:
        """A method's hyper-parameters in a profile; None where it is not installed."""
        if (method, profile) not in self._defaults:
            try:
                known = describe(method) if method in registry.names() else None
            except UserError:  # installed, and broken
                known = None
            self._defaults[method, profile] = known and known.hyperparameters.get(profile)
        return self._defaults[method, profile]


def _body(key: dict[str, Any]) -> list[str]:
    """The options for the body, where the suite would take another one or train it for longer or shorter."""
    known = key["suite"] in suites.names() and key["profile"] in PROFILES
    usual = suites.get(key["suite"]).bodies_of(PROFILES[key["profile"]]) if known else (architectures.DEFAULT,)
    body = (key.get("body") or {}).get("architecture", architectures.DEFAULT)
    words = [] if usual == (body,) else ["--body", body]
    epochs = (key.get("body") or {}).get("epochs")
    learned = key.get("source", key["dataset"])
    known = known and learned in catalogue.names() and body in architectures.ARCHITECTURES
    if known and epochs not in (None, PROFILES[key["profile"]].recipe(catalogue.get(learned).kind, body).epochs):
        words += ["--body-epochs", str(epochs)]
    return words


def _variants(suite: str, method: str, profile: str) -> Sequence[Mapping[str, Any]]:
    """What a suite changes of a method; nothing for a suite that is not installed."""
    return suites.get(suite).variants(method, profile) if suite in suites.names() else ()


def _smaller(key: dict[str, Any], usual: Mapping[str, Any]) -> dict[str, Any]:
    """What a suite changes of a method's settings; nothing for a suite, profile or data set that is not installed."""
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


def _typed(value: Any) -> str:
    """A value as it is typed after --set."""
    if isinstance(value, list):
        return "+".join(map(_typed, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
