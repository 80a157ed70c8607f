"""Whether data sets have enough classes and images for what is asked of them; known before any work is done."""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.cells.cell import Cell
from benchmark.cells.scenarios.scenario import BODY, Origin
from benchmark.tasks import kinds
from methods.errors import UserError


def check_sizes(cells: Sequence[Cell]) -> None:
    """UserError where a setting asks for more classes or images than a part of its data set has."""
    checked = set()
    for cell in cells:
        origins = {part: origin for part, origin in cell.origins.items() if part != BODY}
        places = tuple((part, origin.data.folder, origin.split) for part, origin in origins.items())
        scenario = type(cell.scenario), *cell.scenario.key().items()
        setting = (places, cell.way, cell.shot, cell.source_way, cell.tasks, cell.profile.queries, str(scenario))
        if setting in checked:
            continue
        checked.add(setting)
        cell.scenario.check(cell.data, cell.split, origins)
        for part, origin in origins.items():
            _check_classes(cell, part, origin)
            _check_images(cell, part, origin)


def _check_classes(cell: Cell, part: str, origin: Origin) -> None:
    way = cell.source_way if part in ("train", "validation") else cell.way
    if part == "validation" != cell.part:
        way = min(way, max(2, origin.units.widest))  # its tasks narrow; see `TaskSource`
    kind = kinds.get(cell.tasks if part == cell.part else kinds.PLAIN)
    classes = kind.classes(way)
    if classes > origin.units.widest:
        named = "" if kind.name == kinds.PLAIN else f"{kind.name} "
        raise UserError(
            f"{way}-way {named}tasks need {classes} classes, but {cell.scenario.part_label(part, origin)} has "
            f"{origin.units.widest}; choose smaller --ways."
        )


def _check_images(cell: Cell, part: str, origin: Origin) -> None:
    images, fewest = cell.images(part), origin.units.counts.min()
    if images > fewest:
        enough = images - max(cell.shot - 1, 0) <= fewest  # with a single shot
        raise UserError(
            f"{cell.shot}-shot tasks with {cell.profile.queries} queries need {images} images per class, "
            f"but a class of {cell.scenario.part_label(part, origin)} has {fewest}; "
            + ("choose smaller --shots." if enough else "restore its images, or leave it out of the split.")
        )
