"""The networks that bodies are made of."""

import pytest
import timm
import torch
import torch.nn.functional as F
from torch import nn

from benchmark.bodies import architectures
from benchmark.bodies.architectures import build
from benchmark.bodies.from_timm import IMAGENET
from benchmark.bodies.recipe import Recipe
from methods.errors import UserError
from methods.networks.conv4 import Conv4
from methods.networks.resnet12 import ResNet12

FEATURES = {"conv4": {28: 64, 84: 1600}, "resnet12": 512, "resnet18": 512, "mobilenetv2": 1280, "swin": 768}


@pytest.mark.parametrize("name", FEATURES)
@pytest.mark.parametrize("shape", [(28, 28, 1), (84, 84, 3)], ids=["grey", "coloured"])
def test_features_of_every_network(name, shape):
    network = build(Recipe(1, architecture=name), shape)
    with torch.no_grad():
        features = network.module.eval()(torch.rand(2, shape[2], *network.image_size))
    expected = FEATURES[name] if name != "conv4" else FEATURES[name][shape[0]]
    assert features.shape == (2, network.feature_size) == (2, expected)
    assert architectures.features(Recipe(1, architecture=name), shape) == expected
    assert features.std() > 0
    assert network.mean is None


def test_swin_gets_images_that_its_stages_can_halve():
    sizes = {side: build(Recipe(1, architecture="swin"), (side, side, 3)).image_size for side in (32, 84)}
    assert sizes == {32: (32, 32), 84: (96, 96)}


def test_conv4_has_1600_features_of_84_pixels():
    assert Conv4(3)(torch.rand(2, 3, 84, 84)).shape == (2, 1600)


def convolution(x, layer):
    convolution, norm = layer
    x = F.conv2d(x, convolution.weight, padding=convolution.weight.shape[-1] // 2)
    return F.batch_norm(x, norm.running_mean, norm.running_var, norm.weight, norm.bias)


def test_resnet12_is_four_blocks_of_three_convolutions_and_a_shortcut():
    torch.manual_seed(0)
    network = ResNet12(3, width=4)
    network.train()(torch.randn(8, 3, 32, 32))  # so that batch norm's averages are not the initial ones
    network.eval()
    image = torch.randn(2, 3, 32, 32)
    x, widths = image, []
    for block in list(network)[:4]:
        y = F.leaky_relu(convolution(x, block.first), 0.1)
        y = F.leaky_relu(convolution(y, block.second), 0.1)
        y = F.leaky_relu(convolution(y, block.third) + convolution(x, block.shortcut), 0.1)
        x = F.max_pool2d(y, 2)
        widths.append(x.shape[1])
    torch.testing.assert_close(network(image), x.mean((2, 3)))
    assert widths == [4, 8, 16, 32]
    assert sum(isinstance(module, nn.Conv2d) for module in network.modules()) == 12 + 4


def pretend_to_download(monkeypatch, asked):
    create = timm.create_model

    def without_download(name, pretrained=False, **options):
        asked.append((name, pretrained))
        return create(name, pretrained=False, **options)

    monkeypatch.setattr(timm, "create_model", without_download)


@pytest.mark.parametrize("channels", [1, 3])
def test_weights_of_others_come_with_their_own_pixels(monkeypatch, channels):
    asked = []
    pretend_to_download(monkeypatch, asked)
    recipe = Recipe(0, architecture="mobilenetv2-imagenet", pretrained=IMAGENET)
    network = build(recipe, (84, 84, channels))
    assert asked == [("mobilenetv2_100.ra_in1k", True)]
    assert network.image_size == (224, 224)
    assert len(network.mean) == len(network.std) == channels
    assert sum(network.mean) / channels == pytest.approx((0.485 + 0.456 + 0.406) / 3)


def test_weights_that_cannot_be_had_are_an_error_with_another_choice(monkeypatch):
    def unreachable(*_arguments, **_options):
        raise OSError("no route")

    monkeypatch.setattr(timm, "create_model", unreachable)
    with pytest.raises(UserError, match=r"could not be downloaded \(OSError: no route\); choose 'swin', which"):
        build(Recipe(0, architecture="swin-imagenet", pretrained=IMAGENET), (84, 84, 3))
