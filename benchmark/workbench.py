"""What all cells of one data set, split, seed and profile share: the body, the features and the task sources."""

from __future__ import annotations

from functools import cached_property

import torch
from torch import Tensor

from benchmark.artefacts import ArtefactFolder
from benchmark.bodies import architectures
from benchmark.bodies.body import Body, encode, pretrain
from benchmark.data.bank import ImageBank
from benchmark.data.catalogue import Located
from benchmark.data.parts import Part
from benchmark.data.selection import Units
from benchmark.keys import digest
from benchmark.profiles import Profile
from benchmark.tasks import PartSource, feature_lookup, pixel_lookup

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
    ) -> None:
        self.architecture = architecture
        self.recipe = profile.recipe(data.dataset.kind, architecture)
        self.data, self.split, self.profile, self.seed, self.device = data, split, profile, seed, device
        self.artefacts = artefacts
        self._sources: dict[tuple[str, str], PartSource] = {}

    @cached_property
    def bank(self) -> ImageBank:
        return self.data.bank()

    def part(self, name: str) -> Part:
        """The images of "train", "validation" or "test"."""
        turned = name == "train" and self.data.dataset.turned_classes
        return Part.of(self.bank, self._units[name], turned=turned)

    @cached_property
    def body(self) -> Body:
        """The frozen body."""
        body = Body(self.recipe, self.data.dataset.image_shape, self.device)

        def make() -> dict[str, Tensor]:
            pretrain(body, self.recipe, self.part("train"), self.seed)
            return body.state_dict()

        body.load_state_dict(self.artefacts.tensors("bodies", self._body_key, make))
        return body

    def source(self, part: str, inputs: str = "features") -> PartSource:
        """Tasks of a part, as features of the body or as pixels."""
        if (part, inputs) not in self._sources:
            self._sources[part, inputs] = self._pixels(part) if inputs == "pixels" else self._features(part)
        return self._sources[part, inputs]

    def _features(self, name: str) -> PartSource:
        views = self.profile.views if name == "train" else 1
        key = {"version": FEATURES_VERSION, "body": self._body_key, "part": name, "views": views}
        part = self.part(name)

        def make() -> dict[str, Tensor]:
            augmentation = self.recipe.augmentation
            return {"features": encode(self.body, part, views=views, seed=self.seed, augmentation=augmentation)}

        features = self.artefacts.tensors("features", key, make)["features"].to(self.device)
        return PartSource(
            digest(key), part.counts, feature_lookup(features), views=views, device=self.device, groups=part.groups
        )

    def _pixels(self, name: str) -> PartSource:
        part = self.part(name)
        key = digest({"data": self.data.fingerprint(), "split": self.split, "part": name})
        return PartSource(
            key,
            part.counts,
            pixel_lookup(part, self.device),
            views=1,
            device=self.device,
            mirror=self.data.dataset.mirror,
            groups=part.groups,
        )

    @cached_property
    def _units(self) -> dict[str, Units]:
        return self.data.units(self.split)

    @property
    def _body_key(self) -> dict:
        return {
            "recipe": self.recipe.key(),
            "data": self.data.fingerprint(),
            "split": self.split,
            "seed": self.seed,
        }
