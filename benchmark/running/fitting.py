"""Meta-training as the harness sees it: a stream of reports, each of them checked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

from methods.interface import Context, Method, Progress


def fit(method: Method, context: Context) -> Iterator[Progress]:
    """What `method.fit` reports, until it is done.

    TypeError if it reports nothing at all, for want of a `yield`; ArithmeticError at a loss that is not finite.
    """
    reports = method.fit(context)
    if not isinstance(reports, Iterable):
        raise TypeError("fit must yield Progress, but has no yield")
    for progress in reports:
        if not math.isfinite(progress.loss):
            raise ArithmeticError(f"the loss is {progress.loss} at step {progress.step} of {progress.steps}")
        yield progress
