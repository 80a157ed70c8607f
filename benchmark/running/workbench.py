"""Bodies, features and images that cells share while they run, in memory and in the artefact store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from benchmark.bodies.body import Body, encode, pretrain
from benchmark.cells.inputs import BodyInputs, Inputs, PartInputs
from benchmark.data.catalogue import Located
from benchmark.data.parts import Part
from benchmark.store.artefacts import ArtefactFolder
from benchmark.system.keys import digest
from benchmark.tasks.sources import PairedSource, PartSource, pixel_lookup
from methods.sources import Lookup, feature_lookup


class Workbench:
    """A device and an artefact store, with what the last cell used: neighbouring cells find it in memory.

    That is kept until a cell comes with another body.
    """

    def __init__(self, device: torch.device, artefacts: ArtefactFolder) -> None:
        self.device, self.artefacts = device, artefacts
        self._body = ""  # the hash of the body whose cells share what is here
        self._made: dict[str, Any] = {}

    def sources(self, inputs: Inputs) -> Sources:
        """The sources of tasks of a cell."""
        body = digest(inputs.body.key)
        if body != self._body:
            self._body, self._made = body, {}
        return Sources(inputs, self)

    def once(self, what: str, make: Callable[[], Any]) -> Any:
        """The value of this name, made on first use."""
        if what not in self._made:
            self._made[what] = make()
        return self._made[what]


class Sources:
    """Makes what a cell needs when it is first asked for; bodies and features come from the artefact store."""

    def __init__(self, inputs: Inputs, bench: Workbench) -> None:
        self._inputs, self._bench = inputs, bench
        self.device, self.artefacts = bench.device, bench.artefacts

    @property
    def body(self) -> Body:
        """The frozen body."""
        return self._bench.once("body", lambda: self._make_body(self._inputs.body))

    def tasks(self, part: str, inputs: str | None = None) -> PartSource | PairedSource:
        """Tasks of "train", "validation" or "test", as "features" of the body or as "pixels".

        Without `inputs` they are those of the cell's method. Tasks tell of their classes what that method is told.
        """
        inputs = self._inputs.method.inputs if inputs is None else inputs
        parts = self._inputs.parts
        if part == "test" and "support" in parts:
            return PairedSource(self._source(parts["support"], inputs), self._source(parts["test"], inputs))
        return self._source(parts[part], inputs)

    def shared_seconds(self) -> dict[str, float]:
        """Seconds of making what other cells share, whenever that was, as far as it was written down.

        packing: of the images; for methods on features, body: its pre-training, and features: encoding all parts.
        """
        origins = [self._inputs.body.origin, *(part.origin for part in self._inputs.parts.values())]
        costs = [
            ("packing", seconds) for seconds in {o.data.folder: o.data.packing_seconds() for o in origins}.values()
        ]
        if self._inputs.method.inputs == "features":
            costs.append(("body", self.artefacts.seconds("bodies", self._inputs.body.key)))
            parts = self._inputs.parts.values()
            costs += [("features", self.artefacts.seconds("features", part.features_key)) for part in parts]
        totals: dict[str, float] = {}
        for name, seconds in costs:
            if seconds is not None:
                totals[name] = round(totals.get(name, 0.0) + seconds, 3)
        return totals

    def _source(self, part: PartInputs, inputs: str) -> PartSource:
        images = self._part(part)
        pixels = inputs == "pixels"
        return PartSource(
            digest(part.source_key(inputs)),
            images.counts,
            self._pixels(images) if pixels else self._features(part, images),
            views=1 if pixels else part.views,
            device=self.device,
            mirror=pixels and self._inputs.mirror,
            groups=images.groups,
            labels=images.classes,
            most=part.origin.most,
            narrows=part.narrows,
            **self._told(part),
        )

    def _make_body(self, wanted: BodyInputs) -> Body:
        body = Body(wanted.recipe, wanted.image_shape, self.device)

        def make() -> dict[str, Tensor]:
            origin = wanted.origin
            part = Part.of(self._bank(origin.data), origin.units, turned=origin.turned)
            pretrain(body, wanted.recipe, part, wanted.seed)
            return body.state_dict()

        body.load_state_dict(self.artefacts.tensors("bodies", wanted.key, make))
        return body

    def _features(self, part: PartInputs, images: Part) -> Lookup:
        def make() -> dict[str, Tensor]:
            augmentation = self._inputs.body.recipe.augmentation
            seed = self._inputs.body.seed
            return {"features": encode(self.body, images, views=part.views, seed=seed, augmentation=augmentation)}

        def load() -> Tensor:
            if self._inputs.body.absent:
                return torch.from_numpy(images.bank.images[images.images]).unsqueeze(0).to(self.device)
            return self.artefacts.tensors("features", part.features_key, make)["features"].to(self.device)

        return feature_lookup(self._bench.once(f"features {digest(part.features_key)}", load))

    def _pixels(self, images: Part) -> Lookup:
        return pixel_lookup(images, self.device, self._inputs.body.image_shape[:2])

    def _told(self, part: PartInputs) -> dict[str, Tensor]:
        """The information on classes that tasks of a part give besides support images."""
        if self._inputs.method.condition == "identities":
            return {"identities": torch.from_numpy(part.origin.units.classes).to(self.device)}
        if self._inputs.method.condition == "semantics":
            return {"semantics": torch.from_numpy(self._inputs.semantics.of(part.words)).to(self.device)}
        return {}

    def _part(self, part: PartInputs) -> Part:
        origin = part.origin
        return Part.of(self._bank(origin.data), origin.units, turned=origin.turned)

    def _bank(self, data: Located):
        return self._bench.once(f"bank {data.folder}", data.bank)
