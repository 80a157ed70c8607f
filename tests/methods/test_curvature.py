"""Curvature by power iteration, against the full Hessian."""

import pytest
import torch

from methods.curvature import largest_eigenvalue, loss_curvature
from methods.heads import Head
from methods.interface import Examples

HEAD = Head(inputs=4, hidden=3, way=3)


def some_heads(tasks=3, images=12):
    generator = torch.Generator().manual_seed(0)
    weights = torch.randn(tasks, HEAD.size, generator=generator, dtype=torch.float64)
    x = torch.randn(tasks, images, 4, generator=generator, dtype=torch.float64)
    mask = torch.rand(tasks, images, generator=generator) < 0.8
    return weights, Examples(x, torch.arange(images).remainder(3).expand(tasks, -1), mask)


def test_largest_eigenvalue_is_that_of_the_full_hessian():
    weights, examples = some_heads()
    found = loss_curvature(HEAD, weights, examples, iterations=300)
    for task in range(3):
        one = Examples(examples.x[task, None], examples.y[task, None], examples.mask[task, None])
        hessian = torch.autograd.functional.hessian(
            lambda w, e=one: HEAD.losses(w.unsqueeze(0), e.x, e.y, e.mask).sum(), weights[task]
        )
        assert found[task].item() == pytest.approx(torch.linalg.eigvalsh(hessian)[-1].item(), rel=1e-3)


def test_negative_eigenvalues_of_larger_size_do_not_mislead():
    matrices = torch.stack([torch.diag(torch.tensor(d)) for d in ([-9.0, 2.0, 1.0], [1.0, 4.0, -2.0])])
    found = largest_eigenvalue(lambda v: torch.einsum("bij,bj->bi", matrices, v), torch.ones(2, 3), 200)
    torch.testing.assert_close(found, torch.tensor([2.0, 4.0]), rtol=1e-4, atol=1e-4)
