"""The recipe of a body's pre-training; part of the key of every result that uses it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from benchmark.system.keys import compact
from methods.extensions import label

VERSION = 1  # to be raised when the same recipe gives other weights


@dataclass(frozen=True)
class Recipe:
    """A whole-class cosine classifier on the meta-train classes: AdamW, one-cycle learning rate.

    With weights that others have trained (`pretrained` says on what) nothing is trained at all.
    """

    epochs: int
    architecture: str = "conv4"  # a name, or the path of a file; keys have the label
    width: int = 64
    batch: int = 128
    learning_rate: float = 3e-3
    weight_decay: float = 0.05
    label_smoothing: float = 0.1
    temperature: float = 16.0
    augmentation: str = "characters"
    pretrained: str | None = None
    class_scale: float = 1.0  # standard deviation with which the entries of classes' rows begin
    source: str | None = None  # a hash of the architecture's file, where it is one of the user's own

    def key(self) -> dict:
        """The key of bodies that are trained so."""
        return compact("body", {"version": VERSION, **asdict(self), "architecture": label(self.architecture)})
