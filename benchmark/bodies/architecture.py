"""The contract of a network that can be a body. One file each in `benchmark/bodies/architectures`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

    from benchmark.bodies.recipe import Recipe

ImageShape = tuple[int, int, int]  # height, width, channels


@dataclass(frozen=True)
class Network:
    """A network (n, channels, *image_size) -> (n, feature_size), and what it expects."""

    module: nn.Module
    image_size: tuple[int, int]  # images of another one are scaled to it
    feature_size: int
    mean: tuple[float, ...] | None = None  # of pixels from 0 to 1, where its weights were trained with these
    std: tuple[float, ...] | None = None


class Architecture(ABC):
    """A network that can be a body.

    Planning asks for `settings` and `features`: a file should import torch within `network` only, or every command
    waits for it.
    """

    summary: str
    settings: Mapping[str, Any] = {}  # of the recipe, where they differ for this network; see `Recipe`

    @property
    def pretrained(self) -> bool:
        """Whether it comes with the weights of others, and is not trained here."""
        return self.settings.get("pretrained") is not None

    @abstractmethod
    def features(self, recipe: Recipe, image_shape: ImageShape) -> int:
        """The number of features that it makes of images (height, width, channels); imports no torch."""

    @abstractmethod
    def network(self, recipe: Recipe, image_shape: ImageShape) -> Network:
        """A network for such images, initialised by torch's generator or with the weights of others.

        UserError where there is none, such as weights that cannot be downloaded.
        """
