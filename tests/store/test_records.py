"""The result store."""

import json
import os
from pathlib import Path

import pytest

from benchmark.store.records import LATENCY, RecordStore
from benchmark.system.keys import digest
from methods.errors import UserError

KEY = {
    "suite": "fewshot",
    "dataset": "glyphs",
    "way": 5,
    "shot": 1,
    "method": "lt-di",
    "seed": 0,
    "hyperparameters": {"steps": 100, "widths": [3, 4]},
}
CPU = {"device": "cpu", "device_name": "a processor", "threads": 2}


@pytest.fixture
def store(tmp_path):
    return RecordStore(tmp_path / "results")


def record(accuracy=0.9, **changes):
    return {
        "key": {**KEY, **changes},
        "status": "ok",
        "reason": None,
        "result": {"accuracy_mean": accuracy},
        "method": {},
        "provenance": {},
    }


def latency(of=KEY, **changes):
    return {
        "key": {"record": digest(of), "method": "lt-di", **CPU, **changes},
        "result": {},
        "provenance": {},
    }


def files(store):
    return sorted(path for path in store.root.rglob("*") if path.is_file())


def test_record_is_found_by_its_key(store):
    assert store.record(KEY) is None
    store.write_record(record(0.8))
    assert store.record(KEY)["result"] == {"accuracy_mean": 0.8}
    assert store.record(dict(reversed(KEY.items()))) == store.record(KEY)


def test_name_of_a_file_says_what_it_is(store):
    store.write_record(record())
    assert store.record_path(KEY).name.startswith("glyphs-5w1s-lt-di-seed0-")
    assert files(store) == [store.root / "fewshot" / store.record_path(KEY).name]


@pytest.mark.parametrize("changes", [{"hyperparameters": {"steps": 101}}, {"seed": 1}, {"new": None}])
def test_another_key_is_another_file(store, changes):
    store.write_record(record(0.8))
    before = store.record_path(KEY).read_bytes()
    store.write_record(record(0.7, **changes))
    assert len(files(store)) == 2
    assert store.record_path(KEY).read_bytes() == before
    assert store.record({**KEY, **changes})["result"] == {"accuracy_mean": 0.7}


def test_all_records_come_in_a_fixed_order(store):
    for seed in (2, 0, 1):
        store.write_record(record(seed=seed))
    store.write_record(record(suite="another"))
    store.write_latency(latency())
    seeds = [(found["key"]["suite"], found["key"]["seed"]) for found in store.records()]
    assert seeds == [("another", 0), ("fewshot", 0), ("fewshot", 1), ("fewshot", 2)]
    assert [found["key"] for found in store.latencies()] == [latency()["key"]]


def test_empty_and_missing_folders_have_no_records(store):
    assert list(store.records()) == list(store.latencies()) == []
    store.ensure_writable()
    assert list(store.records()) == list(store.latencies()) == []
    assert files(store) == []


def test_latency_is_known_by_record_and_device(store):
    store.write_latency(latency())
    assert store.clocked("cpu", "a processor") == {digest(KEY)}
    assert store.clocked("cpu", "another processor") == set()
    assert store.clocked("cuda", "a processor") == set()


def test_latency_by_another_protocol_is_measured_anew(store, monkeypatch):
    store.write_latency(latency())
    monkeypatch.setattr("benchmark.store.records.CLOCK", 2)
    assert store.clocked("cpu", "a processor") == set()


