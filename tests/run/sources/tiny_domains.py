"""Ten patterns in three domains (kinds of noise), 60 drawings each, 16x16; two are called as patterns of `tiny`."""

import numpy as np

from benchmark.data.dataset import DataSet, ImageSplit, Listing, Selection
from benchmark.data.domains import leave_out

CLASSES, DRAWINGS, SIZE = 10, 60, 16
DOMAINS = ("plain", "dark", "negative")
NAMES = ("03", *(f"figure {i}" for i in range(1, CLASSES - 1)), "pattern 55")


class TinyDomains(DataSet):
    summary = "noisy patterns in domains, for tests"
    image_shape = (SIZE, SIZE, 1)
    domains = DOMAINS
    splits = (*DOMAINS, "official")
    class_count = CLASSES
    embedded = True

    def present(self, root):
        return True

    def signature(self, root):
        return "1"

    def read(self, root):
        labels = np.repeat(np.arange(CLASSES), len(DOMAINS) * DRAWINGS)
        groups = np.tile(np.repeat(np.arange(len(DOMAINS)), DRAWINGS), CLASSES)
        return Listing(labels, NAMES, _drawings(), groups, DOMAINS)

    def split(self, name):
        if name == "official":
            return ImageSplit(Selection(share=(0.0, 0.4)), Selection(share=(0.4, 0.5)), Selection(share=(0.5, 1.0)))
        return leave_out(name, DOMAINS)


def _drawings():
    rng = np.random.default_rng(1)
    for _ in range(CLASSES):
        pattern = rng.random((SIZE // 4, SIZE // 4)).repeat(4, 0).repeat(4, 1)
        for domain in DOMAINS:
            for _ in range(DRAWINGS):
                image = {"plain": pattern, "dark": pattern / 2, "negative": 1 - pattern}[domain]
                noisy = np.clip(image + 0.2 * rng.normal(size=image.shape), 0, 1)
                yield (255 * noisy).astype(np.uint8)[..., None]
