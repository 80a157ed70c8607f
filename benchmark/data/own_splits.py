"""The splits of data that come without an official one, or in folders of their own for the parts."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np

from benchmark.data.dataset import ClassSplit, Split
from benchmark.data.official import official_parts
from methods.errors import UserError
from methods.seeding import derive_seed

PART_NAMES = {"train": "train", "val": "validation", "valid": "validation", "validation": "validation", "test": "test"}
HELD_OUT = 0.25  # of all classes for validation, and as many for testing


def splits_of(parts: Mapping[str, Collection[str]], name: str) -> dict[str, Split]:
    """The splits of data by their names, the default first; `name` is that of the data, for errors.

    `parts` gives the classes of "train", "test" and maybe "validation", or of "" where no parts are told apart.
    UserError where parts share some of their classes only.
    """
    everything = sorted({each for names in parts.values() for each in names})
    if set(parts) == {""}:
        return {"seeded": seeded_split(everything)}
    shared = {each for part in parts for other in parts if part < other for each in {*parts[part]} & {*parts[other]}}
    if not shared:
        train, validation = list(parts["train"]), list(parts.get("validation", ()))
        if not validation:
            validation = _drawn(train, HELD_OUT)
            train = [each for each in train if each not in {*validation}]
        return {"given": ClassSplit(tuple(train), tuple(validation), tuple(parts["test"]))}
    for part, names in parts.items():
        lacking = sorted({*everything} - {*names})
        if lacking:
            raise UserError(
                f"The parts of {name} share the class {min(shared)!r}, but its {part} part has no {lacking[0]!r}; give "
                "all parts the same classes, or none of them in common."
            )
    validation = "validation" if "validation" in parts else None
    return {"official": official_parts(validation=validation), "seeded": seeded_split(everything)}


def seeded_split(names: Collection[str]) -> ClassSplit:
    """Half of the classes for training, a quarter for validation and one for testing, drawn by their names."""
    names = sorted(names)
    held_out = _drawn(names, 2 * HELD_OUT)
    train = [name for name in names if name not in {*held_out}]
    return ClassSplit(tuple(train), tuple(held_out[::2]), tuple(held_out[1::2]))


def _drawn(names: list[str], share: float) -> list[str]:
    order = np.random.default_rng(derive_seed(0, "split of the classes")).permutation(len(names))
    return [names[number] for number in order[: round(share * len(names))]]
