"""Profiles: the amount of compute that a run may use. Every key and every table names the profile."""

from __future__ import annotations

from dataclasses import dataclass, replace

from benchmark.bodies import architectures
from benchmark.bodies.no_body import NO_BODY
from benchmark.bodies.recipe import Recipe
from benchmark.data.dataset import Kind
from methods.errors import unknown


@dataclass(frozen=True)
class Profile:
    """The harness's own settings in a profile; methods have their own for each."""

    name: str
    summary: str
    body: Recipe  # for characters
    photographs: Recipe
    views: int  # versions of each training image in the feature cache: itself and random ones
    episodes: int  # test episodes per cell
    queries: int = 15  # per class
    head_hidden: int = 64  # hidden units of the heads that are generated
    latency_seconds: float = 1.5  # how long a latency measurement repeats its work
    larger_epochs: int | None = None  # of bodies larger than the default, which take five to ten times longer
    bodies: int | None = None  # that a suite runs, if it has more
    variants: int | None = None  # of each method that a suite runs, if it has more
    curve: int | None = None  # points of a learning curve, where a suite wants more

    def recipe(self, kind: Kind, architecture: str = architectures.DEFAULT) -> Recipe:
        """The recipe of a body for the kind of images of a data set; UserError for an unknown architecture."""
        if kind == "features":
            return NO_BODY
        recipe = {"characters": self.body, "photographs": self.photographs}[kind]
        if architecture == recipe.architecture:
            return recipe
        epochs = recipe.epochs if self.larger_epochs is None else self.larger_epochs
        return replace(recipe, **{"epochs": epochs, **architectures.changes(architecture)})


# Found on the validation classes of Mini-ImageNet, where four epochs of this make centroids of 40.6 / 55.4 (5-way, 1, 5
# shots). Rows that begin large turn slowly, and the network learns to meet random directions: with colours changed
# too, 38.7 / 51.7 for a scale of 1, 40.0 / 54.5 for 0.025, and 39.5 / 54.1 for a linear classifier and SGD.
def _photographs(epochs: int) -> Recipe:
    return Recipe(epochs, learning_rate=4e-3, augmentation="photographs", class_scale=0.025)


PROFILES = {
    profile.name: profile
    for profile in (
        Profile(
            "smoke",
            "seconds a cell, to see that everything works",
            Recipe(epochs=2),
            _photographs(2),
            2,
            100,
            latency_seconds=0.1,
            larger_epochs=1,
            bodies=1,
            variants=2,
            curve=2,
        ),
        Profile(
            "cpu",
            "minutes a cell on two cores; the default",
            Recipe(epochs=12),
            _photographs(14),
            4,
            600,
            larger_epochs=3,
        ),
        Profile("paper", "published hyper-parameters, for a GPU", Recipe(epochs=60), _photographs(60), 4, 600),
    )
}


def get(name: str) -> Profile:
    """A profile by name; UserError says which there are."""
    if name not in PROFILES:
        raise unknown("profile", name, PROFILES)
    return PROFILES[name]
