"""Tensors that are made once and shared."""

import threading
import time

import pytest
import torch

from benchmark.store.artefacts import ArtefactFolder, CostRecorder
from benchmark.system.claims import Busy
from methods.errors import UserError

KEY = {"seed": 0, "settings": {"steps": 3}}


class Maker:
    """Counts how often it is asked."""

    def __init__(self, value=1.0, seconds=0.0):
        self.value, self.seconds, self.calls = value, seconds, 0

    def __call__(self):
        self.calls += 1
        time.sleep(self.seconds)
        return {"a": torch.full((2, 3), self.value), "b": torch.arange(4)}


@pytest.fixture
def folder(tmp_path):
    return ArtefactFolder(tmp_path / "cache")


def everything(folder):
    return [path for path in folder.root.rglob("*") if path.is_file()]


def only_artefact(folder):
    (tensors,) = folder.root.glob("kind/*/tensors.safetensors")
    return tensors.parent


def test_made_once_and_read_afterwards(folder):
    make = Maker()
    first = folder.tensors("kind", KEY, make)
    second = ArtefactFolder(folder.root).tensors("kind", KEY, make)
    assert make.calls == 1
    for tensors in (first, second):
        assert torch.equal(tensors["a"], torch.ones(2, 3))
        assert torch.equal(tensors["b"], torch.arange(4))


def test_order_of_a_key_does_not_matter(folder):
    make = Maker()
    folder.tensors("kind", {"a": 1, "b": (2, 3)}, make)
    folder.tensors("kind", {"b": [2, 3], "a": 1}, make)
    assert make.calls == 1


@pytest.mark.parametrize(
    ("kind", "key"), [("other", KEY), ("kind", {**KEY, "seed": 1}), ("kind", {"seed": 0, "settings": {}})]
)
def test_another_kind_or_key_is_another_artefact(folder, kind, key):
    folder.tensors("kind", KEY, Maker(1.0))
    assert folder.tensors(kind, key, Maker(2.0))["a"].mean() == 2
    assert folder.tensors("kind", KEY, Maker(3.0))["a"].mean() == 1


def test_tensors_that_are_not_contiguous_are_kept(folder):
    grid = torch.arange(6.0).reshape(2, 3)
    assert torch.equal(folder.tensors("kind", KEY, lambda: {"t": grid.T})["t"], grid.T)


def test_interrupted_making_leaves_nothing(folder):
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        folder.tensors("kind", KEY, interrupted)
    assert everything(folder) == []
    make = Maker()
    folder.tensors("kind", KEY, make)
    assert make.calls == 1


def test_interrupted_writing_leaves_nothing(folder, monkeypatch):
    def interrupted(_tensors, path):
        path.write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr("benchmark.store.artefacts.save_file", interrupted)
    with pytest.raises(KeyboardInterrupt):
        folder.tensors("kind", KEY, Maker())
    assert everything(folder) == []


