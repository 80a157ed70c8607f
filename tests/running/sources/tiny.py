"""A data set small enough for a whole run in a second: 60 noisy patterns, 20 drawings each, 16x16."""

import numpy as np

from benchmark.data.dataset import ClassSplit, Listing
from tests.patterns import Patterns, noisy, pattern

CLASSES, DRAWINGS = 60, 20


class Tiny(Patterns):
    summary = "noisy patterns, for tests"
    splits = ("default", "other", "narrow")

    def read(self, root):
        return Listing(np.repeat(np.arange(CLASSES), DRAWINGS), _names(), _drawings())

    def split(self, name):
        names = _names()[::-1] if name == "other" else _names()
        held_out = 34 if name == "narrow" else 45
        return ClassSplit(names[:30], names[30:held_out], names[held_out:])


def _names():
    return tuple(f"pattern {i:02d}" for i in range(CLASSES))


def _drawings():
    rng = np.random.default_rng(0)
    for _ in range(CLASSES):
        of_the_class = pattern(rng)
        for _ in range(DRAWINGS):
            yield noisy(rng, of_the_class, 0.35)
