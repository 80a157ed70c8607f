"""The network that predicts weights or noise: a U-Net over the rows of a head, reading one token per class.

Tokens are a head's rows: one per hidden unit and one per class. Attention mixes them; at the lower level of the U
hidden units are merged in groups. Each class row knows its class only through that class's own token, and no
operation depends on the order of classes, so permuting a task's labels permutes the class rows: equivariance is
built in, and one network shape serves any number of classes. What the condition says reaches the output through
learned layers alone: no prototype or closed-form solution is added to the rows.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from methods.heads import Head

HEADS = 4  # of every attention layer


class Denoiser(nn.Module):
    """Maps noisy weights (B, head.size), chain index t (B,) and class tokens (B, way, condition) to (B, head.size).

    Any number of classes will do. Class tokens are as long as the head's inputs unless `condition` says otherwise.
    """

    def __init__(
        self, head: Head, *, width: int = 96, depth: int = 2, merge: int = 4, condition: int | None = None
    ) -> None:
        super().__init__()
        if head.hidden % merge:
            raise ValueError(f"a denoiser's head must have a multiple of {merge} hidden units, not {head.hidden}")
        self.head, self.merge = head, merge
        wide = 2 * width
        self.time = TimeEmbedding(wide)
        self.condition = Condition(condition or head.inputs, wide)
        self.hidden_in = nn.Linear(head.inputs + 1, width)
        self.class_in = nn.Linear(head.hidden + 1, width)
        self.unit = nn.Parameter(torch.randn(head.hidden, width) * 0.5)
        self.class_token = nn.Linear(wide, width)
        self.down = Block(width, wide, mixing=False)
        self.hidden_merge = nn.Linear(width * merge, wide)
        self.class_widen = nn.Linear(width, wide)
        self.middle = nn.ModuleList(Block(wide, wide, mixing=True) for _ in range(depth))
        self.hidden_split = nn.Linear(wide, width * merge)
        self.class_narrow = nn.Linear(wide, width)
        self.up = Block(width, wide, mixing=False)
        self.norm = nn.LayerNorm(width)
        self.hidden_out = nn.Linear(width, head.inputs + 1)
        self.class_out = nn.Linear(width, head.hidden + 1)

    def forward(self, weights: Tensor, t: Tensor, classes: Tensor) -> Tensor:
        units = self.head.hidden
        time = self.time(t)
        condition = self.condition(classes)
        hidden_rows, class_rows = self.head.split(weights)
        tokens = torch.cat(
            [
                self.hidden_in(hidden_rows) + self.unit,
                self.class_in(class_rows) + self.class_token(condition),
            ],
            dim=1,
        )
        top = self.down(tokens, time, condition)
        groups = top[:, :units].unflatten(1, (units // self.merge, self.merge)).flatten(2)
        low = torch.cat([self.hidden_merge(groups), self.class_widen(top[:, units:])], dim=1)
        for block in self.middle:
            low = block(low, time, condition)
        merged = units // self.merge
        spread = self.hidden_split(low[:, :merged]).unflatten(2, (self.merge, -1)).flatten(1, 2)
        tokens = top + torch.cat([spread, self.class_narrow(low[:, merged:])], dim=1)
        tokens = self.norm(self.up(tokens, time, condition))
        return self.head.join(self.hidden_out(tokens[:, :units]), self.class_out(tokens[:, units:]))


class Condition(nn.Module):
    """Class tokens (B, way, inputs) to (B, way, width): each class by itself, then among the others."""

    def __init__(self, inputs: int, width: int) -> None:
        super().__init__()
        self.each = nn.Sequential(nn.Linear(inputs, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.norm = nn.LayerNorm(width)
        self.among = Attention(width, HEADS)
        self.out = nn.LayerNorm(width)

    def forward(self, classes: Tensor) -> Tensor:
        tokens = self.each(classes)
        return self.out(tokens + self.among(self.norm(tokens)))


class TimeEmbedding(nn.Module):
    """Sinusoids of the chain index t, through a small network: (B,) to (B, width)."""

    def __init__(self, width: int, sinusoids: int = 128) -> None:
        super().__init__()
        self.sinusoids = sinusoids
        self.layers = nn.Sequential(nn.Linear(sinusoids, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())

    def forward(self, t: Tensor) -> Tensor:
        return self.layers(sinusoids(t, self.sinusoids))


def sinusoids(t: Tensor, size: int) -> Tensor:
    """Sines and cosines (B, size) of the chain index t (B,), with periods from 2 pi to 2 pi 10,000."""
    rates = torch.exp(torch.linspace(0, -math.log(1e4), size // 2, device=t.device))
    angle = t[:, None].float() * rates
    return torch.cat([angle.sin(), angle.cos()], dim=1)


class Block(nn.Module):
    """Self-attention (where `mixing`), cross-attention to the class tokens, feed-forward; normalised, with residuals.

    The chain index scales and shifts the normalised tokens before cross-attention and before the feed-forward layer.
    """

    def __init__(self, width: int, context: int, *, mixing: bool) -> None:
        super().__init__()
        self.self_attention = Attention(width, HEADS) if mixing else None
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3 if mixing else 2))
        self.modulation = nn.Linear(context, 4 * width)
        self.cross_attention = SignedAttention(width, context, HEADS)
        self.feed_forward = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def forward(self, tokens: Tensor, time: Tensor, condition: Tensor) -> Tensor:
        scale, shift, scale_2, shift_2 = self.modulation(time).unsqueeze(1).chunk(4, dim=-1)
        if self.self_attention is not None:
            tokens = tokens + self.self_attention(self.norms[2](tokens))
        tokens = tokens + self.cross_attention(self.norms[0](tokens) * (1 + scale) + shift, condition)
        return tokens + self.feed_forward(self.norms[1](tokens) * (1 + scale_2) + shift_2)


class Attention(nn.Module):
    """Multi-head self-attention, as plain products: on the CPU they beat the fused kernel at these few tokens."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        if width % heads:
            raise ValueError(f"the width of attention must be a multiple of its {heads} heads, not {width}")
        self.heads = heads
        self.query_key_value = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width)

    def forward(self, tokens: Tensor) -> Tensor:
        parts = self.query_key_value(tokens).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        query, key, value = parts
        weights = torch.softmax(query @ key.mT / math.sqrt(query.shape[-1]), dim=-1)
        return self.out((weights @ value).transpose(1, 2).flatten(2))


class SignedAttention(nn.Module):
    """Cross-attention without softmax: each token takes sums of class values whose weights may be negative.

    A trained hidden unit's incoming weights are about a signed sum of class means, its own sum for each unit; a
    softmax can form averages only. Every head's value is as wide as a class token, so that none is cut up.
    """

    def __init__(self, width: int, context: int, heads: int, key_size: int = 32) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, heads * key_size, bias=False)
        self.key = nn.Linear(context, heads * key_size, bias=False)
        self.value = nn.Linear(context, heads * width, bias=False)
        self.out = nn.Linear(heads * width, width)

    def forward(self, tokens: Tensor, context: Tensor) -> Tensor:
        query, key, value = (
            projected.unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for projected in (self.query(tokens), self.key(context), self.value(context))
        )
        weights = query @ key.mT / math.sqrt(query.shape[-1])
        return self.out((weights @ value).transpose(1, 2).flatten(2) / context.shape[1])
