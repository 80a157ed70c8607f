"""Data sets whose authors say which images are for training and which for testing."""

from __future__ import annotations

from benchmark.data.dataset import ImageSplit, Selection

HELD_OUT = 0.1  # of the training images of each class, for validation, where the authors name none


def official_parts(train: str = "train", test: str = "test", validation: str | None = None) -> ImageSplit:
    """All classes in every part, each with the images of one group; parts are told apart by their images alone."""
    if validation is not None:
        return ImageSplit(*(Selection(groups=(group,)) for group in (train, validation, test)))
    return ImageSplit(
        Selection(groups=(train,), share=(0.0, 1 - HELD_OUT)),
        Selection(groups=(train,), share=(1 - HELD_OUT, 1.0)),
        Selection(groups=(test,)),
    )
