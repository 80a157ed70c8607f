"""What all cells of one data set, split, seed and profile share: the body, the features and the task sources."""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor

from benchmark import sizes
from benchmark.artefacts import ArtefactFolder
from benchmark.bodies import architectures
from benchmark.bodies.body import Body, encode, pretrain
from benchmark.cells import Cell, Transfer, parts
from benchmark.data.bank import ImageBank
from benchmark.data.catalogue import Located
from benchmark.data.parts import Part
from benchmark.data.selection import Units
from benchmark.data.transfer import Target
from benchmark.keys import digest
from benchmark.profiles import Profile
from benchmark.tasks import Lookup, PairedSource, PartSource, feature_lookup, pixel_lookup

FEATURES_VERSION = 1


class Workbench:
    """Makes what a cell needs when it is first asked for; bodies and features come from the artefact store."""

    def __init__(
        self,
        data: Located,
        split: str,
        profile: Profile,
        seed: int,
        device: torch.device,
        artefacts: ArtefactFolder,
        architecture: str = architectures.DEFAULT,
        transfer: Transfer | None = None,
        target: Target | None = None,
    ) -> None:
        self.architecture, self.transfer, self.target = architecture, transfer, target
        self.learned_from = data if transfer is None else transfer.source.data
        self.recipe = profile.recipe(self.learned_from.dataset.kind, architecture)
        self.data, self.split, self.profile, self.seed, self.device = data, split, profile, seed, device
        self.artefacts = artefacts
        self._sources: dict[tuple[str, str, str], PartSource | PairedSource] = {}

    @classmethod
    def of(cls, cell: Cell, device: torch.device, artefacts: ArtefactFolder) -> Workbench:
        """The workbench of a cell."""
        return cls(*_shared(cell)[:4], device, artefacts, *_shared(cell)[4:])

    def fits(self, cell: Cell) -> bool:
        """Whether it is that of a cell."""
        return _shared(self) == _shared(cell)

    def part(self, name: str) -> Part:
        """The images of "train", "validation" or "test", or of "support" where test tasks have theirs from there."""
        home = self._home(name)
        turned = name == "train" and home.dataset.turned_classes and self.transfer is None
        return Part.of(self._bank(home), self._units[name], turned=turned)

    @cached_property
    def body(self) -> Body:
        """The frozen body. It sees images in the size of the smaller ones, where two data sets have different ones."""
        body = Body(self.recipe, self._image_shape, self.device)

        def make() -> dict[str, Tensor]:
            pretrain(body, self.recipe, self.part("train"), self.seed)
            return body.state_dict()

        body.load_state_dict(self.artefacts.tensors("bodies", self._body_key, make))
        return body

    def source(self, part: str, inputs: str = "features", condition: str = "support") -> PartSource | PairedSource:
        """Tasks of a part, as features of the body or as pixels, with what a method is told of their classes."""
        wanted = part, inputs, condition
        if wanted not in self._sources:
            if part == "test" and self.transfer is not None:
                support = self._part_source("support", inputs, condition)
                self._sources[wanted] = PairedSource(support, self._part_source("test", inputs, condition))
            else:
                self._sources[wanted] = self._part_source(part, inputs, condition)
        return self._sources[wanted]

    def _part_source(self, name: str, inputs: str, condition: str) -> PartSource:
        part = self.part(name)
        pixels = inputs == "pixels"
        key, lookup, views = self._pixels(name, part) if pixels else self._features(name, part)
        own = self._home(name) == self.data
        most = None if self.transfer is None or own else self.transfer.images
        return PartSource(
            digest(key if most is None else {**key, "most": most}),
            part.counts,
            lookup,
            views=views,
            device=self.device,
            mirror=pixels and self.learned_from.dataset.mirror,
            groups=part.groups,
            most=most,
            **self._told(name, condition),
        )

    def _features(self, name: str, part: Part) -> tuple[dict, Lookup, int]:
        views = self.profile.views if name == "train" else 1
        key = {"version": FEATURES_VERSION, "body": self._body_key, "part": name, "views": views}
        if self._home(name) != self.learned_from:
            home, split = self._home(name), self._split(name)
            key |= {"data": home.fingerprint(), "split": split, **home.split_key(split)}
            if self.target is not None:
                key["without"] = self.target.left_out

        def make() -> dict[str, Tensor]:
            augmentation = self.recipe.augmentation
            return {"features": encode(self.body, part, views=views, seed=self.seed, augmentation=augmentation)}

        features = self.artefacts.tensors("features", key, make)["features"].to(self.device)
        return key, feature_lookup(features), views

    def _pixels(self, name: str, part: Part) -> tuple[dict, Lookup, int]:
        home = self._home(name)
        split = self._split(name)
        key = {"data": home.fingerprint(), "split": split, **home.split_key(split), "part": name}
        size = None
        if self.transfer is not None:
            size = self._image_shape[:2]
            key |= {"size": size, "without": self.transfer.source.left_out}
        elif home != self.data:
            size = self._image_shape[:2]
            key |= {"size": size, "without": self.target.left_out}
        return key, pixel_lookup(part, self.device, size), 1

    def _told(self, name: str, condition: str) -> dict[str, Tensor]:
        """What tasks of a part tell of their classes beside support images."""
        classes = self._units[name].classes
        if condition == "identities":
            return {"identities": torch.from_numpy(classes).to(self.device)}
        if condition == "semantics":
            home = self._home(name)
            names = home.class_names()
            words = [home.dataset.words(names[number]) for number in classes]
            return {"semantics": torch.from_numpy(self.transfer.semantics.of(words)).to(self.device)}
        return {}

    def _home(self, name: str) -> Located:
        """The data set that a part is of."""
        if name in ("train", "validation"):
            return self.learned_from
        return self.data if self.target is None else self.target.data

    def _split(self, name: str) -> str:
        """The split that a part is of."""
        if name in ("train", "validation"):
            return self._source_split
        return self.split if self.target is None else self.target.split

    def _bank(self, home: Located) -> ImageBank:
        if home not in self._banks:
            self._banks[home] = home.bank()
        return self._banks[home]

    @cached_property
    def _banks(self) -> dict[Located, ImageBank]:
        return {}

    @cached_property
    def _units(self) -> dict[str, Units]:
        return parts(self.data, self.split, self.transfer, self.target)

    @property
    def _image_shape(self) -> tuple[int, int, int]:
        return sizes.common(self.learned_from.dataset.image_shape, self.data.dataset.image_shape)

    @property
    def _source_split(self) -> str:
        return self.split if self.transfer is None else self.transfer.source.split

    @property
    def _body_key(self) -> dict:
        key = {
            "recipe": self.recipe.key(),
            "data": self.learned_from.fingerprint(),
            "split": self._source_split,
            **self.learned_from.split_key(self._source_split),
            "seed": self.seed,
        }
        if self.transfer is not None:
            key |= {"size": self._image_shape[:2], "without": self.transfer.source.left_out}
        return key


def _shared(of: Cell | Workbench) -> tuple:
    return of.data, of.split, of.profile, of.seed, of.architecture, of.transfer, of.target
