"""A data set for tests that is packed in no time: 40 classes of one brightness each, 20 images, 16x16."""

import numpy as np

from benchmark.data.dataset import ClassSplit, DataSet, Listing

CLASSES, IMAGES, SIZE = 40, 20, 16


class Dots(DataSet):
    summary = "one brightness a class"
    image_shape = (SIZE, SIZE, 1)
    splits = ("default", "few", "narrow")

    def present(self, root):
        return (root / "dots.txt").is_file()

    def signature(self, root):
        return (root / "dots.txt").read_text()

    def read(self, root):
        labels = np.repeat(np.arange(CLASSES), IMAGES)
        return Listing(labels, names(), (np.full(self.image_shape, label, np.uint8) for label in labels))

    def split(self, name):
        if name == "narrow":
            return ClassSplit(names()[:20], names()[20:23], names()[23:])
        test = names()[30:] if name == "default" else names()[37:]
        return ClassSplit(names()[:20], names()[20:30], test)


def names():
    return tuple(f"dot {number:02d}" for number in range(CLASSES))
