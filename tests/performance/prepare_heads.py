"""Heads per second: batched weight preparation against a plain PyTorch loop over the same tasks.

Same tasks, steps, batches, threads and Adam; both run interleaved and the weights are compared. Run by hand:

    python tests/performance/prepare_heads.py [--rounds 5]
"""

import argparse
import statistics
import time

import torch
import torch.nn.functional as F
from torch import nn

from benchmark.system.memory import keep_freed_memory
from methods.heads import Head, unit_scale
from methods.interface import Examples
from methods.prepared import CHUNK
from methods.trajectories import ADAM_EPSILON, Preparation, TrainingData, chunks, prepare_heads

HEAD = Head(64, 64, 5)
BATCHES = 16


def plain_loop(initial, batches, settings, tasks):
    """Train the first `tasks` heads as one would write it: a module, an optimiser and a loop for each."""
    ends = []
    for b in range(tasks):
        net = nn.Sequential(nn.Linear(HEAD.inputs, HEAD.hidden), nn.ReLU(), nn.Linear(HEAD.hidden, HEAD.way))
        for layer, rows in zip((net[0], net[2]), HEAD.split(initial), strict=True):
            layer.weight.data, layer.bias.data = rows[:, :-1].clone(), rows[:, -1].clone()
        parameters = list(net.parameters())
        optimiser = torch.optim.Adam(parameters, lr=settings.learning_rate, eps=ADAM_EPSILON)
        for step in range(settings.steps):
            x, y = batches[step % BATCHES]
            optimiser.zero_grad()
            F.cross_entropy(net(x[b]), y[b]).backward()
            if settings.sam_rho:
                with torch.no_grad():
                    norm = torch.sqrt(sum(p.grad.square().sum() for p in parameters)) + 1e-12
                    ascent = [p.grad * (settings.sam_rho / norm) for p in parameters]
                    for p, e in zip(parameters, ascent, strict=True):
                        p.add_(e)
                optimiser.zero_grad()
                F.cross_entropy(net(x[b]), y[b]).backward()
                with torch.no_grad():
                    for p, e in zip(parameters, ascent, strict=True):
                        p.sub_(e)
            optimiser.step()
        ends.append(HEAD.join(*(torch.cat([m.weight, m.bias[:, None]], 1) for m in (net[0], net[2]))).detach())
    return torch.stack(ends)


def batched(initial, batches, settings, tasks):
    """Train all heads with `prepare_heads`, making its training data included."""
    ends = []
    for part in chunks(tasks, CHUNK):
        data = [TrainingData.of(Examples(x[part], y[part]), HEAD.way) for x, y in batches]
        ends.append(prepare_heads(HEAD, initial, lambda step, data=data: data[step % BATCHES], settings)[:, -1])
    return torch.cat(ends)


def compare(rounds: int, tasks: int = 1024, looped: int = 16) -> tuple[list[float], float]:
    """Ratios of heads per second, one per round, and the largest difference of a weight."""
    generator = torch.Generator().manual_seed(0)
    settings = Preparation()
    images = settings.images_per_class * HEAD.way
    initial = HEAD.gaussian(generator)
    centres = torch.randn(tasks, HEAD.way, HEAD.inputs, generator=generator)
    batches = []
    for _ in range(BATCHES):
        y = torch.randint(HEAD.way, (tasks, images), generator=generator)
        own = centres.gather(1, y[..., None].expand(-1, -1, HEAD.inputs))
        batches.append((unit_scale(own + torch.randn(own.shape, generator=generator)), y))
    ratios = []
    plain_loop(initial, batches, settings, 2)
    for _ in range(rounds):
        start = time.perf_counter()
        slow = plain_loop(initial, batches, settings, looped)
        middle = time.perf_counter()
        fast = batched(initial, batches, settings, tasks)
        loop_rate, batch_rate = looped / (middle - start), tasks / (time.perf_counter() - middle)
        ratios.append(batch_rate / loop_rate)
        print(f"loop {loop_rate:6.1f} heads/s   batched {batch_rate:6.0f} heads/s   ratio {ratios[-1]:5.1f}")
    return ratios, (fast[:looped] - slow).abs().max().item()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    keep_freed_memory()
    found, difference = compare(parser.parse_args().rounds)
    print(f"{torch.get_num_threads()} threads, median ratio {statistics.median(found):.1f}")
    print(f"largest difference of a weight {difference:.1e}")
