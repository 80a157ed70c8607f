"""Prepared heads: the training data of every method that learns to generate weights."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from methods.heads import Head
from methods.interface import Context, Examples, TaskSource
from methods.profiles import InputSizes
from methods.seeding import derive_seed
from methods.trajectories import Preparation, TrainingData, chunks, prepare_heads

# To be raised when the same settings give other heads, with the `version` of every method that learns from them:
# records are told apart by that, artefacts by this.
VERSION = 2
BLOCK = 512  # heads of one artefact: meta-training can begin when the first ones are there
CHUNK = 128  # heads trained together; with their optimiser state they about fit a processor's cache
CHUNK_NUMBERS = 2**28  # that their training images may be, at most: 1 GiB
DEFAULT_LENGTH = Preparation().trajectory_length
WIDE = 500  # features; the default body makes 64 or 256 of small images
FEWER_HEADS = 2000


def fewer_heads(settings: Any, profile: str, inputs: InputSizes) -> Any:
    """Hyper-parameters with fewer `prepared_heads` at "cpu" where heads are large: 6,000 on 1,600 features take 7 GB.

    All methods that learn from prepared heads scale alike, since they share them.
    """
    if profile != "cpu" or inputs.features <= WIDE:
        return settings
    return replace(settings, prepared_heads=min(FEWER_HEADS, settings.prepared_heads))


class PreparedHeads:
    """P heads trained on all images of their classes, taken up block by block.

    classes (P, way): class numbers of the meta-train source. points (P, length - 1, size): recorded weights, the
    final ones first. Both hold the first P of `count` heads, as many as were asked for so far.
    """

    def __init__(self, context: Context, count: int, settings: Preparation, *, beside: bool) -> None:
        """With `beside`, a thread of its own prepares while the caller goes on with what is there."""
        sizes = [min(BLOCK, count - start) for start in range(0, count, BLOCK)]
        self.count = count
        self._taken = 0
        self._classes = torch.empty(count, context.problem.head.way, dtype=torch.int64)
        self._points = torch.empty(count, settings.trajectory_length - 1, context.problem.head.size)
        self._blocks = [partial(_block, context, number, size, settings) for number, size in enumerate(sizes)]
        self._pool = None
        if beside:
            # Half of the processors each: two full teams of threads slow each other down severalfold.
            self._threads = torch.get_num_threads()
            share = max(1, self._threads // 2)
            torch.set_num_threads(share)
            self._pool = ThreadPoolExecutor(1, initializer=torch.set_num_threads, initargs=(share,))
            self._blocks = [self._pool.submit(block).result for block in self._blocks]

    @property
    def classes(self) -> Tensor:
        return self._classes[: self._taken]

    @property
    def points(self) -> Tensor:
        return self._points[: self._taken]

    def take(self, count: int) -> None:
        """Wait until at least `count` heads are here (all, if that is more than there are)."""
        while self._taken < min(count, self.count):
            made = self._blocks.pop(0)()
            new = slice(self._taken, self._taken + len(made["classes"]))
            self._classes[new] = made["classes"]
            self._points[new] = made["points"][:, : self._points.shape[1]]
            self._taken = new.stop
        if not self._blocks:
            self.close()

    def close(self) -> None:
        """Prepare nothing more; waits for the block that is being made."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None
            torch.set_num_threads(self._threads)


def _block(context: Context, number: int, count: int, settings: Preparation) -> dict[str, Tensor]:
    """One block of heads with their trajectories: from the artefact store, or prepared now and kept there.

    A trajectory of length 2 is the end of a default one, so that Lv-Di reads what Lt-Di reads.
    """
    if settings.trajectory_length == 2:
        settings = replace(settings, trajectory_length=DEFAULT_LENGTH)
    key = {
        "version": VERSION,
        "source": context.train.key,
        "seed": context.seed,
        "block": number,
        "heads": count,
        "head": asdict(context.problem.head),
        **asdict(settings),
    }
    return context.artefacts.tensors("trajectories", key, lambda: _prepare(context, number, count, settings))


def _prepare(context: Context, number: int, count: int, settings: Preparation) -> dict[str, Tensor]:
    rng = np.random.default_rng(derive_seed(context.seed, "prepared tasks", number))
    way = context.problem.head.way
    classes = context.train.episodes(rng, count, way=way, shot=1, queries=0).classes.cpu()
    return {"classes": classes, "points": trained_heads(context, context.train, classes, settings).flip(1)}


