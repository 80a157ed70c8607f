"""A suite says what is compared with what. One file per suite."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any, ClassVar

from benchmark.bodies import architectures
from benchmark.cells.cell import Cell
from benchmark.cells.class_vectors import ClassVectors
from benchmark.cells.descriptions import Description
from benchmark.cells.profiles import Profile
from benchmark.data.catalogue import Located


@dataclass(frozen=True)
class Choice:
    """The user's choice for a suite, with every name checked and every data set located."""

    data: list[Located]
    methods: list[Description]
    profile: Profile
    seeds: int
    first_seed: int
    ways: tuple[int, ...]
    shots: tuple[int, ...]
    split: str | None = None  # the data set's default
    bodies: tuple[str, ...] = (architectures.DEFAULT,)  # their architectures
    body_epochs: int | None = None  # of their pre-training; None: the profile's
    named: bool = False  # whether the user named the methods; else they are all of the suite's
    changes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # by method label
    sources: Mapping[str, Located] = field(default_factory=dict)  # by data set: to meta-train on in its place
    semantics: ClassVectors | None = None
    targets: Mapping[str, Located] = field(default_factory=dict)  # by data set: to test on what has learned from it


class Suite:
    """A set of cells: every method and variant on every data set, setting and seed."""

    summary: ClassVar[str]
    datasets: ClassVar[tuple[str, ...]]  # those it is made for
    ways: ClassVar[tuple[int, ...]]
    shots: ClassVar[tuple[int, ...]]
    methods: ClassVar[tuple[str, ...] | None] = None  # those it compares by default; None for all
    conditions: ClassVar[tuple[str, ...]] = ("support",)  # what its tasks tell methods; see `Needs.condition`
    tracks: ClassVar[Mapping[str, str]] = {}  # the condition of each, where not all its methods are told the same
    gradients: ClassVar[bool] = True  # whether methods may adapt by them; see `Needs.gradients`
    sources: ClassVar[tuple[str, ...]] = ()  # data sets to meta-train on, the best first, where not on the data itself
    targets: ClassVar[tuple[str, ...]] = ()  # data sets to test on too, the best first, after meta-training on others
    stand_in: ClassVar[str] = "glyphs"  # the data set where none of its own is present
    stand_in_source: ClassVar[str | None] = None
    bodies: ClassVar[tuple[str, ...]] = (architectures.DEFAULT,)  # their architectures
    about_bodies: ClassVar[bool] = False  # whether it says something of bodies, which features do not have
    any_body_epochs: ClassVar[bool] = True  # whether these may be pre-trained for longer or shorter than usual
    paper_bodies: ClassVar[tuple[str, ...] | None] = None  # those of the profile "paper", where they are others
    new_classes: ClassVar[bool] = True  # whether test tasks are of classes that meta-training has not seen
    seeds: ClassVar[int] = 5
    first_seed: ClassVar[int] = 0
    part: ClassVar[str] = "test"  # the classes that methods are evaluated on
    curve: ClassVar[int] = 0  # points of the learning curves
    study: ClassVar[str] = ""  # a closer look at each method, one of `methods.studies`
    smoke_seeds: ClassVar[int] = 1  # at the profile "smoke", which has to be done in a minute
    named_in_full: ClassVar[bool] = False  # methods that the user names have all seeds there, and settings of "smoke"
    quick_shots: ClassVar[tuple[int, ...]] = (1,)  # of the quickstart, on the stand-in

    @property
    def name(self) -> str:
        """The module's name, with dashes."""
        return type(self).__module__.rsplit(".", 1)[-1].replace("_", "-")

    def notices(self, choice: Choice) -> list[str]:
        """Sentences that the user should read before a choice runs."""
        return []

    def bodies_of(self, profile: Profile) -> tuple[str, ...]:
        """Architectures that are run where the user names none."""
        chosen = self.paper_bodies if profile.name == "paper" and self.paper_bodies else self.bodies
        return chosen[: profile.bodies]

    def settings_profile(self, profile: str, *, named: bool) -> str:
        """The profile of `methods.profiles` that hyper-parameters are of, in a run of methods that the user names or
        of all the suite's."""
        return "check" if profile == "smoke" and not (named and self.named_in_full) else profile

    def variants(self, method: str, profile: str) -> Sequence[Mapping[str, Any]]:
        """Changes of hyper-parameters under which a method is run, those first that a profile with few should keep.

        One empty change is the method as it is.
        """
        return ({},)

    def forms(self, cell: Cell, variant: Mapping[str, Any], choice: Choice) -> Iterator[Cell]:
        """The cells for a variant of a method in a setting: that cell, or several that differ from it in other ways."""
        yield cell

    def cells(self, choice: Choice) -> Iterator[Cell]:
        """All cells, in an order in which neighbours share bodies and prepared heads."""
        profile = choice.profile
        seeds = range(choice.first_seed, choice.first_seed + choice.seeds)
        for data, seed, body in product(choice.data, seeds, choice.bodies):
            for way, shot, method in product(choice.ways, choice.shots, choice.methods):
                from_pixels = method.inputs == "pixels"  # a network of its own, under which no body can be put
                features = data.dataset.kind == "features"
                if (from_pixels and features) or ((from_pixels or features) and body != choice.bodies[0]):
                    continue
                architecture = architectures.DEFAULT if from_pixels or features else body
                for variant, changes in self._varied(method, choice):
                    yield from self.forms(
                        Cell(
                            suite=self.name,
                            data=data,
                            split=choice.split or data.dataset.splits[0],
                            way=way,
                            shot=shot,
                            method=method,
                            seed=seed,
                            profile=profile,
                            settings_profile=self.settings_profile(profile.name, named=choice.named),
                            changes=changes,
                            part=self.part,
                            curve=self.curve if profile.curve is None else min(self.curve, profile.curve),
                            architecture=architecture,
                            body_epochs=None if from_pixels else choice.body_epochs,
                            study=self.study,
                        ),
                        variant,
                        choice,
                    )

    def _varied(self, method: Description, choice: Choice) -> Iterator[tuple[Mapping[str, Any], dict[str, Any]]]:
        """The variants of a method, each with its changes and the user's, which hold in every one; none twice."""
        user_changes, seen = choice.changes.get(method.label, {}), []
        for variant in self.variants(method.label, choice.profile.name)[: choice.profile.variants]:
            changes = {**variant, **user_changes}
            if changes not in seen:
                seen.append(changes)
                yield variant, changes
