"""Batched weight preparation against one-by-one training with PyTorch's own modules."""

import copy

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from methods.heads import Head, unit_scale
from methods.interface import Examples
from methods.trajectories import (
    ADAM_EPSILON,
    Layers,
    Preparation,
    TrainingData,
    loss_gradient,
    prepare_heads,
    recording_steps,
)

HEAD = Head(inputs=12, hidden=9, way=4)


def module(head, weights):
    """The same head as a PyTorch module."""
    net = nn.Sequential(nn.Linear(head.inputs, head.hidden), nn.ReLU(), nn.Linear(head.hidden, head.way))
    for layer, rows in zip((net[0], net[2]), head.split(weights), strict=True):
        layer.weight.data, layer.bias.data = rows[:, :-1].clone(), rows[:, -1].clone()
    return net


def flat(head, net):
    rows = [torch.cat([layer.weight, layer.bias[:, None]], 1) for layer in (net[0], net[2])]
    return head.join(*rows).detach()


def examples(tasks, n, steps=3, seed=0, mask=None):
    generator = torch.Generator().manual_seed(seed)
    y = torch.randint(HEAD.way, (tasks, n), generator=generator)
    centres = torch.randn(tasks, HEAD.way, HEAD.inputs, generator=generator)
    shape = (tasks, n, HEAD.inputs)
    own = centres.gather(1, y[..., None].expand(shape))
    return [Examples(own + torch.randn(shape, generator=generator), y, mask) for _ in range(steps)]


def sam_step_in_two_passes(net, optimiser, x, y, rho):
    """Sharpness-aware minimisation as its paper writes it, with autograd (Foret et al. 2021, Algorithm 1)."""
    optimiser.zero_grad()
    F.cross_entropy(net(x), y).backward()
    norm = torch.sqrt(sum(p.grad.square().sum() for p in net.parameters()))
    before = copy.deepcopy(net.state_dict())
    with torch.no_grad():
        for p in net.parameters():
            p.add_(rho * p.grad / norm)
    optimiser.zero_grad()
    F.cross_entropy(net(x), y).backward()
    net.load_state_dict(before)
    optimiser.step()


def train_one_by_one(initial, batches, settings, tasks):
    ends = []
    for b in range(tasks):
        net = module(HEAD, initial)
        optimiser = torch.optim.Adam(net.parameters(), lr=settings.learning_rate, eps=ADAM_EPSILON)
        recorded = []
        for step in range(settings.steps):
            batch = batches[step % len(batches)]
            x, y = unit_scale(batch.x[b]), batch.y[b]
            if settings.sam_rho:
                sam_step_in_two_passes(net, optimiser, x, y, settings.sam_rho)
            else:
                optimiser.zero_grad()
                F.cross_entropy(net(x), y).backward()
                optimiser.step()
            if step + 1 in recording_steps(settings.steps, settings.trajectory_length):
                recorded.append(flat(HEAD, net))
        ends.append(torch.stack(recorded))
    return torch.stack(ends)


@pytest.mark.parametrize("rho", [0.0, 0.05])
def test_batched_training_equals_one_by_one(rho):
    """Every recorded point, after up to 60 steps, to 1e-4."""
    settings = Preparation(sam_rho=rho)
    initial = HEAD.gaussian(torch.Generator().manual_seed(3))
    batches = examples(tasks=6, n=20)
    data = [TrainingData.of(batch, HEAD.way) for batch in batches]
    ours = prepare_heads(HEAD, initial, lambda step: data[step % 3], settings)
    reference = train_one_by_one(initial, batches, settings, tasks=6)
    assert ours.shape == (6, 3, HEAD.size)
    np.testing.assert_allclose(ours, reference, atol=1e-4)


def test_sam_changes_the_weights():
    initial = HEAD.gaussian(torch.Generator().manual_seed(3))
    data = TrainingData.of(examples(tasks=2, n=20)[0], HEAD.way)
    ends = [prepare_heads(HEAD, initial, lambda _: data, Preparation(sam_rho=rho)) for rho in (0.0, 0.05)]
    assert (ends[0] - ends[1]).abs().max() > 1e-3


def test_gradient_equals_autograd_with_padding():
    """Masked rows must not count, whatever they hold."""
    mask = torch.rand(5, 15, generator=torch.Generator().manual_seed(1)) < 0.7
    (batch,) = examples(tasks=5, n=15, steps=1, mask=mask)
    weights = torch.stack([HEAD.gaussian(torch.Generator().manual_seed(i)) for i in range(5)])
    weights += 0.1 * torch.randn(weights.shape, generator=torch.Generator().manual_seed(9))
    layers, out = (Layers.empty(HEAD, 5, weights) for _ in range(2))
    layers.copy_from(HEAD, weights)
    loss_gradient(layers, TrainingData.of(batch, HEAD.way), out)
    gradients = out.joined(HEAD)
    for b in range(5):
        net = module(HEAD, weights[b])
        kept = mask[b]
        F.cross_entropy(net(unit_scale(batch.x[b][kept])), batch.y[b][kept]).backward()
        expected = HEAD.join(*(torch.cat([m.weight.grad, m.bias.grad[:, None]], 1) for m in (net[0], net[2])))
        torch.testing.assert_close(gradients[b], expected, atol=1e-6, rtol=1e-4)


def test_preparing_commutes_with_permuting_labels():
    """All heads start from rows that are the same for every class, so another label order permutes the class rows."""
    initial = HEAD.gaussian(torch.Generator().manual_seed(0))
    (batch,) = examples(tasks=3, n=20, steps=1)
    order = torch.tensor([2, 0, 3, 1])
    permuted = Examples(batch.x, order[batch.y])
    ends = []
    for each in (batch, permuted):
        data = TrainingData.of(each, HEAD.way)
        ends.append(prepare_heads(HEAD, initial, lambda _, data=data: data, Preparation(steps=9))[:, -1])
    (hidden, rows), (hidden_permuted, rows_permuted) = (HEAD.split(end) for end in ends)
    torch.testing.assert_close(hidden_permuted, hidden, atol=1e-5, rtol=0)
    torch.testing.assert_close(rows_permuted[:, order], rows, atol=1e-5, rtol=0)


def test_recorded_steps_are_evenly_spaced():
    assert recording_steps(60, 4) == [20, 40, 60]
    assert recording_steps(60, 2) == [60]
    assert recording_steps(10, 4) == [3, 7, 10]
