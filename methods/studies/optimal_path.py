"""A problem whose best denoising path is known: is that what MetaDiff's denoiser learns, and does it beat descent?

Classes are Gaussian. A class's row w, of d numbers, is drawn from N(0, I); its K support features are w plus noise of
variance 1. Given their mean m, w is normal with mean m K / (K + 1) and variance 1 / (K + 1). So the expected noise
in x_t has a closed form, and with it the ideal chain: it ends in the posterior mean, with an error of 1 / (K + 1)
per number. Gradient descent on the squared distance to the support starts where the chain starts, takes as many
steps, and is given the step size that is best on average: it stops short of m, which overfits the support.

MetaDiff's denoiser is shown the gradient, which is all about x_t - m, and has to guess how much signal x_t holds. The
best linear guess has a closed form too: what its chain loses no training of such a denoiser is meant to win back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import Tensor

from methods.algorithms.metadiff import MetaDiff
from methods.diffusion import Schedule
from methods.interface import Context, Study
from methods.seeding import derive_seed

Subject = MetaDiff

TASKS = 40
POINTS = 101  # of a path, in the record


def study(method: MetaDiff, context: Context) -> Study:
    """A denoiser with the method's hyper-parameters, trained on this problem at the context's way and shot.

    Errors are mean squares per number. path_error: distance from the ideal chain, mean over its steps. end_error:
    distance of what comes out from the class's row. "learned" is the trained denoiser, "gradient_only" the best linear
    one that is shown the gradient, "descent" gradient descent. The series are distances from the ideal chain from
    noise to the end, at most 101 of them.
    """
    learner = trained(method, context)
    schedule = learner.schedule
    generator = torch.Generator().manual_seed(derive_seed(context.seed, "known path tasks"))
    means, counts, rows = draw(context, TASKS, generator)
    start = torch.randn(rows.shape, generator=generator).to(rows.device)
    chains = {
        "ideal": _chain(start, schedule, lambda x, t: ideal_step(schedule, x, means, counts, t)),
        "learned": _chain(start, schedule, lambda x, t: learner.denoised(x, means, counts, t)),
        "gradient_only": _chain(start, schedule, lambda x, t: gradient_step(schedule, x, means, counts, t)),
        "descent": descent(start, means, context.problem.shot, schedule.steps),
    }
    along: dict[str, list[float]] = {name: [] for name in chains if name != "ideal"}
    with torch.no_grad():
        for places in zip(*chains.values(), strict=True):
            now = dict(zip(chains, places, strict=True))
            for name, gaps in along.items():
                gaps.append((now[name] - now["ideal"]).square().mean().item())
    ends = {**now, "support_mean": means}
    shown = np.unique(np.linspace(0, schedule.steps, POINTS).round().astype(int))
    return Study(
        {f"path_error_{name}": float(np.mean(gaps)) for name, gaps in along.items()}
        | {f"end_error_{name}": (end - rows).square().mean().item() for name, end in ends.items()},
        {f"path_error_{name}": [float(f"{gaps[t]:.6g}") for t in shown] for name, gaps in along.items()},
    )


def draw(context: Context, tasks: int, generator: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Support means (B, way, d), numbers of support features (B, way) and the classes' rows (B, way, d)."""
    problem = context.problem
    rows = torch.randn(tasks, problem.way, problem.input_shape[0], generator=generator)
    means = rows + torch.randn(rows.shape, generator=generator) / problem.shot**0.5
    counts = torch.full(rows.shape[:2], float(problem.shot))
    return means.to(context.device), counts.to(context.device), rows.to(context.device)


def ideal_step(schedule: Schedule, x: Tensor, means: Tensor, counts: Tensor, t: int) -> Tensor:
    """x_{t-1} from x_t (B, way, d) with the noise that is expected, given x_t and the support mean."""
    alpha_bar = float(schedule.alpha_bar[t])
    evidence = counts.unsqueeze(-1)  # precision of the support mean; that of the prior is 1
    precision = 1 + evidence + alpha_bar / (1 - alpha_bar)
    expected = (evidence * means + alpha_bar**0.5 / (1 - alpha_bar) * x) / precision
    return schedule.posterior_step(x, (x - alpha_bar**0.5 * expected) / (1 - alpha_bar) ** 0.5, t)


def gradient_step(schedule: Schedule, x: Tensor, means: Tensor, counts: Tensor, t: int) -> Tensor:
    """x_{t-1} from x_t (B, way, d) with the noise that is expected, given x_t - m alone."""
    alpha_bar = float(schedule.alpha_bar[t])
    variance = (1 - alpha_bar) + (1 - alpha_bar**0.5) ** 2 + 1 / counts.unsqueeze(-1)
    return schedule.posterior_step(x, (1 - alpha_bar) ** 0.5 / variance * (x - means), t)


def descent(start: Tensor, means: Tensor, shot: int, steps: int) -> Iterator[Tensor]:
    """Rows (B, way, d), steps + 1 times, while gradient descent goes from `start` towards the support mean.

    Each step keeps a share of the distance that is left. Ending with a share c costs 2 c^2 + (1 - c)^2 / K per number,
    for a start and a row that are both N(0, I); c = 1 / (2 K + 1) is best.
    """
    for step in range(steps + 1):
        yield means + (1 / (2 * shot + 1)) ** (step / steps) * (start - means)


def _chain(x: Tensor, schedule: Schedule, step: Callable[[Tensor, int], Tensor]) -> Iterator[Tensor]:
    """Rows (B, way, d), T + 1 times, the start first."""
    yield x
    for t in range(schedule.steps, 0, -1):
        x = step(x, t)
        yield x


def trained(method: MetaDiff, context: Context) -> MetaDiff:
    """A new denoiser with the method's hyper-parameters, after all its steps on this problem."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(derive_seed(context.seed, "known path denoiser"))
        learner = type(method)(method.hyperparameters)
        learner.build(context.problem)
    learner.to(context.device)
    optimiser = learner.make_optimiser()
    generator = torch.Generator().manual_seed(derive_seed(context.seed, "known path training"))
    for step in range(1, method.hyperparameters.steps + 1):
        learner.learn(step, optimiser, *draw(context, method.hyperparameters.tasks_per_step, generator), generator)
    return learner.eval()
