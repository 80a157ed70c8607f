"""Descriptions of methods, kept on disk so that planning a run need not import torch."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.cells.profiles import PROFILES
from benchmark.system.failures import one_line
from benchmark.system.paths import cache_folder, write_whole
from methods import registry
from methods.containment import contained
from methods.errors import UserError
from methods.profiles import PROFILE_NAMES, InputSizes

if TYPE_CHECKING:
    from methods.interface import Method


@dataclass(frozen=True)
class Description:
    """A method's class attributes and its hyper-parameters in each profile."""

    fingerprint: str  # of everything that the description depends on

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
    hyperparameters: dict[str, dict[str, Any]]  # by profile, for inputs of any size
    scales: bool  # whether they are others for some inputs

    @property
    def missing(self) -> str | None:
        """Why the method cannot run here, or None."""
        return registry.missing(self.requires)

    def scaled(self, profile: str, inputs: InputSizes) -> dict[str, Any]:
        """The hyper-parameters of a profile for inputs of this size: see `Method.scaled`.

        UserError where the method gives something else, or is no longer the one that was described.
        """
        return dict(_scaled(self, profile, inputs, cache_folder()) if self.scales else self.hyperparameters[profile])

    def __hash__(self) -> int:
        return hash(self.fingerprint)


def describe(name: str) -> Description:
    """The description of a method; UserError if there is none of that name."""
    registry.check_known(name)
    fingerprint = _fingerprint(name)
    return Description(**_kept(cache_folder(), fingerprint, lambda: asdict(_examine(name, fingerprint))))


def _fingerprint(name: str) -> str:
    """Changes with whatever a description can depend on: the method's sources, this file and the list of profiles."""
    source = Path(__file__).read_bytes() + repr((name, sorted(PROFILES))).encode()
    return hashlib.sha256(source + registry.fingerprint(name).encode()).hexdigest()[:20]


def _kept(folder: Path, key: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The value of a key: read from disk, or made now."""
    file = folder / "descriptions" / f"{key}.json"
    try:
        content = file.read_bytes()
        values: dict[str, Any] = json.loads(content)
    except (OSError, ValueError):
        content = json.dumps(make()).encode()
        write_whole(file, content)
        values = json.loads(content)
    return values


@cache
def _scaled(description: Description, profile: str, inputs: InputSizes, folder: Path) -> dict[str, Any]:
    question = f"{description.fingerprint} {profile} {inputs}"
    key = hashlib.sha256(question.encode()).hexdigest()[:20]
    return _kept(folder, key, lambda: _ask_for_scaled(description, profile, inputs))


def _ask_for_scaled(description: Description, profile: str, inputs: InputSizes) -> dict[str, Any]:
    """Ask the method itself, which takes its code, and that torch."""
    name = description.name
    if _fingerprint(name) != description.fingerprint:
        raise UserError(f"{name!r} was changed since this run began; run the command again.")
    method = registry.load(name)
    try:
        with contained(name):
            usual = method.for_profile(profile)
            scaled = method.scaled(usual, profile, inputs)
    except Exception as error:  # a method may be anyone's code
        raise UserError(f"{description.label}: scaled fails: {one_line(error, method)}; fix it.") from error
    if type(scaled) is not type(usual):
        wanted, given = type(usual).__name__, type(scaled).__name__
        raise UserError(f"{description.label}: scaled must give a {wanted}, as it was given, not a {given}.")
    return asdict(scaled)


def _examine(name: str, fingerprint: str) -> Description:
    method = registry.load(name)
    try:
        with contained(name):
            described = _described(name, method, fingerprint)
            json.dumps(asdict(described))  # a TypeError for what could not stand in a record
    except Exception as error:  # a method may be anyone's code
        raise UserError(f"What {name!r} says of itself cannot be read: {one_line(error, method)}; fix it.") from error
    return described


def _described(name: str, method: type[Method], fingerprint: str) -> Description:
    from methods.interface import Method as Base

    text = sys.modules[method.__module__].__doc__ or method.__doc__ or ""
    return Description(
        fingerprint=fingerprint,
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
        hyperparameters={profile: _hyperparameters(method, profile) for profile in PROFILE_NAMES},
        scales=getattr(method.scaled, "__func__", None) is not getattr(Base.scaled, "__func__", None),
    )


def _hyperparameters(method: type[Method], profile: str) -> dict[str, Any]:
    try:
        return asdict(method.for_profile(profile))
    except (TypeError, ValueError) as error:
        raise TypeError(f"the hyper-parameters are not a data class with valid defaults: {error}") from error
