"""CIFAR-FS (Bertinetto et al. 2019): the classes of CIFAR-100 split 64/16/20, 600 images each, 32x32."""

from __future__ import annotations

from benchmark.data.dataset import DataSet, Split
from benchmark.data.sources.cifar100 import Cifar100


class CifarFs(Cifar100):
    """CIFAR-100's images, training and test ones together; shares its bank."""

    summary = "CIFAR-100 for few-shot tasks, 64/16/20 classes x 600 images, 32x32 (Bertinetto et al. 2019)"
    splits = ("bertinetto",)
    bank = "cifar100"
    source = "ltdi-bench data download cifar100"

    def split(self, name: str) -> Split:
        return DataSet.split(self, name)
