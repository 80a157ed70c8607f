"""Meta-training on one data set and evaluation on another, of which no class may have been seen.

Which classes two data sets share is told by their names. Either what is meta-trained goes without them (`Source`), or
what is fitted already is tested without them (`Target`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from benchmark.data.catalogue import Located
from benchmark.data.selection import Units, kept

# What ImageNet calls otherwise than CIFAR and Oxford-IIIT Pets do. Their other shared classes can be told by names.
OTHER_NAMES = {
    frozenset(pair)
    for pair in (
        ("airliner", "airplane"),
        ("bell pepper", "sweet pepper"),
        ("cocker spaniel", "english cocker spaniel"),
        ("egyptian cat", "egyptian mau"),
        ("german short-haired pointer", "german shorthaired"),
        ("japanese spaniel", "japanese chin"),
        ("leonberg", "leonberger"),
        ("persian cat", "persian"),
        ("scotch terrier", "scottish terrier"),
        ("siamese cat", "siamese"),
        ("staffordshire bullterrier", "staffordshire bull terrier"),
    )
}


@dataclass(frozen=True)
class Source:
    """The data set that is meta-trained on, without the classes that the target has too.

    A class of the source is left out if it is called like one of the target, or as a kind of it: "Arctic fox", where
    the target has "fox". Kinds with names of their own ("dalmatian", where the target has "dog") stay.
    """

    data: Located
    split: str
    avoid: tuple[str, ...]  # names of the target's classes, in plain English

    def units(self) -> dict[str, Units]:
        """ "train" and "validation"; the latter has the split's test classes too, since nothing is tested on them."""
        units = self.data.units(self.split)
        names = self.data.class_names()
        keep = {number for number, name in enumerate(names) if not same(self.data.dataset.words(name), self.avoid)}
        held = [kept(units[part], keep) for part in ("validation", "test")]
        return {"train": kept(units["train"], keep), "validation": _joined(*held)}

    @cached_property
    def left_out(self) -> list[str]:
        """Classes of the source that the target has too, as the source calls them, in plain English."""
        words = [self.data.dataset.words(name) for name in self.data.class_names()]
        return sorted(word for word in words if same(word, self.avoid))


@dataclass(frozen=True)
class Target:
    """A data set that methods are tested on which learned from another, without the classes that they learned from.

    A class is left out if it is called like one of those, or either is called as a kind of the other.
    """

    data: Located
    split: str
    learned_from: Located
    learned_split: str

    def units(self) -> Units:
        """The source of test tasks."""
        units = self.data.units(self.split)["test"]
        left_out = set(self.left_out)
        return kept(units, {n for n, word in _words(self.data, units.classes).items() if word not in left_out})

    @cached_property
    def left_out(self) -> list[str]:
        """Test classes that were learned from, in plain English."""
        learned = _words(self.learned_from, self.learned_from.units(self.learned_split)["train"].classes).values()
        words = _words(self.data, self.data.units(self.split)["test"].classes).values()
        return sorted({w for w in words if same(w, learned) or any(same(other, (w,)) for other in learned)})

    def key(self) -> dict[str, Any]:
        """The entries that it adds to the key of a result."""
        return {
            "target": self.data.dataset.name,
            "target_split": self.split,
            **self.data.split_key(self.split, "target_"),
            "target_fingerprint": self.data.fingerprint(),
            "target_left_out": self.left_out,
        }


def same(word: str, others: Collection[str]) -> bool:
    """Whether a class called `word` is one of the others, or a kind of one, as far as names tell.

    Names tell it in full ("Arctic fox" and "fox"), cut short ("pickup" and "pickup truck"), or are known to differ.
    """
    word = word.lower()
    known = {frozenset((word, other.lower())) for other in others} & OTHER_NAMES
    return bool(known) or any(
        f" {word}".endswith(f" {other.lower()}") or other.lower().startswith(f"{word} ") for other in others
    )


def _words(data: Located, classes: np.ndarray) -> dict[int, str]:
    """Plain English names of classes by their numbers."""
    names = data.class_names()
    return {number: data.dataset.words(names[number]) for number in classes.tolist()}


def _joined(first: Units, second: Units) -> Units:
    return Units(
        *(np.concatenate([getattr(units, name) for units in (first, second)]) for name in Units.__dataclass_fields__)
    )
