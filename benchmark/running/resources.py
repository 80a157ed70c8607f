"""The share of a machine that a run may take: processes, threads, devices."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch

from benchmark.system.machine import memory_available, usable_cores
from methods.errors import UserError

MEMORY = 2 * 2**30  # bytes that a worker is taken to need; what workers read of artefacts they share


@dataclass(frozen=True)
class Resources:
    """The share of a machine that a run may take.

    jobs: cells at once, where it is more than one in processes of their own; None for as many as the machine serves.
    threads: of each; None for one in processes of their own, and as many as torch takes where there is one job.
    devices: taken in turn.
    """

    jobs: int | None = 1
    threads: int | None = None
    devices: tuple[torch.device, ...] = (torch.device("cpu"),)

    def for_cells(self, count: int) -> Resources:
        """The same with as many jobs as there are cells at the most."""
        return replace(self, jobs=max(1, min(count, self.jobs or self._jobs())))

    def _jobs(self) -> int:
        """One for each GPU; without, as many as processors and memory serve."""
        if self.devices[0].type != "cpu":
            return len(self.devices)
        served = usable_cores() // (self.threads or 1)
        memory = memory_available()
        return max(1, served if memory is None else min(served, memory // MEMORY))


def choose_devices(names: str) -> tuple[torch.device, ...]:
    """The devices of a comma-separated list: "cpu", "cuda" for all GPUs, "cuda:1" for one, "auto" for GPUs if any.

    UserError for one that is not there.
    """
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    every = [torch.device("cuda", number) for number in range(count)]
    chosen: list[torch.device] = []
    for name in names.split(","):
        kind, _, number = name.strip().partition(":")
        if kind == "cpu" or (kind == "auto" and not every):
            chosen.append(torch.device("cpu"))
        elif not every:
            raise UserError("There is no CUDA device here; use --device cpu.")
        elif number and int(number) >= count:
            there = ", ".join(map(str, every))
            raise UserError(f"There is no device {name.strip()!r} here; choose of {there}.")
        else:
            chosen += [every[int(number)]] if number else every
    return tuple(dict.fromkeys(chosen))
