"""A data set small enough for a whole run in a second: 60 noisy patterns, 20 drawings each, 16x16."""

import numpy as np

from benchmark.data.dataset import ClassSplit, DataSet, Listing

CLASSES, DRAWINGS, SIZE = 60, 20, 16


class Tiny(DataSet):
    summary = "noisy patterns, for tests"
    image_shape = (SIZE, SIZE, 1)
    splits = ("default", "other")
    embedded = True

    def present(self, root):
        return True

    def signature(self, root):
        return "1"

    def read(self, root):
        return Listing(np.repeat(np.arange(CLASSES), DRAWINGS), _names(), _drawings())

    def split(self, name):
        names = _names() if name == "default" else _names()[::-1]
        return ClassSplit(names[:30], names[30:45], names[45:])


def _names():
    return tuple(f"pattern {i:02d}" for i in range(CLASSES))


def _drawings():
    rng = np.random.default_rng(0)
    for _ in range(CLASSES):
        pattern = rng.random((SIZE // 4, SIZE // 4)).repeat(4, 0).repeat(4, 1)
        for _ in range(DRAWINGS):
            noisy = np.clip(pattern + 0.35 * rng.normal(size=pattern.shape), 0, 1)
            yield (255 * noisy).astype(np.uint8)[..., None]
