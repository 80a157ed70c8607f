"""Parts of a Markdown file that are made from results: made, kept up to date, checked."""

import re
from pathlib import Path

import pytest

from benchmark.report.plots.catalogue import PLOTS

ROOT = Path(__file__).parent.parent.parent
TEXT = """# Title
<!-- ltdi-bench: overview fewshot -->
old
<!-- ltdi-bench: end -->
between
<!-- ltdi-bench: tradeoff fewshot figures/plot.svg -->
<!-- ltdi-bench: end -->
after
"""


@pytest.fixture
def file(tmp_path):
    (tmp_path / "page.md").write_text(TEXT)
    return tmp_path / "page.md"


@pytest.fixture
def update(ltdi_bench, results, file):
    def call(*options):
        return ltdi_bench("report", "--results", results.store.root, "--update", file, *options)

    return call


@pytest.fixture
def filled(results):
    results.add_latency(results.add(0.9), 10.0, 1.0)
    return results


def test_parts_are_made_and_the_rest_is_kept(update, filled, file):
    assert update().out == f"Renewed in {file}: overview fewshot; tradeoff fewshot figures/plot.svg.\n"
    text = file.read_text()
    assert (
        "\nold\n" not in text
        and text.startswith("# Title\n")
        and text.endswith("-->\nafter\n")
        and "\nbetween\n" in text
    )
    assert "| lt-di  | **90.00**" in text
    assert "(figures/plot.svg)" in text
    assert (file.parent / "figures" / "plot.svg").is_file()
    before = file.read_bytes()
    assert update().out == f"{file} is up to date.\n"
    assert update("--check").code == 0
    assert file.read_bytes() == before


def test_check_finds_what_is_out_of_date_and_writes_nothing(update, filled, file):
    assert update("--check").code == 1 and file.read_text() == TEXT
    update()
    filled.add_latency(filled.add(0.5, method="ridge"), 1.0, 1.0)
    before = file.read_bytes(), (file.parent / "figures" / "plot.svg").read_bytes()
    done = update("--check")
    assert done.code == 1 and "overview fewshot; tradeoff fewshot figures/plot.svg" in done.out
    assert (file.read_bytes(), (file.parent / "figures" / "plot.svg").read_bytes()) == before


def test_plot_that_is_missing_or_edited_is_out_of_date(update, filled, file):
    update()
    plot = file.parent / "figures" / "plot.svg"
    for spoil in (plot.unlink, lambda: plot.write_text("<svg/>")):
        spoil()
        assert "Out of date" in update("--check").out
        update()
        assert update("--check").code == 0


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("<!-- ltdi-bench: differences fewshot lt-di -->\n<!-- ltdi-bench: end -->", "others, separated by commas"),
        ("<!-- ltdi-bench: differences fewshot lt-di lt -->\n<!-- ltdi-bench: end -->", "Did you mean 'lt-di'?"),
        ("<!-- ltdi-bench:  -->\n<!-- ltdi-bench: end -->", "Unknown part of a Markdown file ''"),
        ("nothing", "has no part to fill from results"),
        ("<!-- ltdi-bench: overveiw fewshot -->\n<!-- ltdi-bench: end -->", "Did you mean 'overview'?"),
        ("<!-- ltdi-bench: overview fewshto -->\n<!-- ltdi-bench: end -->", "Did you mean 'fewshot'?"),
        ("<!-- ltdi-bench: overview fewshot/omni -->\n<!-- ltdi-bench: end -->", "Did you mean 'omniglot'?"),
        ("<!-- ltdi-bench: diagnostics fewshot nois -->\n<!-- ltdi-bench: end -->", "Did you mean 'noise'?"),
        ("<!-- ltdi-bench: overview -->\n<!-- ltdi-bench: end -->", "must name a suite"),
        ("<!-- ltdi-bench: tradeoff fewshot a.png -->\n<!-- ltdi-bench: end -->", "must end in .svg"),
        ("<!-- ltdi-bench: overview fewshot -->\n<!-- ltdi-bench: overview fewshot -->", "has no end"),
    ],
)
def test_wrong_parts_are_one_line(update, filled, file, text, part):
    file.write_text(text)
    done = update()
    assert done.code == 2 and part in done.err and done.err.count("\n") == 1
    assert file.read_text() == text


