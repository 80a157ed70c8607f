"""The denoising network: shapes, label symmetry, and that it reads its condition."""

import pytest
import torch

from methods.denoiser import Denoiser
from methods.heads import Head


@pytest.fixture
def network():
    torch.manual_seed(0)
    net = Denoiser(Head(12, 8, 5), width=16, depth=1)
    for parameter in net.parameters():  # also what starts at zero
        torch.nn.init.normal_(parameter, std=0.2)
    return net.eval()


def inputs(way=5, tasks=3):
    generator = torch.Generator().manual_seed(1)
    head = Head(12, 8, way)
    return (
        head,
        torch.randn(tasks, head.size, generator=generator),
        torch.tensor([1, 7, 20]),
        torch.randn(tasks, way, 12, generator=generator),
    )


def test_permuting_classes_permutes_class_rows_only(network):
    head, weights, t, classes = inputs()
    order = torch.tensor([3, 0, 4, 1, 2])
    hidden, rows = head.split(weights)
    plain = head.split(network(weights, t, classes))
    permuted = head.split(network(head.join(hidden, rows[:, order]), t, classes[:, order]))
    torch.testing.assert_close(permuted[0], plain[0], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(permuted[1], plain[1][:, order], atol=1e-5, rtol=1e-4)


def test_same_parameters_serve_another_way(network):
    head, weights, t, classes = inputs(way=7)
    wider = Denoiser(head, width=16, depth=1)
    wider.load_state_dict(network.state_dict())
    assert wider(weights, t, classes).shape == (3, head.size)


@pytest.mark.parametrize("changed", [0, 1, 2])
def test_output_depends_on_weights_time_and_condition(network, changed):
    _, *given = inputs()
    other = list(given)
    other[changed] = given[changed].roll(1, dims=0)
    assert (network(*given) - network(*other)).abs().max() > 1e-2


def test_a_class_row_reads_its_own_class_token_most(network):
    """Changing one class's token moves all rows (attention), its own one through a path of its own."""
    head, *(weights, t, classes) = inputs()
    changed = classes.clone()
    changed[:, 2] = 0
    moved = (head.split(network(weights, t, changed))[1] - head.split(network(weights, t, classes))[1]).norm(dim=-1)
    assert (moved.argmax(1) == 2).all()


def test_tasks_do_not_mix(network):
    _, weights, t, classes = inputs()
    together = network(weights, t, classes)
    alone = torch.cat([network(weights[i : i + 1], t[i : i + 1], classes[i : i + 1]) for i in range(3)])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=1e-4)
