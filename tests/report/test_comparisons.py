"""Which entries lead, differences to references, and ranks over settings."""

import io
import re

import pandas as pd
import pytest

from benchmark.report.layout import lay_out_differences
from benchmark.report.results import read_results
from benchmark.report.tables import FORMATS
from methods.errors import UserError
from tests.report.shown import cells_of, shown


@pytest.fixture(scope="module")
def five_seeds(new_results):
    """`good` leads; `near` is not distinguishable from it, `far` is; `lucky` has one high seed only."""
    results = new_results()
    wobble = [0.0, 0.01, -0.01, 0.02, -0.02]
    for seed, w in enumerate(wobble):
        for way in (5, 20):
            results.add(0.90 + w, seed=seed, method="good", way=way)
            results.add(0.895 + w + 0.02 * (-1) ** seed, seed=seed, method="near", way=way)
            results.add(0.80 + w + 0.001 * seed, seed=seed, method="far", way=way)
            results.add(0.70 + w, seed=seed, method="prototypes", way=way)
    results.add(0.99, seed=0, method="lucky", way=5)
    return results.store


@pytest.mark.parametrize(
    ("form", "best", "tied"),
    [
        ("table", "90.00 ± 1.96 *", "89.90 ± 1.42 ~"),
        ("markdown", "**90.00 ± 1.96**", "*89.90 ± 1.42*"),
        ("latex", r"\textbf{90.00 $\pm$ 1.96}", r"\textit{89.90 $\pm$ 1.42}"),
    ],
)
def test_best_and_those_not_distinguishable_are_marked(five_seeds, form, best, tied):
    text = shown(form, five_seeds)
    assert text.count(best) == text.count(tied) == 4  # in two settings, in the overview and in the details
    for lower in ("80.20", "70.00", "99.00"):
        (sample, *_) = [line for line in text.splitlines() if lower in line]
        entry = sample[sample.index(lower) - 8 :].split("|")[0].split("&")[0]
        assert not re.search(r"[*~]|text(bf|it)", entry.replace("~", "") if form == "latex" else entry)
    assert "not distinguishable from it" in " ".join(text.split())


def test_standing_is_in_the_csv(five_seeds):
    frame = pd.read_csv(io.StringIO(shown("csv", five_seeds))).set_index(["label", "way"])
    assert frame.standing.loc[["good", "near", "far", "lucky"], 5].to_list() == [
        "best",
        "not distinguishable",
        "lower",
        "not tested",
    ]


def test_differences_to_a_reference(five_seeds):
    text = shown("markdown", five_seeds)
    (good, _), (far, _) = (cells_of(text, method, "Differences from controls") for method in ("good", "far"))
    # far - prototypes: 10.0 to 10.4 by seed, mean 10.2, s = 0.158, t(0.975, 4) = 2.776: 0.20; t = 144, p < 1e-7
    assert far == ["+10.20 ± 0.20", r"\<0.001"]
    assert good[1] == r"\<0.001" and good[0].startswith("+20.00")
    # The same seed alone cannot be tested, and is marked as what it is.
    assert cells_of(text, "lucky", "Differences from controls")[0] == ["+29.00", "–"]
    chosen = FORMATS["markdown"](read_results(five_seeds, ["near", "far"]))
    assert "| Δ vs near " in chosen and "| Δ vs far " in chosen and "Δ vs prototypes" not in chosen


def test_differences_are_corrected_over_the_table(five_seeds):
    (analysis,) = read_results(five_seeds, ["prototypes", "near"]).analyses
    found = {
        name: comparison.paired.p
        for name, comparison in analysis.comparisons.items()
        if comparison.paired.p is not None
    }
    # 3 methods x 2 settings against each, less `near` against `prototypes`, which is one test however it is turned
    distinct = len({(way, frozenset((label, reference))) for (way, _, label), reference in found})
    assert distinct == 10
    smallest = min(found, key=found.get)
    assert analysis.comparisons[smallest].adjusted_p == pytest.approx(found[smallest] * distinct)


def test_ranks_over_settings_leave_incomplete_methods_out(five_seeds):
    text = shown("markdown", five_seeds)
    assert cells_of(text, "good", "Ranks over all settings")[0][:2] == ["1.00", "90.00"]
    assert cells_of(text, "prototypes", "Ranks over all settings")[0][0] == "4.00"
    assert cells_of(text, "lucky", "Ranks over all settings") == []
    assert "over 2 settings" in text and "Friedman's test gives p" in text


def test_ranks_of_a_single_seed_have_no_interval(results):
    for shot in (1, 5):
        for number, method in enumerate("ab"):
            results.add(0.9 - number / 10, shot=shot, method=method)
    assert cells_of(shown("markdown", results.store), "a", "Ranks over all settings")[0] == ["1.00", "90.00", "–"]


def test_ranks_over_data_sets(results):
    for dataset in ("omniglot", "glyphs"):
        for number, method in enumerate(["a", "b", "c"]):
            results.add(0.9 - number / 10, dataset=dataset, method=method)
    results.add(0.99, dataset="glyphs", method="d")
    text = shown("markdown", results.store)
    last = text.split("## fewshot: all data sets, profile cpu")[1]
    assert "glyphs, omniglot; every setting" in last and "over 2 settings, for methods that finished in all" in last
    assert [re.split(r" *\| *", line)[1:3] for line in last.splitlines() if re.match(r"\| [abcd] ", line)] == [
        ["a", "1.00"],
        ["b", "2.00"],
        ["c", "3.00"],
    ]


def test_reference_that_is_nowhere(five_seeds):
    with pytest.raises(UserError, match="Did you mean 'prototypes'"):
        read_results(five_seeds, ["prototype"])


def test_reference_with_variants_is_the_one_with_most_cells(results):
    for seed in range(3):
        results.add(0.9, seed=seed, hyperparameters={"steps": 10})
        results.add(0.8, seed=seed, method="regression", hyperparameters={"steps": 10})
    results.add(0.7, seed=0, method="regression", hyperparameters={"steps": 20})
    (analysis,) = read_results(results.store).analyses
    assert analysis.references == ("regression (steps=10)",)


def test_differences_are_to_the_same_variant_even_where_another_one_scores_higher(results):
    usual = dict.fromkeys("abcd", 0)  # where so many differ, the usual variant is called by the method's name alone
    for changed, accuracy in ({}, 0.9), ({"a": 1}, 0.2), ({"b": 1}, 0.8), ({"c": 1}, 0.7), ({"d": 1}, 0.95):
        for method in ("lt-di", "lv-di"):
            results.add(accuracy, method=method, hyperparameters={**usual, **changed})
    results.add(0.99, method="ridge", hyperparameters={})
    methods = ["lv-di", "lv-di (a=1)", "lv-di (d=1)"]
    sheet = lay_out_differences(read_results(results.store).rows, methods, ["lt-di", "ridge"])
    lines = {line[1][0].text: (line[2][0].text, line[4][0].text) for line in sheet.tables[0].blocks[0].rows}
    assert lines == {
        "lv-di": ("0.00", "−9.00"),
        "lv-di (a=1)": ("0.00", "−79.00"),
        "lv-di (d=1)": ("0.00", "−4.00"),
    }
