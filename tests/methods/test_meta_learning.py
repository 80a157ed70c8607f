"""The outer loops against literal references."""

import copy

import torch
from torch import nn

from methods.meta_learning import Joint, Reptile


def squared_error(network, batch):
    x, y = batch
    return (network(x) - y).square().mean()


def batch(tasks, examples):
    generator = torch.Generator().manual_seed(0)
    return torch.randn(tasks, examples, 4, generator=generator), torch.randn(tasks, examples, 2, generator=generator)


def fresh_network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))


def reptile(network, inner_steps):
    """Plain SGD inside and outside, nothing clipped."""
    outer = torch.optim.SGD(network.parameters(), 0.1)
    return Reptile(network, squared_error, outer, clip=1e9, inner_steps=inner_steps, inner_learning_rate=0.05)


def test_reptile_equals_copies_trained_one_after_the_other():
    """phi <- phi - outer rate * mean(phi - phi_i) / inner rate, each phi_i after three SGD steps of its own."""
    network = fresh_network()
    reference = copy.deepcopy(network)
    x, y = batch(tasks=5, examples=6)
    reptile(network, inner_steps=3).step((x, y))

    displacement = [torch.zeros_like(p) for p in reference.parameters()]
    for task in range(5):
        one = copy.deepcopy(reference)
        sgd = torch.optim.SGD(one.parameters(), 0.05)
        for step in range(3):
            part = slice(2 * step, 2 * step + 2)
            sgd.zero_grad()
            squared_error(one, (x[task, part], y[task, part])).backward()
            sgd.step()
        for total, before, after in zip(displacement, reference.parameters(), one.parameters(), strict=True):
            total += (before - after).detach() / 5
    for ours, before, moved in zip(network.parameters(), reference.parameters(), displacement, strict=True):
        torch.testing.assert_close(ours, before - 0.1 * moved / 0.05)


def test_reptile_with_one_inner_step_is_joint_training():
    one, two = fresh_network(), fresh_network()
    x, y = batch(tasks=5, examples=3)
    reptile(one, inner_steps=1).step((x, y))
    Joint(two, squared_error, torch.optim.SGD(two.parameters(), 0.1), clip=1e9).step((x.flatten(0, 1), y.flatten(0, 1)))
    for a, b in zip(one.parameters(), two.parameters(), strict=True):
        torch.testing.assert_close(a, b)


def test_both_loops_learn():
    for make in (
        lambda n, o: Joint(n, squared_error, o, clip=1.0),
        lambda n, o: Reptile(n, squared_error, o, clip=1.0, inner_steps=2, inner_learning_rate=0.01),
    ):
        network = fresh_network()
        loop = make(network, torch.optim.Adam(network.parameters(), 0.02))
        losses = [loop.step(batch(tasks=4, examples=4)) for _ in range(150)]
        assert losses[-1] < 0.3 * losses[0]
