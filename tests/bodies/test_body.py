"""Bodies: trained on the classes of a part, of images of any size."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load, save

from benchmark.bodies.body import Body, encode, pretrain
from benchmark.bodies.recipe import Recipe
from benchmark.data.bank import ImageBank
from benchmark.data.dataset import Selection
from benchmark.data.parts import Part
from benchmark.data.selection import select

CPU = torch.device("cpu")
CLASSES, IMAGES, SIZE = 6, 16, 32
SHAPE = (SIZE, SIZE, 3)


@pytest.fixture(scope="module")
def part():
    """Noisy patches of one colour a class, in two domains, one of which is darker."""
    rng = np.random.default_rng(0)
    colours = (
        rng.integers(60, 200, size=(CLASSES, 1, 1, 1, 3))
        * np.array([1.0, 0.6]).repeat(IMAGES // 2)[:, None, None, None]
    )
    images = colours + 20 * rng.normal(size=(CLASSES, IMAGES, *SHAPE))
    images = images.clip(0, 255).astype(np.uint8).reshape(-1, *SHAPE)
    names = tuple("abcdef")
    bank = ImageBank(images, np.repeat(np.arange(CLASSES), IMAGES), names, "")
    counts = np.full((CLASSES, 2), IMAGES // 2)
    return Part.of(bank, select(Selection(groups=("x", "y")), counts, names, ("x", "y")))


def trained(recipe, part, seed=0):
    body = Body(recipe, SHAPE, CPU)
    pretrain(body, recipe, part, seed)
    return body


def recipe(name, **settings):
    return Recipe(2, architecture=name, batch=16, augmentation="photographs", **settings)


def test_same_seed_same_body(part):
    first, second, other = (trained(recipe("conv4"), part, seed) for seed in (0, 0, 1))
    different = 0
    for key, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[key]), key
        different += not torch.equal(value, other.state_dict()[key])
    assert different > 5


def test_same_seed_same_body_where_layers_are_left_out_at_random(part):
    """Swin's stochastic depth; one step on half of the images, since it is large."""
    few = replace(
        part, images=part.images[:48], turns=part.turns[:48], counts=part.counts[:6], classes=part.classes[:6]
    )
    one_step = Recipe(1, architecture="swin", batch=48, augmentation="photographs")
    torch.manual_seed(1)
    first = trained(one_step, few).state_dict()
    torch.manual_seed(2)
    second = trained(one_step, few).state_dict()
    assert all(torch.equal(value, second[name]) for name, value in first.items())


@pytest.mark.parametrize("name", ["resnet12", "mobilenetv2"])
def test_body_is_trained_saved_and_gives_finite_features(part, name):
    settings = {"width": 8} if name == "resnet12" else {}
    body = trained(recipe(name, **settings), part)
    again = Body(recipe(name, **settings), SHAPE, CPU)
    again.load_state_dict(load(save({n: t.contiguous() for n, t in body.state_dict().items()})))
    features = encode(again, part, views=2, seed=0, augmentation="photographs")
    assert features.shape == (2, CLASSES * IMAGES, body.feature_size)
    assert features.isfinite().all()
    torch.testing.assert_close(features, encode(body, part, views=2, seed=0, augmentation="photographs"))
    assert not torch.allclose(features[0], features[1])


def test_classes_are_learnt_over_their_domains(part):
    """Training images are nearer to the mean of their class in the other domain than to others'."""
    body = trained(Recipe(8, batch=16, augmentation="characters"), part)
    features = F.normalize(encode(body, part, views=1, seed=0, augmentation="characters")[0], dim=1)
    labels, domain = torch.from_numpy(part.labels), torch.from_numpy(np.repeat(part.groups, part.counts))
    means = torch.stack([features[(labels == c) & (domain == 0)].mean(0) for c in range(CLASSES)])
    found = (features[domain == 1] @ F.normalize(means, dim=1).T).argmax(1)
    assert (found == labels[domain == 1]).float().mean() > 0.6


def test_rows_of_classes_begin_at_their_scale(part, monkeypatch):
    begun = []
    monkeypatch.setattr("benchmark.bodies.body._train", lambda body, classes, *_: begun.append(classes.detach()))
    for scale in (1.0, 0.025):
        trained(recipe("conv4", class_scale=scale), part)
    torch.testing.assert_close(begun[1], 0.025 * begun[0])
    assert 0.9 < begun[0].std() < 1.1


def test_pixels_are_standardised_by_the_training_images(part):
    body = trained(recipe("conv4"), part)
    pixels = part.pixels(np.arange(len(part.images))).float() / 255
    torch.testing.assert_close(body.mean, pixels.mean((0, 2, 3)))
    torch.testing.assert_close(body.std, pixels.std((0, 2, 3)))


def test_images_of_another_size_are_scaled(part):
    body = trained(recipe("conv4"), part)
    pixels = part.pixels(np.arange(3))
    larger = F.interpolate(pixels.float() / 255, (64, 64), mode="nearest")
    with torch.no_grad():
        features, of_larger = body(pixels), body(larger)
    assert features.shape == of_larger.shape == (3, body.feature_size)
    assert F.cosine_similarity(features, of_larger).min() > 0.9


def test_batches_are_smaller_where_images_are_larger(part, monkeypatch):
    body = Body(recipe("conv4"), SHAPE, CPU)
    sizes = []
    monkeypatch.setattr("benchmark.bodies.body.BATCH_PIXELS", 20 * SIZE * SIZE)
    monkeypatch.setattr(body, "forward", lambda pixels: sizes.append(len(pixels)) or torch.zeros(len(pixels), 256))
    encode(body, part, views=1, seed=0, augmentation="photographs")
    assert sizes == [20, 20, 20, 20, 16]


def test_weights_of_others_are_left_as_they_are(part, monkeypatch):
    import timm

    create = timm.create_model
    monkeypatch.setattr(timm, "create_model", lambda name, pretrained, **options: create(name, **options))
    of_others = Recipe(0, architecture="resnet18-imagenet", pretrained="ImageNet-1k")
    body = Body(of_others, SHAPE, CPU)
    before = {name: value.clone() for name, value in body.state_dict().items()}
    pretrain(body, of_others, part, 0)
    assert all(torch.equal(value, before[name]) for name, value in body.state_dict().items())
    assert not body.training
    assert body.mean.tolist() == pytest.approx([0.485, 0.456, 0.406])
