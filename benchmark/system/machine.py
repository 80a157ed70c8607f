"""The machine and the software that made a record."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from functools import cache
from pathlib import Path

PACKAGES = ("ltdi-bench", "torch", "torchvision", "numpy")


@cache
def versions(*more: str) -> dict[str, str]:
    """Python's and the versions of the packages that can change a number; `more` are those that a method requires."""
    packages = {"python": platform.python_version()}
    for package in (*PACKAGES, *more):
        try:
            packages[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            packages[package] = "not installed"
    return packages


def hardware(device) -> dict[str, object]:
    """The device that computes, and the machine around it."""
    return {
        "device": device.type,
        "name": device_name(device),
        "cores": _cores(),
        "memory_gib": _memory_gib(),
    }


def device_name(device) -> str:
    """The accelerator's name, or the processor's."""
    if device.type == "cuda":
        import torch

        return torch.cuda.get_device_name(device)
    return processor_name()


@cache
def processor_name() -> str:
    """The processor's model, as far as the system tells."""
    info = Path("/proc/cpuinfo")
    if info.is_file():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def may_have_gpu() -> bool:
    """False only where there is surely no CUDA device; asks the file system, since importing torch takes seconds."""
    if platform.system() != "Linux":
        return platform.system() != "Darwin"
    # NVIDIA's driver, Windows' subsystem for Linux, AMD's driver (whose devices PyTorch calls CUDA too).
    return any(any(Path("/dev").glob(device)) for device in ("nvidia[0-9]*", "dxg", "kfd"))


def usable_cores() -> int:
    """Processors that this process may use: those of the machine, fewer where a container or a job has fewer."""
    limit = _limit("cpu.max").split()
    if len(limit) == 2 and limit[0].isdigit():
        return max(1, min(_cores(), round(int(limit[0]) / int(limit[1]))))
    return _cores()


def memory_available() -> int | None:
    """Bytes that new processes can take without swapping; None where the system does not tell."""
    limits = []
    info = Path("/proc/meminfo")
    if info.is_file():
        limits += [int(line.split()[1]) * 1024 for line in info.read_text().splitlines() if "MemAvailable" in line]
    limit, used = _limit("memory.max"), _limit("memory.current")
    if limit.isdigit() and used.isdigit():
        limits.append(max(0, int(limit) - int(used)))
    return min(limits, default=None)


def _limit(name: str) -> str:
    """A number of the control group of a container; None where there is none."""
    try:
        return (Path("/sys/fs/cgroup") / name).read_text().strip()
    except OSError:
        return ""


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _memory_gib() -> int | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
    except (AttributeError, ValueError, OSError):
        return None
