"""What all cells of one data set, split, seed and profile share: the body, the features and the task sources."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from benchmark.bodies.body import Body, encode, pretrain
from benchmark.cells import sizes
from benchmark.cells.cell import ALL, Cell
from benchmark.data.bank import ImageBank
from benchmark.data.catalogue import Located
from benchmark.data.parts import Part
from benchmark.data.selection import HALVES_VERSION, Units
from benchmark.store.artefacts import ArtefactFolder
from benchmark.system.keys import digest
from benchmark.tasks.sources import Lookup, PairedSource, PartSource, feature_lookup, pixel_lookup

FEATURES_VERSION = 1


class Workbench:
    """Makes what a cell needs when it is first asked for; bodies and features come from the artefact store."""

    def __init__(self, cell: Cell, device: torch.device, artefacts: ArtefactFolder) -> None:
        """Of a cell, for all cells that it `fits`."""
        self._cell, self.device, self.artefacts = cell, device, artefacts
        self._sources: dict[tuple[str, str, str], PartSource | PairedSource] = {}

    def fits(self, cell: Cell) -> bool:
        """Whether a cell shares all that is made here."""
        return _shared(self._cell) == _shared(cell)

    def part(self, name: str) -> Part:
        """The images of "train", "validation" or "test", or of "support" where test tasks have theirs from there."""
        return self._part(name, self._units[name])

    def _part(self, name: str, units: Units) -> Part:
        home, _ = self._cell.home(name)
        turned = name == "train" and home.dataset.turned_classes and self._cell.transfer is None
        return Part.of(self._bank(home), units, turned=turned)

    @cached_property
    def body(self) -> Body:
        """The frozen body. It sees images in the size of the smaller ones, where two data sets have different ones."""
        body = Body(self._cell.recipe, self._image_shape, self.device)

        def make() -> dict[str, Tensor]:
            pretrain(body, self._cell.recipe, self._part("train", self._cell.body_units()), self._cell.seed)
            return body.state_dict()

        body.load_state_dict(self.artefacts.tensors("bodies", self._body_key, make))
        return body

    def source(self, part: str, inputs: str = "features", condition: str = "support") -> PartSource | PairedSource:
        """Tasks of a part, as features of the body or as pixels, with what a method is told of their classes."""
        wanted = part, inputs, condition
        if wanted not in self._sources:
            if part == "test" and self._cell.transfer is not None:
                support = self._part_source("support", inputs, condition)
                self._sources[wanted] = PairedSource(support, self._part_source("test", inputs, condition))
            else:
                self._sources[wanted] = self._part_source(part, inputs, condition)
        return self._sources[wanted]

    def _part_source(self, name: str, inputs: str, condition: str) -> PartSource:
        part = self.part(name)
        pixels = inputs == "pixels"
        key, lookup, views = self._pixels(name, part) if pixels else self._features(name, part)
        own = self._cell.home(name)[0] == self._cell.data
        most = None if self._cell.transfer is None or own else self._cell.transfer.images
        return PartSource(
            digest(key if most is None else {**key, "most": most}),
            part.counts,
            lookup,
            views=views,
            device=self.device,
            mirror=pixels and self._cell.learned_from.dataset.mirror,
            groups=part.groups,
            labels=part.classes,
            most=most,
            narrows=name == "validation",
            **self._told(name, condition),
        )

    def _features(self, name: str, part: Part) -> tuple[dict, Lookup, int]:
        views = self._cell.profile.views if name == "train" else 1
        key = {"version": FEATURES_VERSION, "body": self._body_key, "part": name, "views": views}
        home, split = self._cell.home(name)
        key |= self._training_classes(name)
        if home != self._cell.learned_from:
            key |= {"data": home.fingerprint(), "split": split, **home.split_key(split)}
            if self._cell.target is not None:
                key["without"] = self._cell.target.left_out

        def make() -> dict[str, Tensor]:
            augmentation = self._cell.recipe.augmentation
            return {"features": encode(self.body, part, views=views, seed=self._cell.seed, augmentation=augmentation)}

        features = self.artefacts.tensors("features", key, make)["features"].to(self.device)
        return key, feature_lookup(features), views

    def _pixels(self, name: str, part: Part) -> tuple[dict, Lookup, int]:
        home, split = self._cell.home(name)
        key = {"data": home.fingerprint(), "split": split, **home.split_key(split), "part": name}
        key |= self._training_classes(name)
        size = None
        if self._cell.transfer is not None:
            size = self._image_shape[:2]
            key |= {"size": size, "without": self._cell.transfer.source.left_out}
        elif home != self._cell.data:
            size = self._image_shape[:2]
            key |= {"size": size, "without": self._cell.target.left_out}
        return key, pixel_lookup(part, self.device, size), 1

    def _training_classes(self, name: str) -> dict[str, Any]:
        """What tells a half of the training classes from the other one and from both, in the key of a part."""
        if name != "train" or self._cell.training_classes == ALL:
            return {}
        return {"classes": self._cell.training_classes, "seed": self._cell.seed, "halves": HALVES_VERSION}

    def _told(self, name: str, condition: str) -> dict[str, Tensor]:
        """What tasks of a part tell of their classes beside support images."""
        classes = self._units[name].classes
        if condition == "identities":
            return {"identities": torch.from_numpy(classes).to(self.device)}
        if condition == "semantics":
            home, _ = self._cell.home(name)
            names = home.class_names()
            words = [home.dataset.words(names[number]) for number in classes]
            return {"semantics": torch.from_numpy(self._cell.transfer.semantics.of(words)).to(self.device)}
        return {}

    def _bank(self, home: Located) -> ImageBank:
        if home not in self._banks:
            self._banks[home] = home.bank()
        return self._banks[home]

    @cached_property
    def _banks(self) -> dict[Located, ImageBank]:
        return {}

    @cached_property
    def _units(self) -> dict[str, Units]:
        return self._cell.units()

    @property
    def _image_shape(self) -> tuple[int, int, int]:
        return sizes.common(self._cell.learned_from.dataset.image_shape, self._cell.data.dataset.image_shape)

    @property
    def _body_key(self) -> dict:
        key = {
            "recipe": self._cell.recipe.key(),
            "data": self._cell.learned_from.fingerprint(),
            "split": self._cell.source_split,
            **self._cell.learned_from.split_key(self._cell.source_split),
            "seed": self._cell.seed,
            **({} if self._cell.training_classes == ALL else {"classes": "half", "halves": HALVES_VERSION}),
        }
        if self._cell.transfer is not None:
            key |= {"size": self._image_shape[:2], "without": self._cell.transfer.source.left_out}
        return key


def _shared(of: Cell) -> tuple:
    body = of.architecture, of.body_epochs
    return of.data, of.split, of.profile, of.seed, *body, of.transfer, of.training_classes, of.target
