"""Checks that any data set must pass before results on it mean anything, on all of its images."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import numpy as np

from benchmark.data import catalogue
from benchmark.data.bank import ImageBank, entries
from benchmark.data.catalogue import PARTS, Located
from benchmark.data.dataset import ClassSplit, DataSet
from benchmark.data.selection import Units
from benchmark.running.conformance.finding import Finding
from benchmark.system.failures import one_line
from benchmark.system.progress import track
from methods.errors import UserError

AGAIN = 2000  # images that are decoded a second time


def check_data_set(name: str, root: Path) -> Iterator[Finding]:
    """Run all checks on a data set that lies under `root`; a check that cannot run ends the list with its error.

    UserError if there is no such data set, or if its files are not in order.
    """
    located = catalogue.locate(name, root)
    try:
        yield from _checks(name, located)
    except UserError:
        raise
    except Exception as error:  # the data set may be anyone's code
        yield Finding("goes through every check", False, one_line(error, type(located.dataset)))


def _checks(name: str, located: Located) -> Iterator[Finding]:
    dataset, root = located.dataset, located.root
    fresh = catalogue.get(name, root)
    same = dataset.signature(root) == fresh.signature(root)
    yield Finding("same files, same signature", same, "asked twice of the same files")
    kinds = ("characters", "photographs", "features")
    known = dataset.kind in kinds and (dataset.kind == "features") == (len(dataset.image_shape) == 1)
    shape = "x".join(map(str, dataset.image_shape))
    yield Finding("says what it holds", known, f"{dataset.kind!r} of {shape}")
    try:
        with tempfile.TemporaryDirectory() as folder:  # packed anew: an earlier bank may be of other code
            bank = Located(dataset, root, Path(folder) / "bank").bank(verify=True)
            yield from _reading(dataset, bank, fresh, root)
    except (ValueError, TypeError, IndexError) as error:  # what packing refuses
        yield Finding("can be packed", False, one_line(error, type(dataset)))
        return
    for split in dataset.splits:
        yield from _split(located, fresh, split)


def _reading(dataset: DataSet, bank: ImageBank, fresh: DataSet, root: Path) -> Iterator[Finding]:
    counts = bank.counts
    yield Finding("can be packed", True, f"{len(bank.labels)} images of {len(counts)} classes")
    named = len(set(bank.class_names)) == len(counts) and all(bank.class_names)
    yield Finding(
        "classes have names of their own", named, f"{len(set(bank.class_names))} names of {len(counts)} classes"
    )
    yield Finding("every class has images", bool(counts.min() > 0), f"{counts.min()} to {counts.max()} a class")
    expected = dataset.class_count
    yield Finding(
        "has as many classes as it says",
        expected in (None, len(counts)),
        f"{len(counts)}, and class_count is {expected}",
    )
    listing = fresh.read(root)
    images = track(listing.images, "reading again", total=min(AGAIN, len(listing.labels)))
    first, alike = entries(dataset.image_shape), True
    for in_bank, image in zip(bank.images[:AGAIN], images, strict=False):
        image = np.asarray(image)
        alike &= image.shape == tuple(dataset.image_shape) and image.dtype == first and np.array_equal(in_bank, image)
    yield Finding("same files, same images", alike, f"{min(AGAIN, len(listing.labels))} read twice, as {first}")
    some = bank.images[:: max(1, len(bank.images) // AGAIN)]
    different = len({row.tobytes() for row in some}) > len(some) / 2
    finite = bool(np.isfinite(some).all())
    yield Finding("images differ", different and finite, f"{len({row.tobytes() for row in some})} of {len(some)}")
    words = [dataset.words(name) for name in bank.class_names]
    spoken = all(isinstance(word, str) and word.strip() for word in words)
    yield Finding("classes have plain names", spoken, f"such as {words[0]!r}")


def _split(located: Located, fresh: DataSet, split: str) -> Iterator[Finding]:
    dataset = located.dataset
    same = dataset.split(split) == fresh.split(split) and dataset.split_content(split) == fresh.split_content(split)
    yield Finding(f"{split}: same split every time", same, f"content {dataset.split_content(split)}")
    units = located.units(split)
    empty = [part for part in PARTS if not len(units[part].counts)]
    yield Finding(
        f"{split}: every part has classes",
        not empty and all(units[part].widest > 1 for part in PARTS),
        ", ".join(f"{part} {units[part].widest}" for part in PARTS) + " in one task at most",
    )
    shared = {(one, other): _shared(units[one], units[other]) for one, other in combinations(PARTS, 2)}
    yield Finding(
        f"{split}: parts share no image",
        not any(shared.values()),
        "; ".join(f"{one} and {other} share {n}" for (one, other), n in shared.items() if n) or "none of any two",
    )
    if isinstance(dataset.split(split), ClassSplit):
        classes = {part: {*units[part].classes.tolist()} for part in PARTS}
        common = [pair for pair in combinations(PARTS, 2) if classes[pair[0]] & classes[pair[1]]]
        yield Finding(
            f"{split}: parts share no class",
            not common,
            "; ".join(" and ".join(pair) for pair in common) or "none of any two",
        )


def _shared(one: Units, other: Units) -> int:
    """Images that two parts have in common."""
    return len(np.intersect1d(one.images, other.images))
