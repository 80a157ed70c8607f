"""The things that hyper-parameters may depend on before a run begins: its profile, and the sizes of its inputs.

Imports no torch, so that a run can be planned without it.
"""

from __future__ import annotations

from dataclasses import dataclass

# "check" is the least that learns anything at all: the conformance kit takes it, and so does a suite of many cells that
# only has to show that everything works. "smoke" takes seconds, "cpu" minutes; "paper" has the published numbers.
PROFILE_NAMES = ("check", "smoke", "cpu", "paper")


@dataclass(frozen=True)
class InputSizes:
    """The sizes of a run's inputs, as far as they are known before any of them is read."""

    image: tuple[int, int, int]  # height, width and channels, features or not; 0s without images
    features: int  # numbers that the frozen body makes of an image
    way: int  # classes of a meta-training task
    shot: int  # support images of each of them; 0 where a task has none

    @property
    def pixels(self) -> int:
        """Of one image, each counted once whatever its channels."""
        return self.image[0] * self.image[1]
