"""CIFAR-100 (Krizhevsky 2009): 100 classes x (500 training + 100 test) images, 32x32."""

from __future__ import annotations

from benchmark.data.cifar import GROUPS, Cifar
from benchmark.data.layouts import Layout


class Cifar100(Cifar):
    """Read from torchvision's cifar-100-python/, or from cifar100/{train,test}/CLASS/*.png."""

    summary = "100 classes x (500 training + 100 test) images, 32x32 (Krizhevsky 2009)"
    archive = "CIFAR100"
    class_count = 100
    layouts = (
        Layout("cifar-100-python", files=("meta", "train", "test")),
        Layout("cifar100", folders=tuple(GROUPS)),
    )
