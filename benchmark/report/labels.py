"""Names that tell the variants of one method apart by what differs between them."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping
from typing import Any

ABSENT = "–"
FEW = 3  # settings that a label may name


def variant_labels(variants: Mapping[Hashable, tuple[str, Mapping[str, Any]]]) -> dict[Hashable, str]:
    """A label for each variant (method, settings): "lt-di", or "lt-di (steps=100)" where the method has several.

    Settings may be nested; labels name those of "hyperparameters" by their own name, others by their path. Where
    variants of a method differ in more than a few settings, a label names those in which it differs from most.
    """
    methods: dict[str, dict[Hashable, dict[str, str]]] = defaultdict(dict)
    for variant, (method, settings) in variants.items():
        methods[method][variant] = _flat(settings)
    labels = {}
    for method, same in methods.items():
        differing = _differing(list(same.values()))
        usual: dict[str, str | None] = {}
        if len(differing) > FEW:
            usual = {
                name: Counter(settings.get(name) for settings in same.values()).most_common(1)[0][0]
                for name in differing
            }
        for variant, settings in same.items():
            told = [name for name in differing if name not in usual or settings.get(name) != usual[name]]
            labels[variant] = _label(method, settings, told)
    return labels


def by_number(label: str) -> list[tuple[int, str]]:
    """Orders labels so that steps=20 comes before steps=100."""
    parts = re.split(r"(\d+)", label)
    return [(int(part), "") if part.isascii() and part.isdigit() and len(part) < 16 else (-1, part) for part in parts]


def _label(method: str, settings: dict[str, str], told: list[str]) -> str:
    shown = ", ".join(f"{name}={settings.get(name, ABSENT)}" for name in told)
    return f"{method} ({shown})" if shown else method


def _differing(variants: list[dict[str, str]]) -> list[str]:
    """Settings that differ, without those that follow from the architecture of a network."""
    names = dict.fromkeys(name for settings in variants for name in settings)

    def values(*told: str) -> int:
        return len({tuple(settings.get(name) for name in told) for settings in variants})

    def follows(name: str) -> bool:
        architecture = f"{name.rpartition('.')[0]}.architecture"
        return architecture in names and architecture != name and values(architecture) == values(architecture, name)

    return [name for name in names if values(name) > 1 and not follows(name)]


def _flat(settings: Mapping[str, Any]) -> dict[str, str]:
    hyperparameters = settings.get("hyperparameters", {})
    rest = dict(_leaves({name: value for name, value in settings.items() if name != "hyperparameters"}))
    named = {name if name not in rest else f"hyperparameters.{name}": value for name, value in _leaves(hyperparameters)}
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in (named | rest).items()}


def _leaves(settings: Mapping[str, Any], prefix: str = ""):
    for name, value in settings.items():
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value
