"""Ten patterns in three domains (kinds of noise), 60 drawings each, 16x16; two are called as patterns of `tiny`."""

import numpy as np

from benchmark.data.dataset import ImageSplit, Listing, Selection
from benchmark.data.domains import leave_out
from tests.patterns import Patterns, noisy, pattern

CLASSES, DRAWINGS = 10, 60
DOMAINS = ("plain", "dark", "negative")
NAMES = ("03", *(f"figure {i}" for i in range(1, CLASSES - 1)), "pattern 55")


class TinyDomains(Patterns):
    summary = "noisy patterns in domains, for tests"
    domains = DOMAINS
    splits = (*DOMAINS, "official")
    class_count = CLASSES

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
        plain = pattern(rng)
        for domain in DOMAINS:
            image = {"plain": plain, "dark": plain / 2, "negative": 1 - plain}[domain]
            for _ in range(DRAWINGS):
                yield noisy(rng, image, 0.2)
