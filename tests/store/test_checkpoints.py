"""Trainings that go on after an interruption."""

import time

import pytest
import torch
from torch import nn

from benchmark.store import checkpoints
from benchmark.store.artefacts import ArtefactFolder, CostRecorder
from benchmark.store.checkpoints import KeptTraining
from methods.errors import UserError
from methods.interface import Progress

STEPS = 9
KEY = {"seed": 0}


@pytest.fixture(autouse=True)
def keep_every_step(monkeypatch):
    monkeypatch.setattr(checkpoints, "INTERVAL", 0.0)


class Example:
    """A small training with momentum whose steps depend on their number and on the parts alone."""

    def __init__(self):
        torch.manual_seed(0)
        self.network = nn.Linear(3, 2)
        self.optimiser = torch.optim.SGD(self.network.parameters(), 0.1, momentum=0.9)
        self.done = []

    def steps(self, done):
        for step in range(done + 1, STEPS + 1):
            x = torch.randn(4, 3, generator=torch.Generator().manual_seed(step))
            self.optimiser.zero_grad()
            loss = self.network(x).square().mean()
            loss.backward()
            self.optimiser.step()
            self.done.append(step)
            yield Progress(step, STEPS, loss.item())

    def run(self, training, until=None):
        """Stop, as Ctrl-C does, in the middle of step `until`."""
        progress = training.run(self.steps, network=self.network, optimiser=self.optimiser)
        for report in progress:
            if report.step == until:
                progress.close()
                return self
        return self


@pytest.fixture(params=["cell", "shared"])
def training(request, tmp_path):
    """Makes the same training anew, as every process does."""
    if request.param == "cell":
        return lambda: KeptTraining(tmp_path / "training.pt")
    return lambda: ArtefactFolder(tmp_path).training("kind", KEY)


def undisturbed():
    one = Example()
    for _ in one.steps(0):
        pass
    return one.network.weight


def test_an_interrupted_training_ends_as_an_undisturbed_one(training):
    assert Example().run(training(), until=4).done == [1, 2, 3, 4]
    assert Example().run(training(), until=6).done == [4, 5, 6]  # what came after the last checkpoint is done again
    last = Example().run(training())
    assert last.done == [6, 7, 8, 9]
    assert torch.equal(last.network.weight, undisturbed())


def test_nothing_is_kept_before_the_interval_is_over(training, monkeypatch, tmp_path):
    monkeypatch.setattr(checkpoints, "INTERVAL", 3600.0)
    Example().run(training(), until=8)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_finished_shared_training_is_read(tmp_path):
    Example().run(ArtefactFolder(tmp_path).training("kind", KEY))
    second = Example().run(ArtefactFolder(tmp_path).training("kind", KEY))
    assert second.done == []
    assert torch.equal(second.network.weight, undisturbed())
    assert Example().run(ArtefactFolder(tmp_path).training("kind", {"seed": 1})).done == list(range(1, STEPS + 1))
    assert not list(tmp_path.rglob("*.checkpoint"))


def test_a_cells_checkpoint_stays_until_it_is_discarded(tmp_path):
    training = KeptTraining(tmp_path / "training.pt")
    Example().run(training, until=5)
    assert training.file.exists()
    training.discard()
    assert list(tmp_path.iterdir()) == []
    training.discard()


def test_seconds_add_up_over_interruptions(tmp_path):
    class Slow(Example):
        def steps(self, done):
            for progress in super().steps(done):
                time.sleep(0.01)
                yield progress

    folder = ArtefactFolder(tmp_path)
    Slow().run(folder.training("kind", KEY), until=5)
    assert folder.waited >= 0.04
    costs = CostRecorder(folder)
    Slow().run(costs.training("kind", KEY))
    assert costs.seconds["kind"] >= 0.09
    again = CostRecorder(folder)
    Slow().run(again.training("kind", KEY))
    assert again.seconds == costs.seconds  # of reading it: what it once took

    Slow().run(KeptTraining(tmp_path / "training.pt"), until=5)
    last = KeptTraining(tmp_path / "training.pt")
    Slow().run(last)
    assert last.earlier >= 0.04
    assert last.seconds >= 0.09


@pytest.mark.parametrize("content", [b"", b"no checkpoint", None])
def test_a_damaged_checkpoint_is_an_error_that_names_it(training, tmp_path, content):
    Example().run(training(), until=5)
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    file.write_bytes(file.read_bytes()[:-100] if content is None else content)
    with pytest.raises(UserError, match="delete it and run") as raised:
        Example().run(training())
    assert str(file) in str(raised.value) and "\n" not in str(raised.value)


def test_a_checkpoint_of_another_network_is_an_error(tmp_path):
    Example().run(KeptTraining(tmp_path / "training.pt"), until=5)
    other = Example()
    other.network = nn.Linear(4, 2)
    with pytest.raises(UserError, match="another version"):
        other.run(KeptTraining(tmp_path / "training.pt"))


def test_a_damaged_shared_training_is_an_error(tmp_path):
    Example().run(ArtefactFolder(tmp_path).training("kind", KEY))
    other = Example()
    other.network = nn.Linear(4, 2)
    with pytest.raises(UserError, match="damaged; delete that folder"):
        other.run(ArtefactFolder(tmp_path).training("kind", KEY))
