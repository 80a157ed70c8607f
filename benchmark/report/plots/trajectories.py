"""How heads are generated and how one is trained, in one plane over the loss (Lt-Di paper, Figure 1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from benchmark.report.plots import style

RESOLUTION = 41  # of the loss, along each axis
MARGIN = 0.1  # around what is drawn, of its extent


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
    """What is drawn of one task."""

    title: str
    chains: dict[str, np.ndarray]  # by method: (chains, steps + 1, size), from noise to weights
    optimisation: np.ndarray  # (steps + 1, size), from the initial to the trained head
    loss: Callable[[np.ndarray], np.ndarray]  # of heads (n, size), on the task's images


def best_plane(paths: Paths) -> Plane:
    """Principal components around the trained head; the optimisation and every method's chains count the same."""
    origin = paths.optimisation[-1]
    curves = [paths.optimisation, *(chains.reshape(-1, chains.shape[-1]) for chains in paths.chains.values())]
    centred = [(curve - origin) / np.sqrt(((curve - origin) ** 2).sum()) for curve in curves]
    _, singular, axes = np.linalg.svd(np.concatenate(centred), full_matrices=False)
    return Plane(origin, axes[:2], float((singular[:2] ** 2).sum() / (singular**2).sum()))


def draw(paths: Paths) -> Figure:
    """The figure: filled contours of the logarithm of the loss, and the curves with their ends."""
    plane = best_plane(paths)
    optimisation = plane.project(paths.optimisation)
    chains = {label: plane.project(found) for label, found in paths.chains.items()}
    everything = np.concatenate([optimisation, *(found.reshape(-1, 2) for found in chains.values())])
    low, high = everything.min(0), everything.max(0)
    xs, ys = (
        np.linspace(a - MARGIN * (b - a), b + MARGIN * (b - a), RESOLUTION) for a, b in zip(low, high, strict=True)
    )
    grid = np.stack(np.meshgrid(xs, ys), axis=-1)
    loss = paths.loss(plane.lift(grid.reshape(-1, 2))).reshape(RESOLUTION, RESOLUTION)

    figure, (ax,) = style.panels(1, width=6.4, height=5.4)
    ax.grid(False)
    contours = ax.contourf(xs, ys, np.log10(loss), levels=16, cmap="Greys", alpha=0.6)
    figure.colorbar(contours, ax=ax, label="cross-entropy on the task's images, log10", shrink=0.85)
    look = style.looks([*chains, "training"])
    for label, found in chains.items():
        for chain in found:
            ax.plot(
                *chain.T, look[label].line, color=look[label].colour, marker=".", markersize=3, linewidth=0.9, alpha=0.8
            )
        ax.plot(*found[:, 0].T, "x", color=look[label].colour, markersize=6)
        ax.plot(*found[:, -1].T, look[label].marker, color=look[label].colour, markersize=7, markeredgecolor="white")
    ax.plot(*optimisation.T, look["training"].line, color=look["training"].colour, linewidth=2)
    ax.plot(*optimisation[-1], "*", color=look["training"].colour, markersize=14, markeredgecolor="white")
    ax.set_xlabel("first principal component")
    ax.set_ylabel("second principal component")
    ax.set_title(
        f"{style.text(paths.title)}\ncrosses: noise; large markers: generated heads; star: the trained head; "
        f"{plane.shown:.0%} of the variance",
        fontsize=7,
        loc="left",
    )
    style.legend(figure, look, lines=True)
    return figure
