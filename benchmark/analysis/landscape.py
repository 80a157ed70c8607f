"""Generated and trained heads in one plane over the loss (Lt-Di paper, Figure 1): the few numbers that a plot takes.

Chains have thousands of weights at every step and come from checkpoints, which are too large to be handed on with
records. What is seen of them in a plane is tens of kilobytes, which are kept in the store.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmark.system.keys import digest
from methods.errors import UserError

VERSION = 1  # to be raised when the same checkpoints give another picture
RESOLUTION = 41  # of the loss, along each axis
MARGIN = 0.1  # around what is seen, of its extent
AGREEMENT = 0.02  # of the extent of the plane, or of the loss: what rounding on another machine may change


@dataclass(frozen=True)
class Plane:
    """The plane through `origin` (size,) that shows most of some curves; `axes` (2, size) is orthonormal."""

    origin: np.ndarray
    axes: np.ndarray
    shown: float  # share of the curves' variance that lies in it

    def project(self, points: np.ndarray) -> np.ndarray:
        """Coordinates (..., 2) of points (..., size)."""
        return (points - self.origin) @ self.axes.T

    def lift(self, places: np.ndarray) -> np.ndarray:
        """Points (..., size) of the plane from their coordinates (..., 2)."""
        return self.origin + places @ self.axes


@dataclass(frozen=True)
class Paths:
    """Heads of one task, with all of their weights."""

    chains: dict[str, np.ndarray]  # by the hash of a record: (chains, steps + 1, size), from noise to weights
    optimisation: np.ndarray  # (steps + 1, size), from the initial to the trained head
    loss: Callable[[np.ndarray], np.ndarray]  # of heads (n, size), on the task's images


@dataclass(frozen=True)
class Landscape:
    """The picture of the paths, in coordinates of the plane, whose origin is the trained head."""

    chains: dict[str, np.ndarray]  # (chains, steps + 1, 2)
    optimisation: np.ndarray  # (steps + 1, 2)
    shown: float  # share of the variance that lies in the plane
    x: np.ndarray  # (RESOLUTION,), where the loss was computed
    y: np.ndarray
    loss: np.ndarray  # (len(y), len(x)), mean cross-entropy on the task's images

    @classmethod
    def of(cls, paths: Paths) -> Landscape:
        """Project the curves and compute the loss around them."""
        plane = best_plane(paths)
        optimisation = plane.project(paths.optimisation)
        chains = {name: plane.project(chain) for name, chain in paths.chains.items()}
        everything = np.concatenate([optimisation, *(chain.reshape(-1, 2) for chain in chains.values())])
        low, high = everything.min(0), everything.max(0)
        margin = MARGIN * (high - low)
        x, y = np.linspace(low - margin, high + margin, RESOLUTION).T
        grid = np.stack(np.meshgrid(x, y), axis=-1)
        loss = paths.loss(plane.lift(grid.reshape(-1, 2))).reshape(RESOLUTION, RESOLUTION)
        return cls(chains, optimisation, plane.shown, x, y, loss)

    def plain(self) -> dict[str, Any]:
        """Lists of numbers with more digits than can be seen."""
        return {
            "variance_shown": _rounded(self.shown),
            "chains": {name: _rounded(chain) for name, chain in self.chains.items()},
            "optimisation": _rounded(self.optimisation),
            "x": _rounded(self.x),
            "y": _rounded(self.y),
            "loss": _rounded(self.loss),
        }

    @classmethod
    def of_plain(cls, content: Mapping[str, Any]) -> Landscape:
        """The inverse of `plain`. UserError for content of another form."""
        try:
            chains = {name: np.array(chain, dtype=float) for name, chain in content["chains"].items()}
            optimisation, x, y, loss = (np.array(content[n], dtype=float) for n in ("optimisation", "x", "y", "loss"))
            landscape = cls(chains, optimisation, float(content["variance_shown"]), x, y, loss)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise _unreadable() from error
        curves = [optimisation, *chains.values()]
        fits = loss.shape == (*y.shape, *x.shape) and all(curve.ndim > 1 and curve.shape[-1] == 2 for curve in curves)
        if not (fits and chains and loss.ndim == 2 and (loss > 0).all()):
            raise _unreadable()
        return landscape

    def agrees(self, other: Landscape) -> bool:
        """Whether two were made of the same checkpoints, as far as can be told across machines."""
        if self.chains.keys() != other.chains.keys():
            return False
        extent = max(np.ptp(self.x), np.ptp(self.y))
        pairs = [(self.chains[name], other.chains[name], extent) for name in self.chains]
        pairs += [(getattr(self, n), getattr(other, n), extent) for n in ("optimisation", "x", "y")]
        pairs += [(np.log(self.loss), np.log(other.loss), max(1.0, np.ptp(np.log(self.loss))))]
        return all(a.shape == b.shape and np.abs(a - b).max() <= AGREEMENT * size for a, b, size in pairs)


def landscape_key(records: Sequence[Mapping[str, Any]], chains: int) -> dict[str, Any]:
    """The key of the picture of so many chains of each of these records, given by their keys.

    They share data set, setting, profile and seed.
    """
    shared = {name: records[0][name] for name in ("dataset", "way", "shot", "profile", "seed")}
    return {"version": VERSION, **shared, "records": sorted(map(digest, records)), "chains": chains}


def best_plane(paths: Paths) -> Plane:
    """Principal components around the trained head; the optimisation and every method's chains count the same.

    Training begins at the lower left: which way components point is arbitrary.
    """
    origin = paths.optimisation[-1]
    curves = [paths.optimisation, *(chains.reshape(-1, chains.shape[-1]) for chains in paths.chains.values())]
    centred = [(curve - origin) / np.sqrt(((curve - origin) ** 2).sum()) for curve in curves]
    _, singular, axes = np.linalg.svd(np.concatenate(centred), full_matrices=False)
    start = (paths.optimisation[0] - origin) @ axes[:2].T
    towards = np.where(start > 0, -1.0, 1.0)
    return Plane(origin, axes[:2] * towards[:, None], float((singular[:2] ** 2).sum() / (singular**2).sum()))


def _rounded(numbers: np.ndarray | float) -> Any:
    if np.ndim(numbers):
        return [_rounded(part) for part in numbers]
    return float(f"{float(numbers):.5g}")


def _unreadable() -> UserError:
    return UserError("A file of trajectories was changed after it was written; delete it and draw the plot again.")
