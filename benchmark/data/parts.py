"""The classes of one part of a split (train, validation or test), with the images that belong to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from benchmark.data.bank import ImageBank


@dataclass(frozen=True)
class Part:
    """M images of C classes, class after class."""

    bank: ImageBank
    images: np.ndarray  # (M,) image numbers of the bank
    turns: np.ndarray  # (M,) quarter turns to apply
    counts: np.ndarray  # (C,) images of each class

    @classmethod
    def of(cls, bank: ImageBank, classes: np.ndarray, *, turned: bool = False) -> Part:
        """The given classes of a bank; `turned` adds each one three times more, turned by 90, 180 and 270 degrees."""
        starts = np.concatenate([[0], np.cumsum(bank.counts)])
        images = np.concatenate([np.arange(starts[c], starts[c + 1]) for c in classes])
        turns = range(4 if turned else 1)
        return cls(
            bank,
            np.concatenate([images for _ in turns]),
            np.concatenate([np.full(len(images), turn) for turn in turns]),
            np.concatenate([bank.counts[classes] for _ in turns]),
        )

    @property
    def labels(self) -> np.ndarray:
        """(M,) class numbers, counted within this part."""
        return np.repeat(np.arange(len(self.counts)), self.counts)

    def pixels(self, members: np.ndarray) -> Tensor:
        """Images (len(members), channels, height, width) uint8 of the given members of this part, turned."""
        pixels = torch.from_numpy(self.bank.images[self.images[members]]).permute(0, 3, 1, 2)
        turns = torch.from_numpy(self.turns[members])
        if turns.any():
            pixels = pixels.contiguous()
            for turn in (1, 2, 3):
                pixels[turns == turn] = pixels[turns == turn].rot90(turn, (2, 3))
        return pixels
