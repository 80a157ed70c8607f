"""One part of a split (train, validation or test): what its tasks are drawn from, and the pixels of its images."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from benchmark.data.bank import ImageBank
from benchmark.data.selection import Units


@dataclass(frozen=True)
class Part:
    """M images of U units (see `Units`), unit after unit."""

    bank: ImageBank
    images: np.ndarray  # (M,) image numbers of the bank
    turns: np.ndarray  # (M,) quarter turns to apply
    counts: np.ndarray  # (U,) images of each unit
    classes: np.ndarray  # (U,) class of each unit, counted within this part; units of several groups may share one
    groups: np.ndarray  # (U,) group numbers of the bank

    @classmethod
    def of(cls, bank: ImageBank, units: Units, *, turned: bool = False) -> Part:
        """Units of a bank; `turned` adds each one three times more, turned by 90, 180 and 270 degrees: new classes."""
        renumbered = {number: i for i, number in enumerate(dict.fromkeys(units.classes.tolist()))}
        classes = np.array([renumbered[number] for number in units.classes.tolist()], dtype=np.int64)
        turns = range(4 if turned else 1)
        return cls(
            bank,
            np.concatenate([units.images for _ in turns]),
            np.concatenate([np.full(len(units.images), turn) for turn in turns]),
            np.concatenate([units.counts for _ in turns]),
            np.concatenate([classes + turn * len(renumbered) for turn in turns]),
            np.concatenate([units.groups for _ in turns]),
        )

    @property
    def class_count(self) -> int:
        """Different classes, those turned counted apart."""
        return int(self.classes.max()) + 1

    @property
    def labels(self) -> np.ndarray:
        """(M,) class of each image, counted within this part."""
        return np.repeat(self.classes, self.counts)

    def pixels(self, members: np.ndarray) -> Tensor:
        """Images (len(members), channels, height, width) uint8 of the given members of this part, turned."""
        pixels = torch.from_numpy(self.bank.images[self.images[members]]).permute(0, 3, 1, 2)
        turns = torch.from_numpy(self.turns[members])
        if turns.any():
            pixels = pixels.contiguous()
            for turn in (1, 2, 3):
                pixels[turns == turn] = pixels[turns == turn].rot90(turn, (2, 3))
        return pixels
