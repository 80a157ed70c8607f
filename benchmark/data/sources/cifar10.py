"""CIFAR-10 (Krizhevsky 2009): 10 classes x (5,000 training + 1,000 test) images, 32x32."""

from __future__ import annotations

from benchmark.data.cifar import GROUPS, Cifar
from benchmark.data.layouts import Layout


class Cifar10(Cifar):
    """Read from torchvision's cifar-10-batches-py/, or from cifar10/{train,test}/CLASS/*.png."""

    summary = "10 classes x (5,000 training + 1,000 test) images, 32x32 (Krizhevsky 2009)"
    archive = "CIFAR10"
    class_count = 10
    layouts = (
        Layout("cifar-10-batches-py", files=("batches.meta", *(f"data_batch_{i}" for i in range(1, 6)), "test_batch")),
        Layout("cifar10", folders=tuple(GROUPS)),
    )
