"""Several versions of a method in one folder: tables show the last run, and say so; nothing is thrown away."""

import json

from benchmark.report.page import render_page
from benchmark.report.results import read_results

FIRST, EARLY, LATE = (f"2026-11-22T0{hour}:00:00+00:00" for hour in range(3))


def test_the_last_run_is_shown(results, ltdi_bench):
    for seed in range(3):
        results.add(0.1, seed=seed, method="mine", method_source="a", started=EARLY)
    results.add(0.2, method="mine", method_source="b", started=FIRST)
    results.add(0.75, method="mine", method_source="c", started=LATE)
    table = ltdi_bench("report", "--results", results.store.root).out
    assert "75.00" in table and "10.00" not in table and "20.00" not in table
    assert "method_source" not in table
    assert "Results of 2 earlier versions of the method are left out." in table
    page = render_page(read_results(results.store)).decode()
    assert "4 of them belong to earlier versions of methods and are left out." in page
    assert len(json.loads(ltdi_bench("report", "--results", results.store.root, "--format=json").out)) == 5


def test_a_version_is_as_new_as_its_last_seed(results):
    results.add(0.1, seed=0, method="mine", method_source="a", started=EARLY)
    results.add(0.7, seed=0, method="mine", method_source="b", started=FIRST)
    results.add(0.8, seed=1, method="mine", method_source="b", started=LATE)
    (row,) = read_results(results.store).rows
    assert row.by_seed == {0: 70, 1: 80}


def test_only_the_same_question_is_superseded(results, ltdi_bench):
    """What the new version was not asked, the old one still answers, under a name that tells them apart."""
    results.add(0.1, method="mine", method_source="a", started=EARLY)
    results.add(0.2, method="mine", method_source="a", started=EARLY, shot=5)
    results.add(0.3, method="mine", method_source="a", started=EARLY, hyperparameters={"steps": 7})
    results.add(0.75, method="mine", method_source="b", started=LATE)
    table = ltdi_bench("report", "--results", results.store.root, "--format=csv").out
    assert [value in table for value in ("10.0", "20.0", "30.0", "75.0")] == [False, True, True, True]
    assert "method_source=a" in table and "method_source=b" in table


def test_a_method_of_one_version_has_no_note(results, ltdi_bench):
    results.add(0.5)
    assert "not shown" not in ltdi_bench("report", "--results", results.store.root).out
