"""Images per second in the inner loop of REPTILE: copies in one grouped convolution, by vmap, one by one.

Forward and backward pass of the Omniglot network, same weights and images; interleaved, and the gradients are compared.
Run by hand:

    python tests/performance/meta_batch.py [--rounds 5]
"""

import argparse
import statistics
import time

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmark.system.memory import keep_freed_memory
from methods.networks.conv_copies import EPSILON, ConvCopies

NETWORK = ConvCopies(1, 28, way=5, width=64, pooling=False)


def one_network(weights: Tensor, x: Tensor) -> Tensor:
    """Logits (n, way) of one network (size,), as one would write it."""
    *layers, matrix, bias = (part.squeeze(0) for part in NETWORK.split(weights.unsqueeze(0)))
    for kernel, gain, shift in zip(layers[::3], layers[1::3], layers[2::3], strict=True):
        z = F.conv2d(x, kernel, stride=2, padding=1)
        x = F.relu(F.batch_norm(z, None, None, gain, shift, training=True, eps=EPSILON))
    return F.linear(x.flatten(1), matrix, bias)


WAYS = {
    "grouped": NETWORK.apply,
    "vmap": torch.vmap(one_network),
    "loop": lambda weights, x: torch.stack([one_network(w, own) for w, own in zip(weights, x, strict=True)]),
}


def gradient(apply, weights: Tensor, x: Tensor) -> Tensor:
    weights = weights.clone().requires_grad_()
    apply(weights, x).square().sum().backward()
    return weights.grad


def compare(tasks: int, images: int, rounds: int) -> None:
    """Prints the rate of each way, and its ratio to the loop, for tasks of so many images a step."""
    generator = torch.Generator().manual_seed(0)
    weights = torch.stack([NETWORK.initial(generator)] * tasks)
    x = torch.rand(tasks, images, 1, 28, 28, generator=generator)
    seconds, gradients = {name: [] for name in WAYS}, {}
    for _ in range(rounds + 1):
        for name, apply in WAYS.items():
            start = time.perf_counter()
            gradients[name] = gradient(apply, weights, x)
            seconds[name].append(time.perf_counter() - start)
    rates = {name: tasks * images / statistics.median(of[1:]) for name, of in seconds.items()}
    for name, rate in rates.items():
        error = (gradients[name] - gradients["loop"]).abs().max() / gradients["loop"].abs().max()
        print(
            f"{tasks:3} tasks x {images:2} images  {name:8} {rate:7.0f} images/s  {rate / rates['loop']:5.2f} x loop"
            f"  (relative difference of a gradient {error:.0e})"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    keep_freed_memory()
    rounds = parser.parse_args().rounds
    print(f"{torch.get_num_threads()} threads")
    for tasks, images in ((5, 10), (5, 20), (50, 5), (50, 10)):  # meta-training and evaluation, 5-way and 20-way
        compare(tasks, images, rounds)
