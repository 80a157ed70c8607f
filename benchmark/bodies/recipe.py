"""How a body is pre-trained; part of the key of every result that uses it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

VERSION = 1  # to be raised when the same recipe gives other weights


@dataclass(frozen=True)
class Recipe:
    """A whole-class cosine classifier on the meta-train classes: AdamW, one-cycle learning rate."""

    epochs: int
    architecture: str = "conv4"
    width: int = 64
    batch: int = 128
    learning_rate: float = 3e-3
    weight_decay: float = 0.05
    label_smoothing: float = 0.1
    temperature: float = 16.0

    def key(self) -> dict:
        return {"version": VERSION, **asdict(self)}
