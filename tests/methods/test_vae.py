"""The variational autoencoder: what it decodes, and its loss."""

import numpy as np
import pytest
import torch

from methods.algorithms.vae import Vae
from methods.prepared import PreparedHeads
from tests.methods.generators import SMALL, built
from tests.methods.sources import context, fitted


def test_vae_decodes_a_draw_from_the_encoded_final_weights():
    method = built(Vae)
    for parameter in method.network.parameters():  # also what starts at zero
        torch.nn.init.normal_(parameter, std=0.1)
    generator = torch.Generator().manual_seed(0)
    anchors = torch.randn(50, 3, method.head.size, generator=generator)
    tokens = torch.randn(50, 4, 16, generator=generator)
    shown = method.regression(anchors, generator)
    final, noise = shown.x.split([method.head.size, 32], dim=1)
    assert torch.equal(final, anchors[:, 0]) and torch.equal(shown.target, final)
    assert (noise.mean().item(), noise.std().item()) == pytest.approx((0, 1), abs=0.1)
    with torch.no_grad():
        found = method.network(shown.x, shown.t, tokens)
        mean, log_variance = method.network.encoder(final, tokens).chunk(2, dim=1)
        decoded = method.network.decode(mean + torch.exp(log_variance / 2) * noise, tokens)
    torch.testing.assert_close(found, torch.cat([decoded, mean, log_variance], 1))


def test_vae_loss_is_the_negative_evidence_bound():
    """Squared error plus the divergence of N(mean, variance) from N(0, I), by PyTorch's own distributions."""
    method = built(Vae, latent=3, kl_weight=0.5)
    generator = torch.Generator().manual_seed(0)
    size = method.head.size
    decoded, target = torch.randn(2, 6, size, generator=generator)
    mean, log_variance = torch.randn(2, 6, 3, generator=generator)
    ours = method.loss(torch.cat([decoded, mean, log_variance], 1), target, torch.ones(6, 1))
    posterior = torch.distributions.Normal(mean, (log_variance / 2).exp())
    divergence = torch.distributions.kl_divergence(posterior, torch.distributions.Normal(0.0, 1.0)).sum(1).mean()
    errors = [part.mean() for part in method.head.split((decoded - target).square())]
    torch.testing.assert_close(ours, sum(errors) / 2 + 0.5 * divergence)


def test_vae_decodes_what_its_encoder_read():
    """After training without divergence, a head passes through the latent vector better than the prior's draw."""
    of = context()
    method, losses = fitted(Vae, of, **SMALL | {"steps": 80, "kl_weight": 0.0})
    assert np.mean(losses[-20:]) < 0.8 * np.mean(losses[1:21])
    made = PreparedHeads(of, 24, method._preparation(), beside=False)
    made.take(24)
    final = method.normaliser.normalise(made.points[:, 0])
    episodes = of.train.episodes(np.random.default_rng(0), 24, way=4, shot=1, queries=0, classes=made.classes)
    tokens = method.condition(episodes.task)
    with torch.no_grad():
        read, _ = method.network.encoder(final, tokens).chunk(2, dim=1)
        error = (method.network.decode(read, tokens) - final).square().mean()
        blind = (method.network.decode(torch.randn(24, 32), tokens) - final).square().mean()
    assert error < blind
