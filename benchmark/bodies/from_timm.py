"""Networks of timm (Wightman 2019), which has more than a thousand: trained here, or with their published weights.

Importing timm takes seconds. What planning has to know of a model is looked up once and kept in the cache.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any, ClassVar

from benchmark.bodies.architecture import Architecture, ImageShape, Network
from benchmark.bodies.recipe import Recipe
from benchmark.system.paths import cache_folder, write_whole
from methods.errors import UserError

PREFIX = "timm:"
IMAGENET = "ImageNet-1k"
FROZEN = {"epochs": 0, "pretrained": IMAGENET}
CONVOLUTIONS, TRANSFORMERS = {"learning_rate": 2e-3}, {"learning_rate": 5e-4}


class FromTimm(Architecture):
    """A network of timm whose number of features depends neither on the width nor on the images."""

    model: str  # timm's name for it
    size: int  # features
    trained_here: ClassVar[str | None] = None  # the body without the weights of others, where this has them

    def features(self, recipe: Recipe, image_shape: ImageShape) -> int:
        return self.size

    def network(self, recipe: Recipe, image_shape: ImageShape) -> Network:
        import timm

        height, width, channels = image_shape
        size, options = self.fitting((height, width))
        if self.pretrained:
            size, options = None, {}
        try:
            module = timm.create_model(
                self.model, pretrained=self.pretrained, in_chans=channels, num_classes=0, **options
            )
        except (OSError, RuntimeError) as error:
            if not self.pretrained:
                raise
            raise UserError(
                f"The weights of {recipe.architecture} could not be downloaded ({type(error).__name__}: {error}); "
                f"choose {self.trained_here!r}, which is trained here."
            ) from error
        if size is not None:
            return Network(module, size, self.size)
        seen = module.pretrained_cfg
        mean, std = (
            tuple(seen[each]) if channels == 3 else (sum(seen[each]) / 3,) * channels for each in ("mean", "std")
        )
        return Network(module, tuple(seen["input_size"][1:]), self.size, mean, std)

    def fitting(self, size: tuple[int, int]) -> tuple[tuple[int, int], dict[str, Any]]:
        """The size of images that it sees where it is trained on images of another one, and how timm makes it so."""
        return size, {}


class TimmModel(FromTimm):
    """Any model of timm. A name with a tag, such as resnet18.a1_in1k, is that of published weights.

    Without a tag it is trained here. Models that take images of one size only, as most transformers do, get them
    scaled to that.
    """

    def __init__(self, model: str) -> None:
        """UserError if timm has no such model, or if it makes no features."""
        self.model = model
        self.trained_here, dot, tag = (f"{PREFIX}{model.partition('.')[0]}", *model.partition(".")[1:])
        about = _described(model)
        self.size, self._image_size = about["features"], about["image_size"]
        self.summary = f"{model} of timm; {self.size:,} features" + (f", with the weights {tag}" if dot else "")
        usual = CONVOLUTIONS if self._image_size is None else TRANSFORMERS
        self.settings: Mapping[str, Any] = {"epochs": 0, "pretrained": f"{tag} of timm"} if dot else usual

    def network(self, recipe: Recipe, image_shape: ImageShape) -> Network:
        import torch

        try:
            network = super().network(recipe, image_shape)
            with torch.no_grad():
                output_shape = network.module.eval()(torch.zeros(1, image_shape[2], *network.image_size)).shape
            if output_shape != (1, self.size):
                raise ValueError(f"it makes {tuple(output_shape)[1:]} of an image instead of {self.size} features")
        except UserError:
            raise
        except Exception as error:  # models refuse images in many ways
            shape = "x".join(map(str, image_shape))
            reason = " ".join(str(error).split())[:200]
            raise UserError(
                f"timm's {self.model} cannot see images of {shape} ({type(error).__name__}: {reason}); choose another "
                "--body."
            ) from error
        return network

    def fitting(self, size: tuple[int, int]) -> tuple[tuple[int, int], dict[str, Any]]:
        return (size if self._image_size is None else tuple(self._image_size)), {}


def _described(model: str) -> dict[str, Any]:
    """The features of a model, and the size of image that it needs, if it needs one; UserError if there is none."""
    key = hashlib.sha256(f"timm {version('timm')} {model}".encode()).hexdigest()[:20]
    file = cache_folder() / "descriptions" / f"{key}.json"
    try:
        return json.loads(file.read_bytes())
    except (OSError, ValueError):
        about = _examine(model)
        write_whole(file, json.dumps(about).encode())
        return about


def _examine(model: str) -> dict[str, Any]:
    import timm
    import torch

    if not timm.is_model(model) or model not in {*timm.list_models(), *timm.list_pretrained()}:
        raise _unknown(model, timm.list_models(), timm.list_pretrained())
    with torch.random.fork_rng(devices=[]):
        module = timm.create_model(model, num_classes=0).eval()
    seen = module.pretrained_cfg
    with torch.no_grad():
        features = module(torch.zeros(1, *seen["input_size"]))
    if not isinstance(features, torch.Tensor) or features.ndim != 2:
        raise UserError(f"timm's {model} makes no vector of features of an image; choose another --body.")
    return {
        "features": features.shape[1],
        "image_size": seen["input_size"][1:] if seen.get("fixed_input_size") else None,
    }


def _unknown(model: str, models: list[str], weights: list[str]) -> UserError:
    """A tag that does not exist is answered with those that do; else with names that are like it."""
    architecture = model.partition(".")[0]
    if architecture in models:
        near = [name for name in weights if name.startswith(f"{architecture}.")][:5] or [architecture]
    else:
        near = difflib.get_close_matches(model.lower(), models, n=3, cutoff=0.5)
    hint = f" Did you mean {' or '.join(map(repr, near))}?" if near else ""
    return UserError(
        f"Unknown timm model {model!r}.{hint} timm.list_models() and timm.list_pretrained() list all of them."
    )
