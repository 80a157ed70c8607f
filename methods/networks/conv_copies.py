"""Many copies of one small convolutional network, each with weights of its own, run at once."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

LAYERS = 4
EPSILON = 1e-3  # of batch norm: TensorFlow's default

# From a layer's number and its outputs z (n, copies * width, h, w) before normalisation, its gain and its shift
# (copies * width,), to the normalised outputs.
Norm = Callable[[int, Tensor, Tensor, Tensor], Tensor]


def batch_norm(_layer: int, z: Tensor, gain: Tensor, shift: Tensor) -> Tensor:
    """Every copy normalised with the statistics of its own batch."""
    return F.batch_norm(z, None, None, gain, shift, training=True, eps=EPSILON)


@dataclass(frozen=True)
class ConvCopies:
    """REPTILE's networks (Nichol et al. 2018): four 3x3 convolutions with batch norm and ReLU, then one dense layer.

    With `pooling`, convolutions keep the size and 2x2 max pooling (rounding up) halves it, as for mini-ImageNet;
    else the convolutions have stride 2, as for Omniglot. A copy's weights are one flat vector (size,), so that T copies
    are a tensor (T, size). Their channels lie side by side in one grouped convolution and one batch norm.
    """

    channels: int
    height: int
    way: int
    width: int
    pooling: bool

    @property
    def size(self) -> int:
        """The number of parameters of a copy."""
        return sum(math.prod(shape) for shape in self._shapes)

    @property
    def _shapes(self) -> list[tuple[int, ...]]:
        side = self.height
        for _ in range(LAYERS):
            side = math.ceil(side / 2)
        shapes: list[tuple[int, ...]] = []
        for layer in range(LAYERS):
            inputs = self.width if layer else self.channels
            shapes += [(self.width, inputs, 3, 3), (self.width,), (self.width,)]  # a bias would be normalised away
        return [*shapes, (self.way, self.width * side * side), (self.way,)]

    def split(self, weights: Tensor) -> list[Tensor]:
        """Views of flat weights (T, size): kernel, gain and shift of each layer, then the dense matrix and bias."""
        parts = weights.split([math.prod(shape) for shape in self._shapes], dim=-1)
        return [part.unflatten(-1, shape) for part, shape in zip(parts, self._shapes, strict=True)]

    def initial(self, generator: torch.Generator) -> Tensor:
        """Weights (size,) of one copy: Glorot's uniform distribution, gains one, shifts and bias zero."""
        weights = torch.zeros(1, self.size)
        *layers, matrix, _ = (part[0] for part in self.split(weights))
        for kernel, gain in zip(layers[::3], layers[1::3], strict=True):
            torch.nn.init.xavier_uniform_(kernel, generator=generator)
            gain.fill_(1)
        torch.nn.init.xavier_uniform_(matrix, generator=generator)
        return weights[0]

    def apply(self, weights: Tensor, x: Tensor, norm: Norm = batch_norm) -> Tensor:
        """Logits (T, n, way) of T copies (T, size) for their own images (T, n, channels, height, height).

        One copy (1, size) serves all T batches, each normalised on its own; that is faster than T equal copies.
        """
        batches, n = x.shape[:2]
        copies = len(weights)
        *layers, matrix, bias = self.split(weights)
        x = x.transpose(0, 1).flatten(1, 2)  # (n, T * channels, height, height): batch norm's view
        for layer in range(LAYERS):
            kernel, gain, shift = layers[3 * layer : 3 * layer + 3]
            x = x.reshape(n * batches // copies, -1, *x.shape[2:])  # a single copy's view: (n * T, channels, ...)
            z = F.conv2d(x, kernel.flatten(0, 1), stride=1 if self.pooling else 2, padding=1, groups=copies)
            z = z.view(n, -1, *z.shape[2:])
            x = norm(layer, z, *(each.expand(batches, -1).flatten() for each in (gain, shift)))
            if self.pooling:
                x = F.max_pool2d(x, 2, ceil_mode=True)
            x = F.relu(x)
        features = x.view(n, batches, -1).transpose(0, 1)
        return torch.baddbmm(bias.unsqueeze(1), features.float(), matrix.expand(batches, -1, -1).mT)


class SupportStatistics:
    """Normalises each query with the statistics of the support set and the query itself.

    The support set passes once (`support`); then any number of queries do, each on its own (`query`). In a joint pass
    of the support set with one query, the query would change the normalised support images too, and so what deeper
    layers make of them: that is left out here.
    """

    def __init__(self) -> None:
        self._means: list[Tensor] = []
        self._variances: list[Tensor] = []
        self._images = 0

    def support(self, layer: int, z: Tensor, gain: Tensor, shift: Tensor) -> Tensor:
        variance, mean = torch.var_mean(z, (0, 2, 3), correction=0)
        self._means.append(mean[:, None, None])
        self._variances.append(variance[:, None, None])
        self._images = len(z)
        return batch_norm(layer, z, gain, shift)

    def query(self, layer: int, z: Tensor, gain: Tensor, shift: Tensor) -> Tensor:
        variance, mean = torch.var_mean(z, (2, 3), correction=0, keepdim=True)
        share = 1 / (self._images + 1)  # of a query in the joint batch
        apart = mean - self._means[layer]
        mean = self._means[layer] + share * apart
        variance = (1 - share) * self._variances[layer] + share * variance + share * (1 - share) * apart.square()
        scale = gain[:, None, None] * torch.rsqrt(variance + EPSILON)
        return (z - mean) * scale + shift[:, None, None]
