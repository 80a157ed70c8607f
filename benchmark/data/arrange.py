"""Putting images in the order of a bank: by class, then by group."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np

from benchmark.data.dataset import Listing

Item = TypeVar("Item")


def arrange(
    members: Mapping[tuple[str, str], Sequence[Item]],
    group_names: tuple[str, ...],
    decode: Callable[[Iterator[Item]], Iterator[np.ndarray]],
    *,
    class_names: Sequence[str] | None = None,
) -> Listing:
    """A listing of what was found for each (class, group), a file name or whatever `decode` makes images of.

    Without `group_names` the group is "". Classes come in the order of `class_names`, else by their names.
    """
    names = tuple(class_names or sorted({name for name, _ in members}))
    order = [
        (number, group, members.get((name, group_name), ()))
        for number, name in enumerate(names)
        for group, group_name in enumerate(group_names or ("",))
    ]
    sizes = [len(items) for *_, items in order]
    labels = np.repeat(np.array([number for number, *_ in order], dtype=np.int32), sizes)
    groups = np.repeat(np.array([group for _, group, _ in order], dtype=np.int32), sizes)
    images = decode(item for *_, items in order for item in items)
    return Listing(labels, names, images, groups if group_names else None, group_names)