@pytest.mark.parametrize("old", [None, 0.8])
def test_crash_while_writing_changes_nothing(store, monkeypatch, old):
    if old is not None:
        store.write_record(record(old))
    store.ensure_writable()
    before = files(store)

    def crash(*_arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        store.write_record(record(0.7))
    assert files(store) == before
    found = store.record(KEY)
    assert (found and found["result"]["accuracy_mean"]) == old


def test_file_of_a_killed_writer_is_not_read(store, monkeypatch):
    """A process that is killed cannot clean up."""
    store.write_record(record(0.8))

    def killed(source, _target):
        Path(source).write_text('{"half": ')
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", killed)
    monkeypatch.setattr(Path, "unlink", lambda path, missing_ok=False: None)
    for write, content in ((store.write_record, record(0.7)), (store.write_latency, latency())):
        with pytest.raises(KeyboardInterrupt):
            write(content)
    assert len(files(store)) == 3
    assert [found["result"]["accuracy_mean"] for found in store.records()] == [0.8]
    assert list(store.latencies()) == []
    assert store.record(KEY)["result"] == {"accuracy_mean": 0.8}


def assert_refused(store, file, reason):
    """By every way to it, with the file's name and what to do."""
    reads = [lambda: list(store.records()), lambda: store.record(KEY)]
    for read in [lambda: list(store.latencies())] if file.parent.name == "latency" else reads:
        with pytest.raises(UserError) as raised:
            read()
        assert str(file) in str(raised.value)
        assert reason in str(raised.value)
        assert "\n" not in str(raised.value)


@pytest.mark.parametrize("size", [0, 1, 30, -3])
def test_truncated_record_is_an_error(store, size):
    store.write_record(record())
    file = store.record_path(KEY)
    file.write_bytes(file.read_bytes()[:size])
    assert_refused(store, file, "truncated or damaged; delete it")


def test_damaged_latency_is_an_error(store):
    store.write_latency(latency())
    file = store.latency_path(latency()["key"])
    file.write_bytes(b"\xff\x00")
    assert_refused(store, file, "truncated or damaged; delete it")


@pytest.mark.parametrize(
    "content",
    ["[]", "null", "{}", '{"format": "other"}', json.dumps({"format": LATENCY, **record()}), '{"key": {}}'],
)
def test_foreign_json_is_an_error(store, content):
    store.write_record(record())
    file = store.record_path(KEY)
    file.write_text(content)
    assert_refused(store, file, "not a file of this store; move it away")


def test_record_of_another_version_is_no_foreign_file(store):
    store.write_record(record())
    file = store.record_path(KEY)
    file.write_text(file.read_text().replace("ltdi-bench record 1", "ltdi-bench record 2"))
    assert_refused(store, file, "'ltdi-bench record 2', but this version reads 'ltdi-bench record 1'")


def test_record_without_a_part_is_an_error(store):
    store.write_record(record())
    file = store.record_path(KEY)
    content = json.loads(file.read_bytes())
    del content["result"]
    file.write_text(json.dumps(content))
    assert_refused(store, file, "not a file of this store")


def test_edited_key_is_an_error(store):
    store.write_record(record())
    file = store.record_path(KEY)
    content = json.loads(file.read_bytes())
    content["key"]["hyperparameters"]["steps"] = 5
    file.write_text(json.dumps(content))
    assert_refused(store, file, "was changed after it was written")


@pytest.mark.parametrize(
    "edited", [{"accuracy_mean": 0.9}, {"accuracy_mean": "0.8"}, {"accuracy_per_episode": [0.9, 0.8]}]
)
def test_edited_accuracy_is_an_error(store, edited):
    store.write_record({**record(), "result": {"accuracy_mean": 0.8, "accuracy_per_episode": [0.9, 0.7]}})
    assert store.record(KEY)["result"]["accuracy_mean"] == 0.8
    file = store.record_path(KEY)
    content = json.loads(file.read_bytes())
    content["result"] |= edited
    file.write_text(json.dumps(content))
    assert_refused(store, file, "was changed after it was written")


def test_record_under_another_records_name_is_an_error(store):
    store.write_record(record(seed=1))
    store.record_path({**KEY, "seed": 1}).rename(store.record_path(KEY))
    assert_refused(store, store.record_path(KEY), "was changed after it was written")


def test_numbers_that_are_no_json_are_refused_before_anything_is_written(store):
    with pytest.raises(ValueError, match="Out of range"):
        store.write_record(record(float("nan")))
    assert files(store) == []


@pytest.mark.parametrize("below", [".", "deep/results"])
def test_folder_that_cannot_be_written_is_an_error(tmp_path, below):
    (tmp_path / "file").touch()
    store = RecordStore(tmp_path / "file" / below)
    with pytest.raises(UserError, match=r"cannot be written \(.+\); choose another with --results"):
        store.ensure_writable()
    assert store.record(KEY) is None


def test_whether_a_folder_can_be_written_is_found_out_without_making_it(store):
    """What the command asks for may still be wrong."""
    parent = store.root.parent
    store.ensure_writable()
    RecordStore(store.root / "deep" / "results").ensure_writable()
    assert list(parent.iterdir()) == []
    store.root.mkdir()
    store.ensure_writable()
    assert list(store.root.iterdir()) == []


def test_record_is_found_by_its_hash_or_file(store):
    for seed in range(40):
        store.write_record(record(0.8, seed=seed))
    key = {**KEY, "seed": 7}
    for name in (digest(key), digest(key)[:16], digest(key)[:8], str(store.record_path(key))):
        assert store.find(name)["key"] == key


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("f00", "'f00' names no record; give the path of a record's .json file, or at least four digits"),
        ("lt-di", "'lt-di' names no record"),
        ("00000000", "has no record whose hash begins with '00000000'; give more digits or another --results"),
        ("there/is/none.json", "There is no record 'there/is/none.json'"),
    ],
)
def test_record_that_is_not_found(store, name, message):
    store.write_record(record(0.8))
    with pytest.raises(UserError, match=message):
        store.find(name)


def test_hash_that_several_records_begin_with(store, monkeypatch):
    monkeypatch.setattr("benchmark.store.records.short", lambda key: f"abcd{key['seed']:012}")
    store.write_record(record(0.8))
    store.write_record(record(0.8, seed=1))
    with pytest.raises(UserError, match="has 2 records whose hash begins with 'abcd'; give more digits"):
        store.find("abcd")
    assert store.find("abcd000000000001")["key"]["seed"] == 1
