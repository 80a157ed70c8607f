"""What a cache folder holds, and making room in it."""

import json

import pytest
import torch
from torch import nn

from benchmark.cells.descriptions import describe
from benchmark.data.catalogue import locate
from benchmark.store.artefacts import ArtefactFolder
from benchmark.store.cache import clear, shelves
from benchmark.system.paths import new_folder
from methods.errors import UserError
from methods.interface import Progress


@pytest.fixture
def filled(cache):
    """Two prepared trajectories and a body."""
    folder = ArtefactFolder(cache)
    for seed in range(2):
        folder.tensors("trajectories", {"seed": seed}, lambda: {"weights": torch.zeros(1000)})
    folder.tensors("bodies", {"seed": 0}, lambda: {"weights": torch.zeros(10)})
    return folder


def bytes_under(folder):
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())


def files_under(folder):
    return sorted(file for file in folder.rglob("*") if file.is_file())


def test_kinds_are_listed_with_their_sizes_the_largest_first(filled, cache):
    found = shelves(cache)
    assert list(found) == ["trajectories", "bodies"]
    assert [len(shelf.entries) for shelf in found.values()] == [2, 1]
    for kind, shelf in found.items():
        assert shelf.size == bytes_under(cache / kind)


def test_seconds_are_what_making_took(cache):
    folder = ArtefactFolder(cache)
    made = [folder.tensors_and_cost("bodies", {"seed": seed}, lambda: {"a": torch.zeros(1)})[1] for seed in range(3)]
    assert shelves(cache)["bodies"].seconds == pytest.approx(sum(made))


def test_clearing_leaves_the_other_kinds_and_all_can_be_made_again(filled, cache):
    before = files_under(cache / "bodies")
    removed = clear(cache, ["trajectories"])
    assert len(removed["trajectories"].entries) == 2
    assert files_under(cache) == before
    again = filled.tensors("trajectories", {"seed": 0}, lambda: {"weights": torch.ones(3)})
    assert again["weights"].tolist() == [1, 1, 1]


def test_packed_data_descriptions_and_checkpoints_are_found(cache, dots, monkeypatch):
    monkeypatch.setattr("benchmark.store.checkpoints.INTERVAL", 0.0)

    def half_a_training(done):
        yield Progress(1, 2, 0.0)
        raise KeyboardInterrupt

    locate("dots", dots).bank()
    describe("ridge")
    with pytest.raises(KeyboardInterrupt):
        list(ArtefactFolder(cache).training("classifiers", {"seed": 0}).run(half_a_training, network=nn.Linear(2, 2)))
    assert {kind: len(shelf.entries) for kind, shelf in shelves(cache).items()} == {
        "banks": 1,
        "descriptions": 1,
        "classifiers": 1,
    }
    clear(cache, ["banks", "descriptions", "classifiers"])
    assert files_under(cache) == []


def test_what_is_not_of_the_cache_stays(filled, cache):
    """LTDI_BENCH_CACHE may name a folder that holds other things."""
    others = [
        cache / "letters" / "a.json",
        cache / "trajectories" / "mine" / "key.json",
        cache / ".git" / "config",
        cache / "trajectories" / "mine.checkpoint",
        cache / "thesis.pdf",
    ]
    for other in others:
        other.parent.mkdir(parents=True, exist_ok=True)
        other.write_text("mine")
    assert ".git" not in shelves(cache)
    removed = clear(cache, ["trajectories", "letters"])
    assert [len(shelf.entries) for shelf in removed.values()] == [2, 0]
    assert all(other.read_text() == "mine" for other in others)


def test_what_a_process_is_making_stays_and_what_a_killed_one_made_goes(filled, cache):
    (made,) = shelves(cache)["bodies"].entries
    with new_folder(cache / "bodies" / "another") as making:
        (making / "half").write_text("made")
        left = made.rename(cache / "bodies" / f".left-{making.name}")
        assert shelves(cache)["bodies"].entries == (left,)
        assert shelves(cache)["bodies"].size == bytes_under(left)
        clear(cache, ["bodies"])
        assert sorted((cache / "bodies").iterdir()) == [making]
        assert (making / "half").read_text() == "made"


def test_what_lies_behind_a_link_stays(filled, cache, tmp_path):
    """Who has linked an artefact to another disk loses the link."""
    (entry,) = shelves(cache)["bodies"].entries
    elsewhere = entry.rename(tmp_path / "elsewhere")
    entry.symlink_to(elsewhere)
    clear(cache, ["bodies"])
    assert list((cache / "bodies").iterdir()) == []
    assert len(files_under(elsewhere)) == 2


def test_of_an_unknown_kind_nothing_is_removed(filled, cache):
    before = files_under(cache)
    with pytest.raises(UserError, match=r"Unknown kind 'bodys'. Did you mean 'bodies'\? Allowed: bodies, trajectories"):
        clear(cache, ["trajectories", "bodys"])
    assert files_under(cache) == before


def test_there_is_nothing_in_a_cache_that_was_never_used(cache):
    assert shelves(cache) == {}
    with pytest.raises(UserError, match="holds nothing"):
        clear(cache, ["bodies"])


def test_commands(filled, cache, ltdi_bench):
    listed = ltdi_bench("cache", "list")
    assert listed.code == 0
    first, *lines = listed.out.splitlines()
    assert first == f"cache folder: {cache}"
    assert [line.split()[:3] for line in lines] == [["trajectories", "2", "of"], ["bodies", "1", "of"]]
    cleared = ltdi_bench("cache", "clear", "trajectories", "trajectories")
    assert (cleared.code, cleared.err) == (0, "")
    assert cleared.out.split()[:4] == ["removed", "trajectories", "2", "of"]
    assert len(ltdi_bench("cache", "list").out.splitlines()) == 2


def test_the_list_says_how_long_making_took(cache, ltdi_bench):
    ArtefactFolder(cache).tensors("bodies", {"seed": 0}, lambda: {"weights": torch.zeros(10)})
    (key,) = cache.glob("bodies/*/key.json")
    key.write_text(json.dumps({"key": {}, "seconds": 1234.5}))
    assert ltdi_bench("cache", "list").out.splitlines()[1].endswith(" MB in all, 1,234 seconds to make")
