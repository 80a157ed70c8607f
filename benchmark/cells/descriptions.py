"""What a method says of itself, kept on disk so that planning a run need not import torch."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from benchmark.cells.profiles import PROFILES
from benchmark.system.failures import one_line
from benchmark.system.paths import cache_folder, write_whole
from methods import registry
from methods.containment import contained
from methods.errors import UserError

if TYPE_CHECKING:
    from methods.interface import Method


@dataclass(frozen=True)
class Description:
    """A method's class attributes and its hyper-parameters in each profile."""

    name: str  # as the user gave it: a name or a path
    label: str
    summary: str
    version: int
    source: str | None  # a hash of the file of a method that goes by its path
    inputs: str
    condition: str
    gradients: bool
    generates_weights: bool
    requires: dict[str, str]  # packages beyond the project's own, and how to install them
    hyperparameters: dict[str, dict[str, Any]]

    @property
    def missing(self) -> str | None:
        """Why the method cannot run here, or None."""
        return registry.missing(self.requires)


def describe(name: str) -> Description:
    """The description of a method; UserError if there is none of that name."""
    registry.check_known(name)
    key = hashlib.sha256(f"{name} {sorted(PROFILES)} {registry.fingerprint(name)}".encode()).hexdigest()[:20]
    file = cache_folder() / "descriptions" / f"{key}.json"
    try:
        return Description(**json.loads(file.read_bytes()))
    except (OSError, ValueError, TypeError):
        description = _examine(name)
        write_whole(file, json.dumps(asdict(description)).encode())
        return Description(**json.loads(file.read_bytes()))


def _examine(name: str) -> Description:
    method = registry.load(name)
    try:
        with contained(name):
            described = _described(name, method)
            json.dumps(asdict(described))  # a TypeError for what could not stand in a record
    except Exception as error:  # a method may be anyone's code
        raise UserError(f"What {name!r} says of itself cannot be read: {one_line(error, method)}; mend it.") from error
    return described


def _described(name: str, method: type[Method]) -> Description:
    text = sys.modules[method.__module__].__doc__ or method.__doc__ or ""
    return Description(
        name=name,
        label=registry.label(name),
        summary=" ".join(text.strip().split("\n\n")[0].split()),
        version=method.version,
        source=registry.source(name),
        inputs=method.needs.inputs,
        condition=method.needs.condition,
        gradients=method.needs.gradients,
        generates_weights=method.generates_weights,
        requires=dict(method.requires),
        hyperparameters={profile: _hyperparameters(method, profile) for profile in PROFILES},
    )


def _hyperparameters(method: type[Method], profile: str) -> dict[str, Any]:
    try:
        return asdict(method.for_profile(profile))
    except (TypeError, ValueError) as error:
        raise TypeError(f"the hyper-parameters are not a data class with valid defaults: {error}") from error
