"""A conditional variational autoencoder over head weights: the Lt-Di paper's LLO-VAE.

It reads the same prepared heads, condition and outer loop as Lv-Di. The encoder sees a prepared head and its class
tokens and gives a Gaussian over a latent vector; the decoder is Lv-Di's network, whose input is the latent vector
spread over the rows of a head. A new head is decoded from a latent vector drawn from N(0, I): one pass of the network.
The paper gives no details of its VAE.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from methods.denoiser import Condition, Denoiser
from methods.heads import Head
from methods.interface import Task
from methods.settings import at_least
from methods.weight_generator import GeneratorSettings, Regression, WeightGenerator


@dataclass(frozen=True)
class VaeSettings(GeneratorSettings):
    """And those of the latent vector."""

    latent: int = 32  # numbers
    kl_weight: float = 0.01  # of the divergence from N(0, I) in nats, beside the mean squared error of a weight

    def __post_init__(self) -> None:
        super().__post_init__()
        at_least(self, 1, "latent")
        at_least(self, 0, "kl_weight")


class Vae(WeightGenerator):
    """Decodes heads from a latent vector and the condition.

    Source: the LLO-VAE of *Learning to Learn Weight Generation via Trajectory Diffusion*, arXiv 2502.01117; the loss is
    that of Kingma & Welling 2014, arXiv 1312.6114.
    """

    Hyperparameters = VaeSettings
    PROFILES: ClassVar = WeightGenerator.PROFILES

    def make_network(self, head: Head) -> nn.Module:
        settings = self.hyperparameters
        return Autoencoder(head, latent=settings.latent, width=settings.width, depth=settings.depth)

    def regression(self, anchors: Tensor, generator: torch.Generator) -> Regression:
        final = anchors[:, 0]
        noise = torch.randn(len(final), self.hyperparameters.latent, generator=generator).to(final.device)
        ones = torch.ones(len(final), 1, device=final.device)
        return Regression(torch.cat([final, noise], 1), torch.zeros(len(final), device=final.device), final, ones)

    def loss(self, output: Tensor, target: Tensor, weight: Tensor) -> Tensor:
        """Squared error of the decoded head plus the weighted divergence (Kingma & Welling 2014, Eq. 10)."""
        head, mean, log_variance = output.split([self.head.size, *[self.hyperparameters.latent] * 2], dim=1)
        divergence = (mean.square() + log_variance.exp() - 1 - log_variance).sum(1) / 2
        return super().loss(head, target, weight) + self.hyperparameters.kl_weight * divergence.mean()

    def generate(self, classes: Tensor, task: Task) -> Tensor:
        return self.network.decode(task.normal(self.hyperparameters.latent), classes)


class Autoencoder(nn.Module):
    """A head and noise (B, size + latent) to the decoded head, the latent's means and log variances, side by side."""

    def __init__(self, head: Head, *, latent: int, width: int, depth: int) -> None:
        super().__init__()
        self.head = head
        self.encoder = Encoder(head, latent, width)
        self.spread_hidden = nn.Linear(latent, head.hidden * (head.inputs + 1))
        self.spread_class = nn.Linear(latent, head.hidden + 1)
        self.decoder = Denoiser(head, width=width, depth=depth)

    def forward(self, x: Tensor, _t: Tensor, classes: Tensor) -> Tensor:
        weights, noise = x[:, : self.head.size], x[:, self.head.size :]
        mean, log_variance = self.encoder(weights, classes).chunk(2, dim=1)
        log_variance = log_variance.clamp(-10, 10)
        return torch.cat([self.decode(mean + (log_variance / 2).exp() * noise, classes), mean, log_variance], dim=1)

    def decode(self, latent: Tensor, classes: Tensor) -> Tensor:
        """Heads (B, size) for latent vectors (B, latent) and class tokens (B, way, inputs)."""
        hidden_rows = self.spread_hidden(latent).unflatten(1, (self.head.hidden, -1))
        class_rows = self.spread_class(latent).unsqueeze(1).expand(-1, classes.shape[1], -1)
        return self.decoder(self.head.join(hidden_rows, class_rows), latent.new_zeros(len(latent)), classes)


class Encoder(nn.Module):
    """A head (B, size) and its class tokens to means and log variances (B, 2 * latent).

    Rows become tokens of their own, whose mean is read: no operation depends on the order of classes.
    """

    def __init__(self, head: Head, latent: int, width: int) -> None:
        super().__init__()
        self.head = head
        self.condition = Condition(head.inputs, 2 * width)
        self.hidden_in = nn.Linear(head.inputs + 1, 2 * width)
        self.unit = nn.Parameter(torch.randn(head.hidden, 2 * width) * 0.5)
        self.class_in = nn.Linear(head.hidden + 1, 2 * width)
        self.each = nn.Sequential(nn.GELU(), nn.Linear(2 * width, 2 * width), nn.GELU())
        self.out = nn.Sequential(nn.Linear(4 * width, 2 * width), nn.GELU(), nn.Linear(2 * width, 2 * latent))

    def forward(self, weights: Tensor, classes: Tensor) -> Tensor:
        hidden_rows, class_rows = self.head.split(weights)
        hidden_mean = self.each(self.hidden_in(hidden_rows) + self.unit).mean(1)
        class_mean = self.each(self.class_in(class_rows) + self.condition(classes)).mean(1)
        return self.out(torch.cat([hidden_mean, class_mean], dim=1))
