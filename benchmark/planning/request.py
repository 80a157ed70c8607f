"""The options of a run as one request, and the request that leads from a record back to its cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmark.bodies import architectures
from benchmark.bodies.no_body import NONE
from benchmark.cells import profiles
from benchmark.cells.class_vectors import LETTERS
from benchmark.data import catalogue
from benchmark.system.keys import digest, expand
from methods import registry


@dataclass(frozen=True)
class Request:
    """The options of `ltdi-bench run`; None where the user gave none."""

    suite: str
    methods: Sequence[str] | None = None
    datasets: Sequence[str] | None = None
    split: str | None = None
    ways: Sequence[int] | None = None
    shots: Sequence[int] | None = None
    seeds: int | None = None
    first_seed: int | None = None
    profile: str | None = None
    body: str | None = None
    body_epochs: int | None = None
    data: Path | None = None
    changes: Sequence[tuple[str, str, Any]] = ()  # (method, hyper-parameter, value)
    source: str | None = None
    track: str | None = None
    semantics: Path | None = None
    target: str | None = None
    only: str | None = None  # the hash of the one cell's key that is wanted, of all that the rest asks for

    @classmethod
    def from_key(cls, key: Mapping[str, Any], data: Path | None = None) -> Request:
        """The request whose plan is the cell of a record's key and no other.

        All hyper-parameters are set, so that they hold whatever a suite varies. A method that is not installed was a
        file, which is taken to lie in the current folder.
        """
        full = expand("record", key)
        method, body = full["method"], full["body"] or {}
        vectors = (full["semantics"] or {}).get("kind", LETTERS)
        return cls(
            suite=full["suite"],
            methods=[method if method in registry.names() else f"{method}.py"],
            datasets=[catalogue.given_as(full["dataset"])],
            split=full["split"],
            ways=(full["way"],),
            shots=(full["shot"],) if full["shot"] else None,
            seeds=1,
            first_seed=full["seed"],
            profile=full["profile"],
            body=_given_body(body),
            body_epochs=_unusual_epochs(full["profile"], full["source"] or full["dataset"], body),
            data=data,
            changes=[(method, name, value) for name, value in full["hyperparameters"].items()],
            source=full["source"] and catalogue.given_as(full["source"]),
            semantics=None if vectors == LETTERS else Path(vectors),
            target=full["target"] and catalogue.given_as(full["target"]),
            only=digest(key),
        )

    def words(self) -> list[str]:
        """The command that asks for this."""
        return ["ltdi-bench", "run", self.suite, *self._options()]

    def _options(self) -> Iterator[str]:
        for name in ("methods", "datasets", "split", "ways", "shots", "source", "target", "track", "semantics"):
            yield from _option(name, getattr(self, name))
        for name in ("profile", "body", "body_epochs"):
            yield from _option(name, getattr(self, name))
        for method, name, value in self.changes:
            yield from ("--set", f"{method}.{name}={typed(value)}")
        for name in ("data", "seeds", "first_seed"):
            yield from _option(name, getattr(self, name))


def _option(name: str, value: Any) -> Iterator[str]:
    if value is not None:
        listed = isinstance(value, (list, tuple))
        yield from (f"--{name.replace('_', '-')}", ",".join(map(str, value)) if listed else str(value))


def _given_body(body: Mapping[str, Any]) -> str | None:
    """The words to type for a body; None for features, which have none."""
    architecture = body.get("architecture", architectures.DEFAULT)
    if architecture == NONE:
        return None
    return f"{architecture}.py" if body.get("source") else architecture


def _unusual_epochs(profile: str, dataset: str, body: Mapping[str, Any]) -> int | None:
    """For how long a body was trained, where the profile says otherwise and that is known here."""
    architecture, epochs = body.get("architecture"), body.get("epochs")
    if profile not in profiles.PROFILES or dataset not in catalogue.names() or architecture is None:
        return None
    if not architectures.is_known(architecture) or not epochs:
        return None
    usual = profiles.get(profile).recipe(catalogue.get(dataset).kind, architecture).epochs
    return None if usual == epochs else epochs


def typed(value: Any) -> str:
    """A value as it is typed after --set."""
    if isinstance(value, (list, tuple)):
        return "+".join(map(typed, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
