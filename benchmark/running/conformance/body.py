"""Checks that any body must pass before features of it mean anything, on images of noise in two shapes."""

from __future__ import annotations

from collections.abc import Iterator

import torch
import torch.nn.functional as F
from safetensors.torch import load, save
from torch import Tensor

from benchmark.bodies import architectures
from benchmark.bodies.body import Body
from benchmark.bodies.recipe import Recipe
from benchmark.running.conformance.finding import TOLERANCE, Finding, same
from benchmark.system.failures import one_line
from methods.devices import has_fast_bfloat16
from methods.errors import UserError
from methods.seeding import derive_seed

SHAPES = ((28, 28, 1), (84, 84, 3))  # height, width, channels
IMAGES, STEPS = 8, 3
ROUNDING = (
    0.1  # of features in bfloat16, relative to their spread; those of one image among others differ by 1 and more
)
DEVICE = torch.device("cpu")


def check_body(name: str) -> Iterator[Finding]:
    """Run all checks on an architecture, by name or path; a check that cannot run ends a shape's list with its error.

    A network may refuse one shape of images. UserError if it refuses all, or if there is no such architecture.
    """
    recipe = Recipe(**{"epochs": 1, **architectures.changes(name)})
    refused: list[UserError] = []
    for shape in SHAPES:
        size = "x".join(map(str, shape))
        try:
            for finding in _checks(recipe, shape):
                yield Finding(f"{size}: {finding.check}", finding.passed, finding.detail)
        except UserError as error:
            refused.append(error)
            if len(refused) == len(SHAPES):
                raise
            yield Finding(f"{size}: refuses such images", True, str(error))
        except Exception as error:  # the network may be anyone's code
            reason = one_line(error, type(architectures.get(name)))
            yield Finding(f"{size}: goes through every check", False, reason)


def _checks(recipe: Recipe, shape: tuple[int, int, int]) -> Iterator[Finding]:
    body = _built(recipe, shape)
    images = _images(shape)
    with torch.no_grad():
        features = body(images)
    planned = architectures.features(recipe, shape)
    expected = (IMAGES, planned)
    finite = bool(torch.isfinite(features).all())
    right = finite and tuple(features.shape) == expected and body.feature_size == planned
    wrong = "" if finite else " with NaN or infinite numbers"
    yield Finding(
        "makes features",
        right,
        f"{tuple(features.shape)}{wrong}, expected finite {expected}, as `features` says; `feature_size` is "
        f"{body.feature_size}",
    )
    if not right:
        return
    spread = float(features.std(0).mean() / features.std().clamp(min=1e-12))
    yield Finding("tells images apart", spread > 1e-4, f"features of different images differ by {spread:.2g} of all")
    with torch.no_grad():
        alone = torch.cat([body(image) for image in images.split(1)])
        coarse = ROUNDING if has_fast_bfloat16(DEVICE) else TOLERANCE
        yield same("batch size changes nothing", features, alone, tolerance=coarse)
        yield same("same image, same features", features, body(images), exact=True)
        yield same("same seed, same network", features, _built(recipe, shape)(images), exact=True)
        revived = _built(recipe, shape, seed=1)
        revived.load_state_dict(load(save({n: t.contiguous() for n, t in body.state_dict().items()})))
        yield same("saves and loads", features, revived.eval()(images), exact=True)
    if recipe.pretrained is None:
        yield from _training(_built(recipe, shape), images, recipe)


def _training(body: Body, images: Tensor, recipe: Recipe) -> Iterator[Finding]:
    """A few steps of telling the images apart, each a class of its own."""
    classes = torch.randn(IMAGES, body.feature_size, generator=torch.Generator().manual_seed(0))
    parameters = [parameter for parameter in body.network.parameters() if parameter.requires_grad]
    optimiser = torch.optim.AdamW(parameters, recipe.learning_rate)
    body.train()
    losses = []
    for _ in range(STEPS):
        cosine = F.normalize(body(images), dim=1) @ F.normalize(classes, dim=1).T
        loss = F.cross_entropy(recipe.temperature * cosine, torch.arange(IMAGES))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    idle = sum(parameter.grad is None for parameter in parameters)
    trained = "every parameter" if not idle else f"all but {idle} of {len(parameters)} parameters"
    finite = all(map(torch.isfinite, torch.tensor(losses)))
    yield Finding(
        "can be trained",
        finite and not idle,
        f"loss {losses[0]:.3g} to {losses[-1]:.3g} in {STEPS} steps, which reach {trained}",
    )


def _built(recipe: Recipe, shape: tuple[int, int, int], seed: int = 0) -> Body:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(seed, "conformance"))
        return Body(recipe, shape, DEVICE)


def _images(shape: tuple[int, int, int]) -> Tensor:
    height, width, channels = shape
    generator = torch.Generator().manual_seed(derive_seed(0, "conformance images"))
    return torch.rand(IMAGES, channels, height, width, generator=generator)
