"""Merging stores: everything arrives, contradictions are reported."""

import json

import pytest

from benchmark.store.records import RecordStore


@pytest.fixture
def one(new_results):
    return new_results()


@pytest.fixture
def two(new_results):
    return new_results()


@pytest.fixture
def merge(ltdi_bench, tmp_path):
    def call(*results):
        return ltdi_bench("merge", *(r.store.root for r in results), "--results", tmp_path / "all")

    return call


@pytest.fixture
def merged(tmp_path):
    return RecordStore(tmp_path / "all")


def contents(root):
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_everything_arrives(merge, merged, one, two):
    key = one.add(0.9, seed=0)
    one.add_latency(key, 1.0, 1.0)
    checkpoint = one.store.checkpoint_path(key)
    checkpoint.parent.mkdir()
    checkpoint.write_bytes(b"weights")
    two.add(0.8, seed=1)
    two.add_latency(key, 1.0, 1.0, device_name="another")
    done = merge(one, two)
    assert done.code == 0 and "4 files copied" in done.out
    assert contents(merged.root) == contents(one.store.root) | contents(two.store.root)
    again = merge(one, two)
    assert again.code == 0 and "0 files copied" in again.out and "4 were there" in again.out


def test_same_cell_with_the_same_result_is_no_conflict(merge, merged, one, two):
    one.add(0.9)
    two.add(0.9, hardware={"device": "cpu", "name": "another", "cores": 4})
    assert merge(one, two).code == 0
    (record,) = merged.records()
    assert record["provenance"]["hardware"]["name"] == "AMD EPYC"


def test_same_cell_with_different_results_is_reported_and_nothing_copied(merge, merged, one, two):
    one.add(0.9)
    one.add(0.7, seed=1)
    two.add(0.91)
    done = merge(one, two)
    assert done.code == 1
    assert "fewshot: omniglot 5-way 1-shot seed 0 lt-di: accuracy 90.00 and 91.00 % in" in done.out
    assert str(one.store.root) in done.out and str(two.store.root) in done.out
    assert not merged.root.exists()


def test_what_was_merged_before_is_compared_too(merge, merged, one, two):
    one.add(0.9)
    two.add(0.91)
    assert merge(one).code == 0
    before = contents(merged.root)
    assert merge(two).code == 1
    assert contents(merged.root) == before


def test_finished_takes_the_place_of_failed(merge, merged, one, two):
    one.add(reason="out of memory")
    two.add(0.9)
    for order in ((one, two), (two, one)):
        assert merge(*order).code == 0
        (record,) = merged.records()
        assert record["status"] == "ok"


@pytest.mark.parametrize(("other", "code"), [(1.4, 0), (5.0, 1)])
def test_latencies_agree_within_a_factor(merge, one, two, other, code):
    for results, ms in ((one, 1.0), (two, other)):
        results.add_latency(results.add(0.9), ms, ms)
    done = merge(one, two)
    assert done.code == code
    assert ("latency of lt-di on AMD EPYC: adapt_ms_per_task 1 and 5 ms" in done.out) == bool(code)


def test_wrong_folders_are_one_line(merge, ltdi_bench, merged, one, tmp_path):
    one.add()
    empty = ltdi_bench("merge", tmp_path / "none", "--results", merged.root)
    assert empty.code == 2 and "no results in" in empty.err
    itself = ltdi_bench("merge", one.store.root, "--results", one.store.root)
    assert itself.code == 2 and "folder to merge into" in itself.err
    file = next(one.store.root.rglob("*.json"))
    file.write_text(json.dumps({"another": "thing"}))
    assert merge(one).code == 2
    assert not merged.root.exists()
