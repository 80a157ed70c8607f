"""The order of cells among workers."""

import subprocess
import sys

import pytest

from benchmark.running.scheduling import Job, Schedule


def job(number, seconds=1.0, shared=None):
    return Job(number, f"cell {number}", (), seconds, None, shared)


def numbers(jobs):
    return sorted(each.number for each in jobs)


def test_one_worker_takes_them_as_planned():
    schedule = Schedule([job(1), job(2, 100.0), job(3)], in_order=True)
    assert [schedule.next().number for _ in range(3)] == [1, 2, 3]
    assert schedule.next() is None


def test_the_longest_come_first_and_unknown_ones_count_as_usual():
    schedule = Schedule([job(1, 2.0), job(2, None), job(3, 1.0), job(4, 6.0)], in_order=False)
    assert [schedule.next().number for _ in range(4)] == [4, 2, 1, 3]


def test_one_of_those_that_share_a_body_goes_ahead():
    schedule = Schedule([job(1, shared="a"), job(2, 5.0, "a"), job(3, shared="b"), job(4)], in_order=False)
    first, second, third = schedule.next(), schedule.next(), schedule.next()
    assert [first.number, second.number, third.number] == [2, 3, 4]  # for "a" more waits than for "b"
    assert schedule.next() is None
    schedule.prepared(first)
    assert schedule.next().number == 1


@pytest.mark.parametrize("end", ["done", "put_off"])
def test_another_goes_ahead_where_the_first_did_not_make_it(end, tmp_path):
    schedule = Schedule([job(1, shared="a"), job(2, shared="a")], in_order=False)
    first = schedule.next()
    assert schedule.next() is None
    schedule.done(first) if end == "done" else schedule.put_off(first, tmp_path / "nobody makes this")
    assert numbers(schedule.left) == ([2] if end == "done" else [1, 2])
    assert schedule.next() is not None and schedule.next() is None


def test_what_is_put_off_waits_for_the_claim(tmp_path):
    schedule = Schedule([job(1)], in_order=False)
    hold = "import sys; from pathlib import Path; from benchmark.system.claims import claim\n"
    hold += "with claim(Path(sys.argv[1])):\n    print('held', flush=True)\n    sys.stdin.read()"
    holder = subprocess.Popen(
        [sys.executable, "-c", hold, str(tmp_path / "body")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    holder.stdout.readline()
    schedule.put_off(schedule.next(), tmp_path / "body")
    assert schedule.next() is None and numbers(schedule.left) == [1]
    holder.communicate()
    assert schedule.next().number == 1


def test_a_worker_keeps_to_what_it_has_loaded_unless_another_cell_is_far_longer():
    jobs = [job(1, 5.0, "a"), job(2, 6.0, "b"), job(3, 4.0, "a"), job(4, 50.0, "b")]
    schedule = Schedule(jobs, in_order=False)
    for each in jobs:
        schedule.prepared(each)
    assert [schedule.next("a").number for _ in range(4)] == [4, 1, 3, 2]