@pytest.fixture
def small_files_only():
    """No file can become larger than 1,000 bytes, which is as when the disk is full."""
    resource = pytest.importorskip("resource", reason="this system cannot limit the size of files")
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, usual[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def test_what_cannot_be_written_is_the_users_to_mend(folder, small_files_only):
    with pytest.raises(UserError, match=r"cannot be written .* make room .`ltdi-bench cache list"):
        folder.tensors("kind", KEY, lambda: {"large": torch.zeros(1000)})
    assert everything(folder) == []


def test_others_may_read_what_they_may_read_elsewhere(folder, tmp_path):
    folder.tensors("kind", KEY, Maker())
    (tmp_path / "usual").touch()
    modes = {file.stat().st_mode for file in [*everything(folder), tmp_path / "usual"]}
    assert len(modes) == 1


@pytest.fixture
def another_makes(folder):
    """Another thread, as another process would, is making the artefact of KEY; gives what lets it come to its end."""
    begun, end = threading.Event(), threading.Event()

    def slow():
        begun.set()
        end.wait()
        return Maker(1.0)()

    maker = threading.Thread(target=lambda: ArtefactFolder(folder.root).tensors("kind", KEY, slow))
    maker.start()
    begun.wait()
    yield end
    end.set()
    maker.join()


def test_who_comes_second_waits_for_the_first(folder, another_makes):
    threading.Timer(0.1, another_makes.set).start()
    make = Maker(2.0)
    assert folder.tensors("kind", KEY, make)["a"].mean() == 1
    assert make.calls == 0 and folder.waited >= 0.05


def test_who_is_not_patient_is_told(folder, another_makes):
    folder.patient = False
    with pytest.raises(Busy):
        folder.tensors("kind", KEY, Maker())
    with pytest.raises(Busy):
        list(folder.training("kind", KEY).run(lambda done: iter(())))
    assert folder.tensors("kind", {"another": 1}, Maker(2.0))["a"].mean() == 2


def test_seconds_are_without_those_of_other_artefacts_asked_for_on_the_way(folder):
    def outer():
        folder.tensors("kind", {"inner": 1}, Maker(seconds=0.2))
        return Maker(seconds=0.05)()

    _, seconds = folder.tensors_and_cost("kind", KEY, outer)
    assert 0.05 <= seconds < 0.2
    assert folder.waited >= 0.25


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("tensors.safetensors", b""),
        ("tensors.safetensors", b"no tensors at all"),
        ("key.json", b""),
        ("key.json", b'{"key": {}}'),
        ("key.json", b"[]"),
        ("key.json", None),
        ("tensors.safetensors", None),
    ],
)
def test_damaged_file_is_an_error_that_names_the_folder(folder, file, content):
    folder.tensors("kind", KEY, Maker())
    artefact = only_artefact(folder)
    if content is None:
        (artefact / file).unlink()
    else:
        (artefact / file).write_bytes(content)
    with pytest.raises(UserError) as raised:
        folder.tensors("kind", KEY, Maker())
    assert f"{str(artefact)!r} is damaged; delete that folder" in str(raised.value)


def test_truncated_tensors_are_an_error(folder):
    folder.tensors("kind", KEY, Maker())
    file = only_artefact(folder) / "tensors.safetensors"
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(UserError, match="damaged"):
        folder.tensors("kind", KEY, Maker())


def test_cost_is_what_making_took_whenever_that_was(folder):
    folder.tensors("kind", KEY, Maker(seconds=0.05))
    _, seconds = folder.tensors_and_cost("kind", KEY, Maker())
    assert 0.05 <= seconds < 1


def test_cost_recorder_adds_up_by_kind(folder):
    folder.tensors("heads", KEY, Maker(seconds=0.03))  # made by another method
    costs = CostRecorder(folder)
    costs.tensors("heads", KEY, Maker())
    costs.tensors("heads", {**KEY, "seed": 1}, Maker(seconds=0.04))
    costs.tensors("others", KEY, Maker())
    known = [
        folder.tensors_and_cost(kind, {**KEY, "seed": seed}, Maker())[1]
        for kind, seed in (("heads", 0), ("heads", 1), ("others", 0))
    ]
    assert costs.seconds == {"heads": pytest.approx(known[0] + known[1]), "others": pytest.approx(known[2])}
    assert costs.seconds["heads"] >= 0.07


def test_what_another_thread_prepares_is_made_anew_and_waited_for_by_nobody(folder):
    """Found ready, it would hide what preparing it beside other work costs."""
    folder.tensors("heads", KEY, Maker())
    costs, maker = CostRecorder(folder), Maker(seconds=0.05)
    waited = folder.waited
    thread = threading.Thread(target=costs.tensors, args=("heads", KEY, maker))
    thread.start()
    thread.join()
    assert set(costs.seconds) == {"heads, beside"}
    assert costs.seconds["heads, beside"] >= 0.05
    assert folder.waited == waited


def test_waited_is_the_time_that_callers_lost(folder):
    assert folder.waited == 0
    folder.tensors("kind", KEY, Maker(seconds=0.05))
    assert folder.waited >= 0.05


def test_waited_does_not_count_an_artefact_within_another_twice(folder):
    """Features are made from a body, which is made then too."""
    start = time.perf_counter()
    folder.tensors("features", KEY, lambda: folder.tensors("bodies", KEY, Maker(seconds=0.1)))
    assert folder.waited <= time.perf_counter() - start