def trained_heads(context: Context, source: TaskSource, classes: Tensor, settings: Preparation) -> Tensor:
    """Recorded weights (B, length - 1, size), the final ones last, of heads trained on classes (B, way) of a source.

    All start from the one initial head of the context's seed.
    """
    initial = initial_head(context)
    points = []
    views = source.views if settings.augmentation else 1
    numbers = views * classes.shape[1] * source.largest * context.problem.head.inputs
    for part in chunks(len(classes), max(1, min(CHUNK, CHUNK_NUMBERS // numbers))):
        # The same order for all: like another initial head, another order would move the weights for no reason that
        # the condition could tell.
        rng = np.random.default_rng(derive_seed(context.seed, "preparation batches"))
        batches = _batches(source, classes[part], settings, rng)

        def data(step: int, batches: list[TrainingData] = batches) -> TrainingData:
            return batches[step % len(batches)]

        points.append(prepare_heads(context.problem.head, initial, data, settings).cpu())
    return torch.cat(points)


def initial_head(context: Context) -> Tensor:
    """The initial weights (size,) of every prepared head."""
    generator = torch.Generator().manual_seed(derive_seed(context.seed, "initial head"))
    return context.problem.head.gaussian(generator).to(context.device)


def _batches(
    source: TaskSource, classes: Tensor, settings: Preparation, rng: np.random.Generator
) -> list[TrainingData]:
    """One epoch over all views of the classes (B, way), or as many steps of it as there are.

    Its shuffled batches have as many images of each class. An epoch has every image of the source's largest class once;
    smaller classes begin anew where they end. So what a head is trained on does not depend on the heads beside it.
    """
    way = classes.shape[1]
    per_view = max(1, round(source.largest / settings.images_per_class))
    orders = [rng.permutation(source.largest) for _ in range(source.views if settings.augmentation else 1)]
    used = rng.permutation(len(orders) * per_view)[: settings.steps]
    batches = {}
    for view, order in enumerate(orders):
        examples = source.examples(classes, view)
        sizes = examples.real.unflatten(1, (way, -1)).sum(-1).cpu().numpy()
        firsts = np.arange(way)[:, None] * (examples.x.shape[1] // way)
        rows = np.array_split(firsts + _own_order(sizes, order), per_view, axis=-1)
        for number in used[used // per_view == view].tolist():
            chosen = torch.from_numpy(rows[number % per_view]).flatten(1).to(examples.y.device)
            x = examples.x.take_along_dim(chosen.unsqueeze(-1), 1)
            batches[number] = TrainingData.of(Examples(x, examples.y.take_along_dim(chosen, 1)), way)
    return [batches[number] for number in used.tolist()]


def _own_order(sizes: np.ndarray, order: np.ndarray) -> np.ndarray:
    """The images (B, way, largest) in one order (largest,), for classes that have the first of `sizes` (B, way) only.

    Smaller classes repeat.
    """
    repeated = {size: np.resize(order[order < size], len(order)) for size in np.unique(sizes)}
    return np.stack([[repeated[size] for size in row] for row in sizes])


class Normaliser(nn.Module):
    """Brings weights to zero mean and unit variance; one map for all anchors, so that they share the chain's space.

    The mean is taken entry by entry over tasks and anchors, and for class rows over classes too (a class's slot
    means nothing). One scale serves each of the four tensors: weights and biases of hidden and of class rows.
    """

    def __init__(self, head: Head) -> None:
        super().__init__()
        self.head = head
        self.register_buffer("mean", torch.zeros(head.size))
        self.register_buffer("scale", torch.ones(head.size))

    def measure(self, points: Tensor) -> None:
        """Set mean and scale from weights (..., head.size)."""
        flat = points.reshape(-1, self.head.size).to(self.mean.device)
        mean = flat.mean(0)
        self.head.split(mean)[1].copy_(self.head.split(mean)[1].mean(0, keepdim=True).clone())
        variance = (flat - mean).square().mean(0)
        scale = torch.empty_like(variance)
        for variances, deviations in zip(self.head.split(variance), self.head.split(scale), strict=True):
            deviations[:, :-1] = variances[:, :-1].mean().sqrt()
            deviations[:, -1] = variances[:, -1].mean().sqrt()
        self.mean.copy_(mean)
        self.scale.copy_(scale.clamp(min=1e-8))

    def normalise(self, weights: Tensor) -> Tensor:
        return (weights - self._fitting(self.mean, weights)) / self._fitting(self.scale, weights)

    def denormalise(self, weights: Tensor) -> Tensor:
        """Weights (..., size) of heads, also for another number of classes: all class rows have one map."""
        return weights * self._fitting(self.scale, weights) + self._fitting(self.mean, weights)

    def _fitting(self, statistic: Tensor, weights: Tensor) -> Tensor:
        """The mean or the scale for heads of as many classes as these weights have."""
        if statistic.shape[-1] == weights.shape[-1]:
            return statistic
        hidden_rows, class_rows = self.head.split(statistic)
        way = self.head.split(weights)[1].shape[-2]
        return self.head.join(hidden_rows, class_rows[:1].expand(way, -1))
