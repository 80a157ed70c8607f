"""WordNet's names of the 1,000 classes of ImageNet (ILSVRC 2012)."""

from __future__ import annotations

import functools
import json

from benchmark.data.dataset import committed


@functools.cache
def imagenet_words() -> dict[str, str]:
    """The first name of each class, by its number ("n01440764"), sorted; two names are those of two classes."""
    return json.loads(committed("imagenet-words.json"))
