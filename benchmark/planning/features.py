"""Runs on data sets that are features already: methods on features, without a body."""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.cells.descriptions import Description
from benchmark.data.catalogue import Located
from benchmark.planning.request import Request
from benchmark.suites.suite import Suite
from methods.errors import UserError


def suited(
    suite: Suite, methods: Sequence[Description], data: Sequence[Located], request: Request
) -> tuple[list[Description], list[str]]:
    """The methods that can run on some of the data sets, and which are left out of which, as notices.

    UserError where a suite, a method or an option that the user named needs images, and a data set has features.
    """
    features = [each.dataset.name for each in data if each.dataset.kind == "features"]
    if not features:
        return list(methods), []
    where = " and ".join(features)
    if suite.about_bodies:
        raise UserError(f"{suite.name!r} compares bodies, but {where} has features, which need none; name images.")
    for option, given in (("--body", request.body), ("--body-epochs", request.body_epochs)):
        if given:
            raise UserError(f"{where} has features, for which no body is trained; leave out {option}.")
    pixels = [method.label for method in methods if method.inputs == "pixels"]
    if not pixels:
        return list(methods), []
    if request.methods:
        raise UserError(f"{pixels[0]} learns from pixels, which {where} has none of; leave it out.")
    left = [method for method in methods if method.inputs != "pixels" or len(features) < len(data)]
    return left, [f"Left out on {where}, which has no pixels: {', '.join(pixels)}."]


def check_fit(one: Located, other: Located) -> None:
    """UserError where what learns from one data set cannot see the other: features of another number."""
    shapes = [each.dataset.image_shape for each in (one, other)]
    if one.dataset.kind == other.dataset.kind == "features" and shapes[0] != shapes[1]:
        raise UserError(
            f"{one.dataset.name} has {shapes[0][0]} features, {other.dataset.name} {shapes[1][0]}; both must come from "
            "the same network."
        )
