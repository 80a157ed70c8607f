"""Comparing two stores: what changed beyond noise, and what CI makes of it."""

import pytest

from benchmark.report.changes import compare_results
from benchmark.report.results import read_results


@pytest.fixture
def before(results):
    return results


@pytest.fixture
def now(new_results):
    return new_results()


def kinds(now, before):
    found = compare_results(read_results(now.store).rows, read_results(before.store).rows)
    return {change.name.split()[-1]: change.kind for change in found}


def test_changes_are_told_from_noise(now, before):
    for seed, noise in enumerate([0.002, -0.001, -0.002, 0.0, 0.001]):
        for method in ("same", "noisy", "worse", "better"):
            before.add(0.9 + seed / 100, seed=seed, method=method)
        now.add(0.9 + seed / 100, seed=seed, method="same", method_version=2)
        now.add(0.9 + seed / 100 + noise, seed=seed, method="noisy", method_version=2)
        now.add(0.88 + seed / 100 + noise, seed=seed, method="worse", method_version=2)
        now.add(0.92 + seed / 100 + noise, seed=seed, method="better", method_version=2)
    assert kinds(now, before) == {"same": "unchanged", "noisy": "unchanged", "worse": "worse", "better": "better"}


def test_what_comes_and_goes(now, before):
    before.add(0.9, method="gone")
    before.add(0.9, method="fails")
    before.add(method="recovered", reason="out of memory")
    before.add(0.9, method="single")
    before.add(0.9, method="still")
    now.add(0.9, method="new")
    now.add(method="fails", reason="a\nbug")
    now.add(0.9, method="recovered")
    now.add(0.91, method="single")
    now.add(0.9, method="still")
    assert kinds(now, before) == {
        "gone": "gone",
        "fails": "fails",
        "recovered": "recovered",
        "single": "differs",
        "still": "unchanged",
        "new": "new",
    }


def test_seeds_that_fail_now_or_are_others_are_not_unchanged(now, before):
    for seed in range(3):
        for method in ("some fail", "others", "more"):
            before.add(0.9, seed=seed, method=method)
        now.add(0.9, seed=seed, method="some fail", reason="out of memory" if seed else None)
        now.add(0.5, seed=seed + 3, method="others")
        now.add(0.9, seed=seed, method="more")
    now.add(seed=3, method="more", reason="out of memory")
    found = compare_results(read_results(now.store).rows, read_results(before.store).rows)
    names = {change.name.split("shot ")[-1]: change.kind for change in found}
    assert names == {"some fail": "fails", "others": "other seeds", "more": "unchanged"}


def test_other_hyperparameters_are_another_row(now, before):
    before.add(0.9, hyperparameters={"steps": 1})
    now.add(0.5, hyperparameters={"steps": 2})
    found = compare_results(read_results(now.store).rows, read_results(before.store).rows)
    assert sorted(change.kind for change in found) == ["gone", "new"]


def test_of_several_versions_the_last_run_counts(now, before):
    """A method's file that was changed runs anew, and its old records stay: they must not pass for the new ones."""
    before.add(0.9, method_source="a", started="2026-11-22T01:00:00+00:00")
    now.add(0.9, method_source="a", started="2026-11-22T01:00:00+00:00")
    now.add(0.85, method_source="b", started="2026-11-22T02:00:00+00:00")
    now.add(0.8, method_source="c", started="2026-11-22T00:00:00+00:00")
    (change,) = compare_results(read_results(now.store).rows, read_results(before.store).rows)
    assert (change.kind, change.difference.difference) == ("differs", pytest.approx(-5))


def against(ltdi_bench, now, before):
    return ltdi_bench("report", "--results", now.store.root, "--against", before.store.root)


def test_exit_code_and_lines(ltdi_bench, now, before):
    for seed in range(3):
        before.add_latency(before.add(0.9 + seed / 100, seed=seed), 1.0, 1.0)
        now.add_latency(now.add(0.8 + seed / 99, seed=seed), 2.0, 2.0)
    done = against(ltdi_bench, now, before)
    assert done.code == 1
    lines = done.out.splitlines()
    assert lines[0].startswith("worse       fewshot: omniglot 5-way 1-shot lt-di: −9.99 ± 0.03 (p ")
    assert lines[1] == "slower      fewshot: omniglot 5-way 1-shot lt-di: 1 to 2 ms/sample"
    assert lines[2] == "0 of 1 rows are unchanged; 1 regressions."
    assert against(ltdi_bench, before, now).code == 0
    assert against(ltdi_bench, now, now).code == 0


def test_nothing_to_compare_with(ltdi_bench, now, tmp_path):
    now.add()
    done = ltdi_bench("report", "--results", now.store.root, "--against", tmp_path / "none")
    assert done.code == 2 and str(tmp_path / "none") in done.err
