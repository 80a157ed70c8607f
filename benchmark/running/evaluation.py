"""Evaluation: a cell's list of episodes, and how well a fitted method does on it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import torch
from torch import Tensor

from benchmark.cells.inputs import EpisodeList
from benchmark.running.workbench import Sources
from benchmark.tasks import kinds
from benchmark.tasks.encoding import PIXELS, EncodedOnce, encodes
from benchmark.tasks.kinds.kind import UNKNOWN, Draw
from methods.interface import Episodes, Method, Progress
from methods.seeding import derive_seed

# Tasks that are adapted at once, if they have not more pixels than fit. Features are far fewer numbers.
EVALUATION_TASKS = 100

Report = Callable[[Progress], None]


def draw_episodes(wanted: EpisodeList, sources: Sources, method: Method) -> Iterator[Episodes]:
    """The episodes of a list, in batches: the same for every method. Their inputs are as `method.encode` gives them."""

    def stream(*purpose: str) -> np.random.Generator:
        return np.random.default_rng(derive_seed(wanted.seed, *wanted.purpose(*purpose)))

    source = sources.tasks(wanted.part)
    if encodes(method):
        source = source.seen_through(lambda lookup, images: EncodedOnce(lookup, images, method.encode))
    images = wanted.way * (wanted.shot + wanted.queries)
    pixels = images * math.prod(source.input_shape[1:])  # of a task; features count as one each
    draw = Draw(
        source=source,
        features=lambda: sources.tasks(wanted.part, "features"),
        stream=stream,
        tasks=wanted.count,
        batch=max(1, min(EVALUATION_TASKS, PIXELS // pixels)),
        way=wanted.way,
        shot=wanted.shot,
        queries=wanted.queries,
    )
    return kinds.get(wanted.kind).batches(draw)


@torch.no_grad()
def evaluate(
    method: Method, batches: Iterable[Episodes], total: int, report: Report = lambda progress: None
) -> dict[str, np.ndarray]:
    """Scores (total,) of encoded episodes by name: "accuracy", and more where some queries are of no class of theirs.

    The method never sees a query's label.
    """
    scores: dict[str, list[float]] = {}
    for episodes in batches:
        logits = method.predict(method.adapt(episodes.task), episodes.query.without_labels())
        if not torch.isfinite(logits).all():
            raise ArithmeticError("the method's logits are not finite")
        for name, values in _scores(logits, episodes.query.y).items():
            scores.setdefault(name, []).extend(values.tolist())
        report(Progress(len(scores["accuracy"]), total, 0.0, "evaluation"))
    return {name: np.array(values) for name, values in scores.items()}


def _scores(logits: Tensor, labels: Tensor) -> dict[str, Tensor]:
    known = labels != UNKNOWN
    right = (logits.argmax(-1) == labels).float()
    if known.all():
        return {"accuracy": right.mean(1)}
    return {
        "accuracy": right.sum(1) / known.sum(1),
        "auroc_largest_logit": auroc(logits.amax(-1), known),
        "auroc_largest_probability": auroc(logits.double().softmax(-1).amax(-1), known),
    }


def auroc(scores: Tensor, known: Tensor) -> Tensor:
    """Area under the ROC curve (B,) of scores (B, m) that should be higher where `known` (B, m); ties count half.

    Every task has the same number of known queries.
    """
    known_scores = scores[known].reshape(len(scores), -1, 1)
    others = scores[~known].reshape(len(scores), 1, -1)
    return ((known_scores > others).float() + 0.5 * (known_scores == others).float()).mean((1, 2))