def test_check_needs_a_file(ltdi_bench, filled):
    done = ltdi_bench("report", "--results", filled.store.root, "--check")
    assert done.code == 2 and "name it with --update" in done.err and done.out == ""


@pytest.mark.parametrize("page", ["README.md", "docs/results.md"])
def test_pages_show_what_the_records_say(ltdi_bench, page):
    done = ltdi_bench("report", "--results", ROOT / "results", "--update", ROOT / page, "--check")
    assert (done.code, done.out) == (0, f"{ROOT / page} is up to date.\n")


@pytest.mark.parametrize("plot", [*PLOTS])
def test_every_plot_can_stand_in_a_file(update, results, file, plot):
    """And is out of date as soon as a record changes what it shows; trajectories need a file of their own."""
    for seed in range(2):
        for shot in (1, 5):
            for steps in (10, 20):
                curve = [{"step": 1, "seconds": 1.0, "validation_accuracy": 0.5, "unexplained_variance_anchor_0": 0.5}]
                shown = {"curve": curve, "diagnostics": {"unexplained_variance": 0.5}}
                hyperparameters = {"diffusion_steps": steps, "trajectory_length": 4}
                key = results.add(0.8, seed=seed, shot=shot, hyperparameters=hyperparameters, **shown)
                results.add_latency(key, 1.0, 1.0)
    file.write_text(f"<!-- ltdi-bench: {plot} fewshot p.svg -->\n<!-- ltdi-bench: end -->\n")
    if plot == "trajectories":
        done = update()
        assert done.code == 2 and "No trajectories are kept" in done.err and done.err.count("\n") == 1
        return
    assert update().code == update("--check").code == 0
    assert "](p.svg)" in file.read_text() and (file.parent / "p.svg").is_file()
    for shot in (1, 5):
        curve = [{"step": 1, "seconds": 1.0, "validation_accuracy": 0.6, "unexplained_variance_anchor_0": 0.6}]
        shown = {"curve": curve, "diagnostics": {"unexplained_variance": 0.6}, "seconds": 9.0}
        hyperparameters = {"diffusion_steps": 20, "trajectory_length": 4}
        key = results.add(0.9, seed=2, shot=shot, hyperparameters=hyperparameters, **shown)
    results.add_latency(key, 1.0, 1.0)
    assert update("--check").code == 1


def test_differences_of_one_method_are_a_line_per_setting(update, results, file):
    for seed, error in enumerate((-0.001, 0.0, 0.001)):
        for shot, gain in ((1, 0.02), (5, 0.1)):
            results.add(0.7 + gain + 2 * error, seed=seed, shot=shot)
            results.add(0.7, seed=seed, shot=shot, method="lv-di")
    results.add(0.7, seed=0, shot=1, method="ridge")
    file.write_text("<!-- ltdi-bench: differences fewshot lt-di lv-di,ridge -->\n<!-- ltdi-bench: end -->\n")
    update()
    one, five = (line for line in file.read_text().splitlines() if line.startswith("| 5-way"))
    # differences 1.8, 2.0, 2.2: t(0.975, 2) = 4.303 from tables, 0.2 / sqrt(3) * 4.303 = 0.497; t = 17.3, p = 0.0033
    cells = [cell.strip() for cell in one.split("|")]
    assert cells[1:7] == ["5-way 1-shot", "lt-di", "+2.00 ± 0.50", "0.003", "+1.80<sup>a</sup>", "–"]
    # t = 86.6, p = 0.00013, of two tests the smaller
    cells = [cell.strip() for cell in five.split("|")]
    assert cells[1:7] == ["5-way 5-shot", "lt-di", "+10.00 ± 0.50", "\\<0.001", "–", "–"]
    assert "The comparison covers only seed 0." in file.read_text()


