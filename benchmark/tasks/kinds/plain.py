"""Balanced tasks of random classes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from benchmark.tasks.kinds.kind import Draw, TaskKind

if TYPE_CHECKING:
    from methods.interface import Episodes


class Plain(TaskKind):
    """All classes are equally likely, and each has as many images as the others."""

    summary = "balanced tasks of random classes"

    def batches(self, draw: Draw) -> Iterator[Episodes]:
        return draw.source.batches(draw.stream(), draw.tasks, draw.batch, **draw.size)
