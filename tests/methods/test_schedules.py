"""Learning rates over a training of any length."""

import pytest
import torch

from methods.schedules import one_cycle


def rates(steps, rise):
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 1.0)
    schedule = one_cycle(optimiser, 0.5, steps, rise=rise)
    found = []
    for _ in range(steps):
        found.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step()
    return found


@pytest.mark.parametrize(("steps", "rise", "top"), [(100, 0.05, 4), (100, 0.2, 19), (40, 0.05, 1)])
def test_rate_rises_to_its_top_and_falls_to_nothing(steps, rise, top):
    found = rates(steps, rise)
    assert found[0] == pytest.approx(0.5 / 25)
    assert found[: top + 1] == sorted(found[: top + 1])
    assert found[top] == pytest.approx(0.5) == max(found)
    assert found[top:] == sorted(found[top:], reverse=True)
    assert found[-1] < 1e-4


def test_a_single_step_has_a_rate_to_learn_with():
    (rate,) = rates(1, 0.05)
    assert 0.2 < rate <= 0.5


@pytest.mark.parametrize(("steps", "rise"), [(20, 0.05), (5, 0.2), (19, 0.05), (3, 0.2)])
def test_without_steps_to_rise_in_it_begins_at_the_top(steps, rise):
    found = rates(steps, rise)
    assert 0.35 < found[0] <= 0.5
    assert found == sorted(found, reverse=True)
    assert found[-1] < 1e-4
