"""What a run takes of a machine."""

import pytest
import torch

from benchmark.running import resources
from benchmark.running.resources import Resources, choose_devices
from benchmark.system import machine
from methods.errors import UserError

CPU = torch.device("cpu")


@pytest.fixture
def gpus(monkeypatch):
    """A machine with three."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)


def test_devices_of_a_machine_with_gpus(gpus):
    every = tuple(torch.device("cuda", number) for number in range(3))
    assert choose_devices("auto") == choose_devices("cuda") == every
    assert choose_devices("cuda:2, cuda:0,cuda:2") == (every[2], every[0])
    assert choose_devices("cpu") == (CPU,)
    with pytest.raises(UserError, match="no device 'cuda:3' here; choose of cuda:0, cuda:1, cuda:2"):
        choose_devices("cuda:3")


def test_devices_of_a_machine_without(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert choose_devices("auto") == (CPU,)
    for name in ("cuda", "cuda:0"):
        with pytest.raises(UserError, match="no CUDA device here; use --device cpu"):
            choose_devices(name)


@pytest.mark.parametrize(
    ("jobs", "threads", "memory", "cells", "expected"),
    [
        (None, None, 64, 100, 8),  # one on each core
        (None, 4, 64, 100, 2),
        (None, None, 7, 100, 3),  # 2 GiB each
        (None, None, 1, 100, 1),
        (None, None, None, 100, 8),
        (None, None, 64, 5, 5),
        (20, None, 1, 100, 20),  # as the user wants
        (20, None, 1, 0, 1),
    ],
)
def test_jobs(monkeypatch, jobs, threads, memory, cells, expected):
    monkeypatch.setattr(resources, "usable_cores", lambda: 8)
    monkeypatch.setattr(resources, "memory_available", lambda: memory and memory * 2**30)
    assert Resources(jobs, threads, (CPU,)).for_cells(cells).jobs == expected


def test_one_job_for_each_gpu():
    assert Resources(None, None, (torch.device("cuda", 0), torch.device("cuda", 1))).for_cells(9).jobs == 2


def test_containers_have_less(monkeypatch):
    limits = {"cpu.max": "250000 100000", "memory.max": str(3 * 2**30), "memory.current": str(2**30)}
    monkeypatch.setattr(machine, "_cores", lambda: 8)
    monkeypatch.setattr(machine, "_limit", limits.get)
    assert machine.usable_cores() == 2
    assert machine.memory_available() == 2 * 2**30
    monkeypatch.setattr(machine, "_limit", lambda name: {"cpu.max": "max 100000", "memory.max": "max"}.get(name, ""))
    assert machine.usable_cores() == 8
