"""What data sets made of noisy patterns share: they are always there, and a drawing is a pattern under noise."""

import numpy as np

from benchmark.data.dataset import DataSet

SIZE = 16


class Patterns(DataSet):
    """A data set that nothing has to be read for."""

    image_shape = (SIZE, SIZE, 1)
    embedded = True

    def present(self, root):
        return True

    def signature(self, root):
        return "1"


def pattern(rng):
    """Brightness (16, 16) from 0 to 1, in blocks of four."""
    return rng.random((SIZE // 4, SIZE // 4)).repeat(4, 0).repeat(4, 1)


def noisy(rng, image, spread):
    """A drawing (16, 16, 1) uint8 of an image (16, 16)."""
    return (255 * np.clip(image + spread * rng.normal(size=image.shape), 0, 1)).astype(np.uint8)[..., None]
