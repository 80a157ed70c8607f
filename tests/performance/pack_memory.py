"""Peak memory of packing, of a body's training and of extracting features, on all 60,000 images of Mini-ImageNet.

Writes a copy of its layout with random JPEG files (a few hundred, each under many names), then measures in a process of
its own how much memory each stage of a run takes: packing the images, one epoch of the body, and encoding the training
part in all views of a profile. What is mapped from files counts. Some minutes; run by hand, on Linux:

    python tests/performance/pack_memory.py [--images 600] [--profile cpu]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from peak_memory import status
from PIL import Image

from benchmark.cells import profiles
from benchmark.cells.inputs import resolve
from benchmark.data import catalogue
from benchmark.data.sources.mini_imagenet import CSV, HEADER, SIZE
from benchmark.planning.plan import make_plan
from benchmark.planning.request import Request
from benchmark.running.workbench import Workbench
from benchmark.store.artefacts import ArtefactFolder
from benchmark.system.memory import keep_freed_memory

FILES = 300  # different ones
LIMIT = 4096  # MiB


def write_copy(root: Path, images: int) -> None:
    """Mini-ImageNet's layout under `root`, with so many images in every class."""
    folder = root / "mini-imagenet"
    (folder / "images").mkdir(parents=True)
    rng = np.random.default_rng(0)
    for number in range(FILES):
        coarse = rng.integers(0, 256, (12, 12, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize((SIZE, SIZE)).save(root / f"{number}.jpg", quality=90)
    split = catalogue.get("mini-imagenet").split("ravi")
    for part, name in CSV.items():
        lines = [",".join(HEADER)]
        for label in getattr(split, part):
            for number in range(images):
                file = f"{label}{number:08}.jpg"
                os.link(root / f"{rng.integers(FILES)}.jpg", folder / "images" / file)
                lines.append(f"{file},{label}")
        (folder / name).write_text("\n".join(lines) + "\n")


def peak() -> float:
    """The most MiB that this process has had in memory since it was last asked."""
    found = status("VmHWM")
    Path("/proc/self/clear_refs").write_text("5")
    return found


def measure(root: Path, profile: str) -> dict[str, float]:
    """Peaks of the stages, MiB; to be called once in a process."""
    own = profiles.get(profile)
    profiles.PROFILES[profile] = replace(own, photographs=replace(own.photographs, epochs=1))
    setting = {"ways": (5,), "shots": (1,), "seeds": 1, "profile": profile}
    (cell,) = make_plan(Request("fewshot", ["prototypes"], ["mini-imagenet"], data=root, **setting)).cells
    peaks = {"imports": peak()}
    cell.data.bank()
    peaks["packing"] = peak()
    bench = Workbench(torch.device("cpu"), ArtefactFolder(root / "artefacts")).sources(resolve(cell))
    _ = bench.body
    peaks["body"] = peak()
    bench.tasks("train")
    peaks["features"] = peak()
    return peaks


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=600, help="of each class")
    parser.add_argument("--profile", default="cpu")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        keep_freed_memory()
        print(json.dumps(measure(options.measure, options.profile)))
    else:
        with tempfile.TemporaryDirectory() as folder:
            write_copy(Path(folder), options.images)
            command = [sys.executable, __file__, "--profile", options.profile, "--measure", folder]
            environment = {**os.environ, "LTDI_BENCH_CACHE": str(Path(folder) / "cache")}
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment)
            for stage, mebibytes in json.loads(done.stdout.splitlines()[-1]).items():
                print(f"{stage:>10} {mebibytes:6.0f} MiB{'' if mebibytes < LIMIT else '  more than 4 GiB'}")