def test_differences_of_several_methods_come_setting_by_setting(update, results, file):
    for shot, method in ((1, "lt-di"), (1, "vae"), (1, "ridge"), (5, "lt-di"), (5, "ridge")):
        results.add(0.7 if method == "ridge" else 0.8, shot=shot, method=method)
    file.write_text("<!-- ltdi-bench: differences fewshot vae,lt-di ridge -->\n<!-- ltdi-bench: end -->\n")
    update()
    lines = [line.split("|")[1:4] for line in file.read_text().splitlines() if line.startswith("| 5-way")]
    assert [[cell.strip() for cell in line] for line in lines] == [
        ["5-way 1-shot", "vae", "+10.00"],
        ["5-way 1-shot", "lt-di", "+10.00"],
        ["5-way 5-shot", "vae", "–"],
        ["5-way 5-shot", "lt-di", "+10.00"],
    ]


def test_variants_of_a_method_are_compared_with_the_same_variants_of_others(update, results, file):
    for steps, gain in ((100, 0.05), (2000, 0.01)):
        for seed, error in enumerate((-0.001, 0.0, 0.001)):
            some = {"seed": seed, "hyperparameters": {"steps": steps}}
            results.add(0.7 + steps / 10_000 + gain + 2 * error, **some)
            results.add(0.7 + steps / 10_000, method="vae", **some)
            results.add(0.65, method="ridge", seed=seed)
    file.write_text("<!-- ltdi-bench: differences fewshot lt-di vae,ridge -->\n<!-- ltdi-bench: end -->\n")
    update()
    lines = [
        [cell.strip() for cell in line.split("|")][1:7]
        for line in file.read_text().splitlines()
        if line.startswith("| 5-way")
    ]
    # From t = 43.3, 8.66, 52.0 and 138.6 with 2 degrees of freedom: p = 0.00053, 0.0131, 0.00037, 0.00005; Holm
    # multiplies them by 2, 1, 3 and 4.
    assert lines == [
        ["5-way 1-shot", "lt-di (steps=100)", "+5.00 ± 0.50", "0.001", "+11.00 ± 0.50", "\\<0.001"],
        ["5-way 1-shot", "lt-di (steps=2000)", "+1.00 ± 0.50", "0.013", "+26.00 ± 0.50", "\\<0.001"],
    ]


def test_pairs_that_are_met_from_both_sides_are_one_test_also_with_variants(update, results, file):
    for steps, gain in ((100, 0.05), (2000, 0.01)):
        for seed, error in enumerate((-0.001, 0.0, 0.001)):
            some = {"seed": seed, "hyperparameters": {"steps": steps}}
            results.add(0.7 + gain + 2 * error, **some)
            results.add(0.7, method="vae", **some)
    file.write_text("<!-- ltdi-bench: differences fewshot lt-di,vae lt-di,vae -->\n<!-- ltdi-bench: end -->\n")
    update()
    lines = [
        [cell.strip() for cell in line.split("|")][2:7]
        for line in file.read_text().splitlines()
        if line.startswith("| 5-way")
    ]
    # p = 0.00053 and 0.0131 as above: two tests, not four.
    assert sorted(lines) == [
        ["lt-di (steps=100)", "–", "–", "+5.00 ± 0.50", "0.001"],
        ["lt-di (steps=2000)", "–", "–", "+1.00 ± 0.50", "0.013"],
        ["vae (steps=100)", "−5.00 ± 0.50", "0.001", "–", "–"],
        ["vae (steps=2000)", "−1.00 ± 0.50", "0.013", "–", "–"],
    ]


def test_diagnostics_are_those_that_are_named(update, results, file):
    for seed in range(3):
        results.add(0.8, seed=seed)
    results.add(reason="it broke", method="vae")
    results.add(reason="it broke", method="vae", dataset="glyphs")
    file.write_text("<!-- ltdi-bench: diagnostics fewshot noise -->\n<!-- ltdi-bench: end -->\n")
    update()
    lines = [[cell.strip() for cell in line.split("|")] for line in file.read_text().splitlines() if "|" in line]
    assert lines[0][1:-1] == ["setting", "method", "noise"]
    assert [line[1:-1] for line in lines[2:]] == [["5-way 1-shot", "lt-di", "0.5 ± 0"]]
    assert "glyphs" not in file.read_text()


