"""Peak memory of meta-training against inner steps: MAML differentiates through them, MetaDiff does not.

Each measurement is a process of its own: how far the resident memory rises above what it was before meta-training
(or before adapting to one task) began, over three steps with one 5-way 1-shot task each. Inner steps are gradient
steps for MAML and steps of the chain for MetaDiff, which takes 20 at least. MAML trains the whole of Conv4 from pixels,
MetaDiff class rows on 64 features, so what can be compared is how the columns grow. Run by hand, on Linux, where
learn2learn is installed:

    python tests/performance/peak_memory.py [--steps 20,40,80]
"""

import argparse
import importlib
import itertools
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch

from benchmark.system.memory import keep_freed_memory
from benchmark.tasks.sources import PartSource
from methods import registry
from methods.interface import Context, Problem

WAY, SHOT, FIT_STEPS = 5, 1, 3
CLASSES, IMAGES = 40, 20
LAZY = ("torch._dynamo", "scipy.optimize")  # imported at the first use of an optimiser or a schedule: not a method's
CPU = torch.device("cpu")
COLUMNS = {
    "maml": ("maml", "inner_steps", {}),
    "maml, first order": ("maml", "inner_steps", {"first_order": True}),
    "metadiff": ("metadiff", "diffusion_steps", {}),
}


def status(field: str) -> float:
    """A field of this process's status, in MiB."""
    text = Path("/proc/self/status").read_text()
    return int(re.search(rf"^{field}:\s+(\d+) kB", text, re.MULTILINE)[1]) / 1024


def rise(work) -> float:
    """MiB that resident memory rises to while `work` runs, above what it was before."""
    Path("/proc/self/clear_refs").write_text("5")  # forget the peak so far
    before = status("VmRSS")
    work()
    return status("VmHWM") - before


def measure(column: str, inner_steps: int) -> dict[str, float]:
    """The rises of one method; to be called once in a process."""
    for module in LAZY:
        importlib.import_module(module)
    name, field, settings = COLUMNS[column]
    cls = registry.load(name)
    shape = (1, 28, 28) if cls.needs.inputs == "pixels" else (64,)
    inputs = torch.rand(CLASSES * IMAGES, *shape, generator=torch.Generator().manual_seed(0))
    lookup = lambda members, views: inputs[torch.from_numpy(members)]  # noqa: E731
    source = PartSource("random", np.full(CLASSES, IMAGES), lookup, views=1, device=CPU)
    problem = Problem(WAY, SHOT, shape)
    changes = {field: inner_steps, "steps": FIT_STEPS, "tasks_per_step": 1, **settings}
    if name == "maml":
        changes["evaluation_steps"] = inner_steps
    torch.manual_seed(0)
    method = cls(cls.for_profile("paper", **changes))
    method.build(problem)
    fitting = rise(lambda: list(method.fit(Context(problem, source, source, 0, CPU, None))))
    method.eval().requires_grad_(False)
    task = source.episodes(np.random.default_rng(0), 1, way=WAY, shot=SHOT, queries=0).task
    with torch.no_grad():
        adapting = rise(lambda: method.adapt(task))
    return {"meta-training": fitting, "adapting": adapting}


def table(steps: list[int]) -> None:
    """Measure every column at every number of inner steps and print what came out."""
    print(
        f"{'inner steps':>12} " + " ".join(f"{column:>22}" for column in COLUMNS) + "   (MiB: meta-training / adapting)"
    )
    found = {}
    for count, column in itertools.product(steps, COLUMNS):
        done = subprocess.run(
            [sys.executable, __file__, "--measure", column, str(count)], check=True, capture_output=True, text=True
        )
        found[count, column] = json.loads(done.stdout)
        if column == list(COLUMNS)[-1]:
            cells = [f"{found[count, c]['meta-training']:.0f} / {found[count, c]['adapting']:.0f}" for c in COLUMNS]
            print(f"{count:>12} " + " ".join(f"{cell:>22}" for cell in cells), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", default="20,40,80")
    parser.add_argument("--measure", nargs=2, metavar=("COLUMN", "STEPS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        keep_freed_memory()
        print(json.dumps(measure(options.measure[0], int(options.measure[1]))))
    else:
        table([int(count) for count in options.steps.split(",")])
