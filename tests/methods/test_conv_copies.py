"""Copies of REPTILE's network against one module each."""

import pytest
import torch
from torch import nn

from methods.networks.conv_copies import EPSILON, ConvCopies, SupportStatistics

NETWORKS = [ConvCopies(1, 28, way=5, width=6, pooling=False), ConvCopies(3, 36, way=4, width=5, pooling=True)]


def module(network, weights):
    """The same network as one would write it, with the weights (size,) of one copy."""
    *layers, matrix, bias = (part[0] for part in network.split(weights[None]))
    parts = []
    for kernel, gain, shift in zip(layers[::3], layers[1::3], layers[2::3], strict=True):
        conv = nn.Conv2d(kernel.shape[1], network.width, 3, 1 if network.pooling else 2, padding=1, bias=False)
        norm = nn.BatchNorm2d(network.width, eps=EPSILON, track_running_stats=False)
        conv.weight.data, norm.weight.data, norm.bias.data = kernel.clone(), gain.clone(), shift.clone()
        parts += [conv, norm, nn.ReLU(), *([nn.MaxPool2d(2, ceil_mode=True)] if network.pooling else [])]
    dense = nn.Linear(matrix.shape[1], network.way)
    dense.weight.data, dense.bias.data = matrix.clone(), bias.clone()
    return nn.Sequential(*parts, nn.Flatten(), dense)


def flat_gradient(model):
    return torch.cat([parameter.grad.flatten() for parameter in model.parameters()])


def copies(network, count):
    generator = torch.Generator().manual_seed(0)
    start = torch.stack([network.initial(generator) for _ in range(count)])
    return start + 0.1 * torch.rand(start.shape, generator=generator)


@pytest.mark.parametrize("network", NETWORKS)
def test_copies_are_networks_of_their_own(network):
    weights = copies(network, 3).requires_grad_()
    x = torch.rand(3, 7, network.channels, network.height, network.height)
    logits = network.apply(weights, x)
    logits.square().sum().backward()
    for i in range(3):
        one = module(network, weights[i].detach())
        expected = one(x[i])
        expected.square().sum().backward()
        torch.testing.assert_close(logits[i], expected, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(weights.grad[i], flat_gradient(one), atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("network", NETWORKS)
def test_one_copy_answers_for_several_batches(network):
    weights = copies(network, 1)
    x = torch.rand(4, 6, network.channels, network.height, network.height)
    expected = network.apply(weights.expand(4, -1), x)
    torch.testing.assert_close(network.apply(weights, x), expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("network", NETWORKS)
def test_initial_weights_are_glorots(network):
    generator = torch.Generator().manual_seed(0)
    *layers, matrix, bias = (part[0] for part in network.split(network.initial(generator)[None]))
    for kernel, gain, shift in zip(layers[::3], layers[1::3], layers[2::3], strict=True):
        bound = (6 / (9 * (kernel.shape[0] + kernel.shape[1]))) ** 0.5
        assert 0.8 * bound < kernel.abs().max() <= bound
        assert (gain == 1).all() and not shift.any()
    assert 0.8 < matrix.abs().max() / (6 / sum(matrix.shape)) ** 0.5 <= 1
    assert not bias.any()


def test_support_statistics_are_those_of_the_support_set_and_one_query():
    """In one layer that is a joint pass; in deeper ones the support set does not feel the query."""
    support, queries = torch.randn(4, 6, 5, 5), torch.randn(3, 6, 5, 5) + 1
    gain, shift = torch.rand(6), torch.rand(6)
    norm = SupportStatistics()
    norm.support(0, support, gain, shift)
    answers = norm.query(0, queries, gain, shift)
    for query, answer in zip(queries, answers, strict=True):
        joint = torch.cat([support, query[None]])
        expected = nn.functional.batch_norm(joint, None, None, gain, shift, training=True, eps=EPSILON)[-1]
        torch.testing.assert_close(answer, expected, atol=1e-5, rtol=1e-5)