def test_diagnostics_where_there_are_none(update, results, file):
    results.add(reason="it broke")
    text = "<!-- ltdi-bench: diagnostics fewshot noise -->\n<!-- ltdi-bench: end -->\n"
    file.write_text(text)
    done = update()
    assert done.code == 2 and done.err.endswith("'noise'. Allowed: none, as there is none here.\n")
    assert file.read_text() == text


def test_what_some_seeds_did_not_measure_is_of_the_others(update, results, file):
    for seed, diagnostics in enumerate([{"old": 3.0}, {"new": 0.5}, {"new": 0.7}, {}]):
        results.add(0.8, seed=seed, diagnostics=diagnostics or {"else": 1.0})
    file.write_text("<!-- ltdi-bench: diagnostics fewshot new,old -->\n<!-- ltdi-bench: end -->\n")
    update()
    text = file.read_text()
    assert "| 0.6 ± 1.3<sup>a</sup> | 3<sup>b</sup> |" in re.sub(r" +", " ", text)
    assert "<sup>a</sup> Only seeds 1, 2 measured it." in text and "<sup>b</sup> Only seed 0 measured it." in text


def test_costs_are_seconds_and_latencies(update, filled, file):
    file.write_text("<!-- ltdi-bench: costs fewshot -->\n<!-- ltdi-bench: end -->\n")
    update()
    assert "| training s |" in file.read_text()
    assert "accuracy" not in file.read_text()


def test_costs_show_what_methods_share_where_records_say_it(update, results, file):
    results.add(method="prototypes", shared_seconds={"packing": 7.0, "body": 120.0, "features": 30.5})
    results.add(method="maml", shared_seconds={"packing": 7.0})
    file.write_text("<!-- ltdi-bench: costs fewshot -->\n<!-- ltdi-bench: end -->\n")
    update()
    rows = [[cell.strip() for cell in line.split("|")] for line in file.read_text().splitlines()]
    cells = {row[1]: row[-4:-1] for row in rows if len(row) > 4}
    assert cells["method"] == ["packing s", "body s", "features s"]
    assert cells["prototypes"] == ["7.0", "120", "30"] and cells["maml"] == ["7.0", "–", "–"]


def test_part_of_one_data_set(update, results, file):
    for dataset in ("omniglot", "mini-imagenet"):
        results.add(0.8, dataset=dataset)
    file.write_text("<!-- ltdi-bench: overview fewshot/mini-imagenet -->\n<!-- ltdi-bench: end -->\n")
    update()
    assert "fewshot: mini-imagenet" in file.read_text()
    assert "fewshot: omniglot" not in file.read_text()


def test_findings_are_sentences(update, results, file):
    for seed in range(3):
        for method, accuracy in (("lt-di", 0.7), ("prototypes", 0.8)):
            results.add(accuracy + seed / 1000, seed=seed, method=method, generates_weights=method == "lt-di")
    file.write_text("<!-- ltdi-bench: findings fewshot -->\n<!-- ltdi-bench: end -->\n")
    update()
    assert "- 5-way 1-shot: prototypes leads with 80.10 %." in file.read_text()
    assert (
        "- all settings: generated weights are above prototypes in 0 of 1 comparisons, below it in 1,"
        in file.read_text()
    )


def test_findings_name_what_is_higher_on_fewer_seeds(update, results, file):
    for seed in range(3):
        results.add(0.8 + seed / 1000, seed=seed, method="prototypes")
    results.add(0.9, method="reptile")
    file.write_text("<!-- ltdi-bench: findings fewshot -->\n<!-- ltdi-bench: end -->\n")
    update()
    assert "prototypes leads with 80.10 %; with fewer seeds, these are higher: reptile 90.00 %." in file.read_text()
