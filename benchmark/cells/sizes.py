"""What a run makes smaller where a method's usual settings would take far longer than the profile promises.

The settings of `cpu` are made for small images, of which the default body makes 64 or 256 features. Heads on more
features are larger in proportion, in memory and on disk too (6,000 of them on 1,600 features take 7 GB); a network on
images of 84 pixels takes eight times as long for each.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from benchmark.bodies import architectures
from benchmark.cells.profiles import PROFILES
from benchmark.data.dataset import Kind

WIDE = 500  # features
HEADS = {"prepared_heads": 2000}
# Of methods that train a network on images: what changes where these have more pixels than the number, which comes on
# top of what changes for smaller ones.
NETWORKS: tuple[tuple[int, Mapping[str, Mapping[str, Any]]], ...] = (
    (
        28 * 28,
        {"classifier-baseline": {"classifier_steps": 4000}, "meta-baseline": {"classifier_steps": 4000}},
    ),
    (
        64 * 64,
        {
            "classifier-baseline": {"classifier_steps": 1000},
            "meta-baseline": {"classifier_steps": 1000, "steps": 60},
            "reptile": {"iterations": 300},
        },
    ),
)


def smaller(
    method: str,
    settings: Mapping[str, Any],
    profile: str,
    *,
    shape: tuple[int, int, int],
    kind: Kind,
    architecture: str = architectures.DEFAULT,
) -> dict[str, Any]:
    """Changes of a method's settings in a profile for a body and images (height, width, channels)."""
    if profile != "cpu":
        return {}
    changes: dict[str, Any] = {}
    for pixels, networks in NETWORKS:
        if math.prod(shape[:2]) > pixels:
            changes |= networks.get(method, {})
    if architectures.features(PROFILES[profile].recipe(kind, architecture), shape) > WIDE:
        changes = {**HEADS, **changes}
    return {name: value for name, value in changes.items() if name in settings}


def common(*shapes: tuple[int, int, int]) -> tuple[int, int, int]:
    """The shape in which a body sees images of data sets that have different ones."""
    return min(shapes, key=math.prod)
