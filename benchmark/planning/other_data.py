"""Data sets beside those of a run's suite: to meta-train on in their place, or to test on too."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmark.data import catalogue
from benchmark.data.catalogue import Located
from benchmark.data.dataset import DataSet
from benchmark.planning.features import check_fit
from benchmark.suites.suite import Suite
from methods.errors import UserError


def find_sources(
    suite: Suite, data: Sequence[Located], root: Path, name: str | None, named: bool
) -> tuple[dict[str, Located], list[str]]:
    """By data set the one to meta-train on, where the suite has others for that; and which have none, as notices.

    `name` is the source that the user chose; `named` says whether the user chose the data sets. UserError where one
    of these, or all of a suite's own, have no source.
    """
    if not suite.sources:
        if name:
            raise UserError(f"{suite.name!r} meta-trains on the data set itself; leave out --source.")
        return {}, []
    sources, lacking = {}, {}
    for target in data:
        suited = [each for each in suite.sources if _unlike(catalogue.get(each), target.dataset)]
        known = (name,) if name else suited or suite.sources
        present = [name] if name else catalogue.there(known, root)[0]
        if present:
            sources[target.dataset.name] = catalogue.locate(present[0], root)
            check_fit(sources[target.dataset.name], target)
        else:
            lacking[target.dataset.name] = known
    wishes = [
        f"{dataset}, which needs another data set to meta-train on: none of {', '.join(known)} is in {str(root)!r}; "
        f"get one, or name another with --source. {catalogue.get(known[-1]).how_to_get}"
        for dataset, known in lacking.items()
    ]
    if wishes and (named or not sources):
        raise UserError(f"{suite.name!r} cannot be run on {wishes[0]}")
    return sources, [f"Left out: {wish}" for wish in wishes]


def find_targets(
    suite: Suite, data: Sequence[Located], root: Path, name: str | None
) -> tuple[dict[str, Located], list[str]]:
    """By data set another one to test on, where the suite does that; and why there is none, where there is none."""
    if not suite.targets:
        if name:
            raise UserError(f"{suite.name!r} tests on the data set itself; leave out --target.")
        return {}, []
    targets, notices = {}, []
    for learned in data:
        learned_name = learned.dataset.name
        known = (name,) if name else suite.targets
        suited = [each for each in known if _unlike(catalogue.get(each, root), learned.dataset)]
        if name and not suited:
            raise UserError(
                f"What has learned from {learned_name} cannot be tested on {name}: it has to be another data set of "
                f"{learned.dataset.kind}; choose another --target."
            )
        present = [name] if name else catalogue.there(suited, root)[0]
        if present:
            targets[learned_name] = catalogue.locate(present[0], root)
            check_fit(learned, targets[learned_name])
        elif not suited:
            notices.append(
                f"Left out: the cross-domain test of {learned_name}, since no data set here is of "
                f"{learned.dataset.kind} too; name one with --target."
            )
        else:
            notices.append(
                f"Left out: the cross-domain test of {learned_name}, since none of {', '.join(suited)} is in "
                f"{str(root)!r}; get one, or name another with --target."
            )
    return targets, notices


def _unlike(one: DataSet, other: DataSet) -> bool:
    """Whether two data sets are of other images that the same network can see."""
    return one.bank != other.bank and one.kind == other.kind
