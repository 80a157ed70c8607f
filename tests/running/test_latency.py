"""The clock protocol, on a machine whose every second is made up."""

from types import SimpleNamespace

import pytest
import torch

from benchmark.running import latency
from benchmark.running.latency import ROUNDS, WARM_UP, clock_rounds


class Machine:
    """Two clocks that only work moves; `slowdown(now)` is how much slower it computes at a moment."""

    def __init__(self, share=1.0, slowdown=lambda now: 1.0):
        self.passed = self.computed = 0.0
        self.share = share  # of the time that passes, which the process gets
        self.slowdown = slowdown
        self.log = []

    def work(self, name, seconds):
        def call():
            self.log.append(name)
            cost = seconds * self.slowdown(self.passed)
            self.computed += cost
            self.passed += cost / self.share

        return call


@pytest.fixture
def use(monkeypatch):
    def install(machine):
        clocks = SimpleNamespace(process_time=lambda: machine.computed, perf_counter=lambda: machine.passed)
        monkeypatch.setattr(latency, "time", clocks)
        return machine

    return install


def measure(machine, costs, seconds=1.0, device="cpu"):
    parts = {name: machine.work(name, cost) for name, cost in costs.items()}
    rounds = clock_rounds(parts, seconds, SimpleNamespace(type=device))
    assert {len(times) for times in rounds.values()} == {ROUNDS}
    return {part: min(times) for part, times in rounds.items()}


def test_idle_machine_gives_what_the_work_takes(use):
    found = measure(use(Machine()), {"adapt": 0.004, "predict": 0.0005})
    assert found == {"adapt": pytest.approx(4), "predict": pytest.approx(0.5)}


def test_time_for_which_others_are_served_is_left_out_on_a_processor_only(use, monkeypatch):
    assert measure(use(Machine(share=0.2)), {"adapt": 0.004}) == {"adapt": pytest.approx(4)}
    monkeypatch.setattr(latency, "_synchronise", lambda device: None)
    assert measure(use(Machine(share=0.2)), {"adapt": 0.004}, device="cuda") == {"adapt": pytest.approx(20)}


def test_busy_spell_and_single_disturbances_change_nothing(use):
    """Two thirds of the measurement are half as fast; of the rest, every eleventh call takes ten times as long."""
    calls = iter(range(10**6))
    machine = use(Machine(slowdown=lambda now: 2.0 if now < 0.66 else 10.0 if next(calls) % 11 == 0 else 1.0))
    found = measure(machine, {"adapt": 0.004, "predict": 0.0005})
    assert found == {"adapt": pytest.approx(4), "predict": pytest.approx(0.5)}


@pytest.mark.parametrize("costs", [{"a": 1e-4, "b": 1e-4}, {"a": 0.02, "b": 1e-4, "c": 0.003, "d": 0.003}])
def test_ordinary_work_is_clocked_in_the_given_time(use, costs):
    machine = use(Machine())
    measure(machine, costs, seconds=1.5)
    assert 1.4 < machine.passed < 2


def test_slow_work_is_done_once_a_round(use):
    machine = use(Machine())
    measure(machine, {"adapt": 3.0, "predict": 0.001})
    assert machine.log.count("adapt") == WARM_UP + ROUNDS


def test_every_round_has_every_part(use):
    """Else a busy spell would make one part look slow beside another."""
    machine = use(Machine())
    measure(machine, {"adapt": 1.0, "predict": 1.0})
    assert machine.log[2 * WARM_UP :] == ["adapt", "predict"] * ROUNDS


def test_one_thread_computes_and_the_others_come_back():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with latency._one_thread():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)
