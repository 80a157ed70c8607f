"""FC100 (Oreshkin et al. 2018): the classes of CIFAR-100 split 60/20/20 by superclass, 600 images each, 32x32."""

from __future__ import annotations

from benchmark.data.dataset import DataSet, Split
from benchmark.data.sources.cifar100 import Cifar100


class Fc100(Cifar100):
    """CIFAR-100's images, training and test ones together; no superclass is in two parts. Shares its bank."""

    summary = "CIFAR-100 for few-shot tasks, 60/20/20 classes x 600 images, 32x32 (Oreshkin et al. 2018)"
    splits = ("oreshkin",)
    bank = "cifar100"
    source = "ltdi-bench data download cifar100"

    def split(self, name: str) -> Split:
        return DataSet.split(self, name)
