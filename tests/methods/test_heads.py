"""The batched two-layer head."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from methods.heads import Head, unit_scale

HEAD = Head(inputs=6, hidden=5, way=3)


def test_size_counts_every_weight_and_bias():
    assert HEAD.size == 6 * 5 + 5 + 5 * 3 + 3
    assert Head(64, 64, 5).size == 4485


def test_split_and_join_are_inverse():
    weights = torch.randn(4, 2, HEAD.size)
    torch.testing.assert_close(HEAD.join(*HEAD.split(weights)), weights)


def test_apply_equals_one_module_per_task():
    weights, x = torch.randn(4, HEAD.size), torch.randn(4, 7, 6)
    logits = HEAD.apply(weights, x)
    for b in range(4):
        first, second = HEAD.split(weights[b])
        net = nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3))
        net[0].weight.data, net[0].bias.data = first[:, :-1], first[:, -1]
        net[2].weight.data, net[2].bias.data = second[:, :-1], second[:, -1]
        torch.testing.assert_close(logits[b], net(unit_scale(x[b])), atol=1e-5, rtol=1e-5)


def test_losses_are_those_of_each_head_on_its_own_examples():
    generator = torch.Generator().manual_seed(0)
    weights, x = torch.randn(3, HEAD.size, generator=generator), torch.randn(3, 12, 6, generator=generator)
    y = torch.arange(12).remainder(3).expand(3, -1)
    mask = torch.rand(3, 12, generator=generator) < 0.8
    masked, whole = HEAD.losses(weights, x, y, mask), HEAD.losses(weights, x, y)
    for task, real in enumerate(mask):
        logits = HEAD.apply(weights[task, None], x[task, None])[0]
        assert masked[task].item() == pytest.approx(F.cross_entropy(logits[real], y[task, real]).item())
        assert whole[task].item() == pytest.approx(F.cross_entropy(logits, y[task]).item())


def test_unit_scale_gives_unit_mean_square():
    x = unit_scale(torch.randn(10, 6) * 50)
    torch.testing.assert_close(x.square().mean(1), torch.ones(10))


def test_initial_class_rows_are_equal_and_hidden_ones_are_not():
    hidden, classes = HEAD.split(HEAD.gaussian(torch.Generator().manual_seed(0)))
    assert torch.equal(classes, classes[:1].expand(3, -1))
    assert len(torch.unique(hidden[:, 0])) == 5
    assert not hidden[:, -1].any()
