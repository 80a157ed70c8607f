"""A frozen feature extractor, pre-trained once per data set, split, seed and profile."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from benchmark.bodies.architectures import build
from benchmark.bodies.augmentation import random_views
from benchmark.bodies.recipe import Recipe
from benchmark.data.parts import Part
from benchmark.system.progress import phase
from methods.devices import has_fast_bfloat16
from methods.seeding import derive_seed

BATCH_PIXELS = 1024 * 28 * 28  # of the images that are encoded at once


class Body(nn.Module):
    """Scales and standardises pixels and runs the network; in evaluation mode outside its own training."""

    def __init__(self, recipe: Recipe, image_shape: tuple[int, int, int], device: torch.device) -> None:
        super().__init__()
        channels = image_shape[2]
        built = build(recipe, image_shape)
        self.network, self.image_size, self.feature_size = built.module, built.image_size, built.feature_size
        self.register_buffer("mean", torch.tensor(built.mean or [0.0] * channels))
        self.register_buffer("std", torch.tensor(built.std or [1.0] * channels))
        self.image_shape = image_shape
        self.eval().to(device, memory_format=torch.channels_last)

    def forward(self, pixels: Tensor) -> Tensor:
        """Pixels (n, c, h, w), uint8 from 0 to 255 or float from 0 to 1, to features (n, feature_size) float32.

        Images of another size than the network's own, such as those of another data set, are scaled.
        """
        scale = 255.0 if pixels.dtype == torch.uint8 else 1.0
        x = pixels.float() / scale
        if x.shape[2:] != self.image_size:
            x = F.interpolate(x, self.image_size, mode="bilinear", antialias=True, align_corners=False)
        x = (x - self.mean[:, None, None]) / self.std[:, None, None]
        x = x.contiguous(memory_format=torch.channels_last)
        with torch.autocast(x.device.type, torch.bfloat16, enabled=has_fast_bfloat16(x.device)):
            return self.network(x).float()


def pretrain(body: Body, recipe: Recipe, part: Part, seed: int) -> None:
    """Train `body` in place to tell all classes of `part` apart; its classifier is thrown away.

    A class is one class in whatever domain. A recipe with the weights of others leaves the body as it is.
    """
    if recipe.pretrained is not None:
        return
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "body initialisation"))
        body.network.load_state_dict(build(recipe, body.image_shape).module.state_dict())
        classes = nn.init.normal_(torch.empty(part.class_count, body.feature_size), std=recipe.class_scale)
        _train(body, classes.to(body.mean.device).requires_grad_(), recipe, part, seed)


def _train(body: Body, classes: Tensor, recipe: Recipe, part: Part, seed: int) -> None:
    device = body.mean.device
    generator = torch.Generator().manual_seed(derive_seed(seed, "body batches"))
    _measure_pixels(body, part)
    labels = torch.from_numpy(part.labels).to(device)
    members = len(labels)
    batches = max(1, members // recipe.batch)
    parameters = [*body.network.parameters(), classes]
    optimiser = torch.optim.AdamW(parameters, recipe.learning_rate, weight_decay=recipe.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, recipe.learning_rate, total_steps=recipe.epochs * batches, pct_start=0.2
    )
    body.train()
    with phase("pre-training the body", recipe.epochs * batches) as progress:
        for _ in range(recipe.epochs):
            order = torch.randperm(members, generator=generator)
            for chosen in order[: batches * recipe.batch].split(recipe.batch):
                pixels = part.pixels(chosen.numpy()).to(device).float() / 255
                features = body(random_views(pixels, generator, recipe.augmentation))
                cosine = F.normalize(features, dim=1) @ F.normalize(classes, dim=1).T
                loss = F.cross_entropy(
                    recipe.temperature * cosine,
                    labels[chosen.to(device)],
                    label_smoothing=recipe.label_smoothing,
                )
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
                progress.advance()
            if not math.isfinite(loss.item()):
                raise FloatingPointError("the loss of the body's pre-training is not finite")
    body.eval()


@torch.no_grad()
def encode(body: Body, part: Part, *, views: int, seed: int, augmentation: str) -> Tensor:
    """Features (views, M, feature_size) of every image of a part; view 0 is the image itself, the others random.

    Images are read in batches whose activations take about the same memory whatever the size of the images.
    """
    batch = max(16, BATCH_PIXELS // math.prod(body.image_size))
    generator = torch.Generator().manual_seed(derive_seed(seed, "views"))
    device = body.mean.device
    members = torch.arange(len(part.images))
    features = torch.empty(views, len(members), body.feature_size)
    with phase("encoding images", views * len(members)) as progress:
        for view in range(views):
            for chosen in members.split(batch):
                pixels = part.pixels(chosen.numpy()).to(device)
                if view:
                    pixels = random_views(pixels.float() / 255, generator, augmentation)
                features[view, chosen] = body(pixels).cpu()
                progress.to(view * len(members) + int(chosen[-1]) + 1)
    return features


@torch.no_grad()
def _measure_pixels(body: Body, part: Part) -> None:
    """Set mean and std from (at most 4,096 evenly spaced) training images."""
    chosen = torch.arange(0, len(part.images), max(1, len(part.images) // 4096))
    pixels = part.pixels(chosen.numpy()).float() / 255
    body.mean.copy_(pixels.mean((0, 2, 3)))
    body.std.copy_(pixels.std((0, 2, 3)))
