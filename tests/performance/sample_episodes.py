"""Seconds to draw the index arrays of 10,000 5-way 1-shot 15-query episodes, against a loop over tasks.

python tests/performance/sample_episodes.py
"""

import time

import numpy as np

from methods.episodes import sample_episodes

COUNTS = np.full(423, 20)
TASKS = 10_000


def loop(rng: np.random.Generator, tasks: int) -> None:
    """One `choice` per task and class."""
    for _ in range(tasks):
        for _ in rng.choice(len(COUNTS), 5, replace=False):
            rng.choice(20, 16, replace=False)


if __name__ == "__main__":
    for seed in range(5):
        start = time.perf_counter()
        sample_episodes(np.random.default_rng(seed), COUNTS, TASKS, way=5, shot=1, queries=15)
        middle = time.perf_counter()
        loop(np.random.default_rng(seed), TASKS // 20)
        slow = 20 * (time.perf_counter() - middle)
        print(f"{TASKS} episodes: {middle - start:.3f} s   loop over tasks (from a twentieth): {slow:.2f} s")
