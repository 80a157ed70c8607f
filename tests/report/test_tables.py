"""What the formats show, and that text in records stays text."""

import io
import json
import re
import subprocess
import sys

import pandas as pd
import pytest
from rich.console import Console

from benchmark.report.results import read_results
from benchmark.report.rows import flat_record, measured_cells
from benchmark.report.tables import FORMATS
from benchmark.store.records import RecordStore
from methods.errors import UserError
from tests.report.shown import READABLE, cells_of, lines_of, shown


@pytest.fixture(scope="module")
def store(new_results):
    """Two settings with finished, failed and missing cells, two variants and a transductive method."""
    results = new_results()
    for seed, accuracy in enumerate([0.90, 0.92, 0.94]):
        key = results.add(accuracy, seed=seed, hyperparameters={"steps": 100})
        results.add_latency(key, 3.14159, 123.456)
        results.add(accuracy - 0.1, seed=seed, hyperparameters={"steps": 1600})
        results.add(accuracy, seed=seed, method="reptile", transductive=True)
    results.add(0.5, seed=0, method="ridge")
    results.add(seed=1, method="ridge", reason="the matrix is singular")
    results.add(0.6, seed=0, way=20, method="vae")
    return results.store


@pytest.mark.parametrize("form", READABLE)
def test_readable_formats_show_everything(store, form):
    text = shown(form, store).replace(r"\%", "%").replace("$\\pm$", "±").replace("--", "–")
    for part in (
        "fewshot",
        "omniglot",
        "800-400-423",
        "cpu",
        "0123456789ab",
        "AMD EPYC",
        "2 test episodes",
        "15 queries",
    ):
        assert part in " ".join(text.split())
    assert "5-way 1-shot" in text and "20-way 1-shot" in text
    assert "92.00 ± 4.97" in text and "82.00 ± 4.97" in text
    assert "(steps=100)" in text and "(steps=1600)" in text
    assert "97.12" in text  # the paper's number
    assert "95.39" in text and "97.68" in text  # published ones
    assert "3.14" in text and "123" in text
    for note in (
        "The method is transductive: an answer",
        "Nichol et al. 2018; transductive",
        "Seed 1 failed: the matrix is singular",
        "Seed 2 is missing.",
        "A single seed has no interval.",
        "The paper calls it llo-vae.",
        "It was measured on AMD EPYC (cpu, 2 threads, bfloat16).",
    ):
        assert note in " ".join(text.split())


def test_marks_lead_to_their_notes(store):
    text = shown("markdown", store)
    ridge = next(line for line in lines_of(text, "ridge") if "50.00" in line)
    marks = re.search(r"50\.00<sup>(.*?)</sup>", ridge)[1].split(",")
    notes = [next(line for line in text.splitlines() if line.startswith(f"- <sup>{mark}</sup>")) for mark in marks]
    assert [note.split("</sup> ")[1] for note in notes] == [
        "A single seed has no interval.",
        "Seed 1 failed: the matrix is singular",
        "Seed 2 is missing.",
    ]


def test_failed_and_missing_cells(results):
    results.add(method="ridge", reason="the matrix is singular")
    results.add(0.6, way=20, method="vae")
    text = shown("markdown", results.store)
    failed, missing_ridge = cells_of(text, "ridge", "Accuracy")
    missing_vae, _ = cells_of(text, "vae", "Accuracy")
    assert failed[:2] == ["failed<sup>a</sup>", "0/1"]
    assert missing_ridge == ["–"] * 6
    assert missing_vae[:3] == ["–"] * 3
    assert cells_of(text, "ridge", "Overview") == [["failed<sup>a</sup>", "–"]]
    assert cells_of(text, "vae", "Overview") == [["–", "**60.00**"]]
    assert "- <sup>a</sup> Seed 0 failed: the matrix is singular" in text


def test_measured_less_published(results):
    results.add(0.95, method="reptile")
    text = shown("markdown", results.store)
    ((accuracy, _, _, paper, gap, published),) = cells_of(text, "reptile", "Accuracy")
    assert (accuracy, paper, gap) == ("**95.00**", "95.39", "−0.39")
    assert published.startswith("95.39 (−0.39)<sup>") and ", 97.68 (−2.68)<sup>" in published


def test_long_latex_tables_come_in_parts_that_fit_a_page(results):
    for way in range(2, 8):
        for number in range(15):
            results.add(0.5 + number / 100, way=way, method=f"method-{number:02d}")
    source = shown("latex", results.store)
    parts = re.findall(r"begin\{tabular\}.*?end\{tabular\}", source, flags=re.DOTALL)
    assert max(part.count("method-") for part in parts) <= 40
    accuracies = [part for part in parts if "published" in part]
    assert sum(part.count("method-14") for part in accuracies) == 6 and len(accuracies) == 3


@pytest.mark.parametrize("width", [40, 80, 120])
def test_table_fits_and_keeps_its_numbers(store, width):
    text = shown("table", store, console=Console(file=io.StringIO(), width=width))
    assert max(map(len, text.splitlines())) <= max(width, 80)
    assert text.count("92.00 ± 4.97") == 4  # two methods, in the overview and in the table of accuracies
    assert "\x1b" not in text and "…" not in text


def test_wide_overview_is_broken_into_parts_that_lose_nothing(results):
    for seed in range(3):
        for number, (way, shot) in enumerate([(5, 1), (5, 5), (20, 1), (20, 5), (40, 1), (40, 5)]):
            key = results.add(
                0.9 + seed / 100 - number / 20, seed=seed, way=way, shot=shot, method="a-long-name-indeed"
            )
            results.add_latency(key, 5.0, 0.25)
    text = shown("table", results.store, console=Console(file=io.StringIO(), width=80))
    overview = text[: text.index("Accuracy\n")]
    assert max(map(len, text.splitlines())) <= 80 and "…" not in text
    for number in range(6):
        assert f"{91 - 5 * number}.00 ± 2.48 *" in overview
    assert "0.250" in overview and overview.count("a-long-name-i") > 1


def test_csv_has_the_same_numbers(store):
    frame = pd.read_csv(io.StringIO(shown("csv", store))).set_index(["label", "way"])
    row = frame.loc[("lt-di (steps=100)", 5)]
    assert row.accuracy_percent == pytest.approx(92.0)
    assert row.interval_95_percent == pytest.approx(4.302653 * 2 / 3**0.5, rel=1e-6)
    assert (row.seeds, row.adapt_ms_per_task, row.ms_per_sample) == (3, 3.14159, 123.456)
    assert (row.paper_percent, row.paper_deviation_percent) == (97.12, 0.23)
    assert json.loads(row.hyperparameters) == {"steps": 100}
    ridge = frame.loc[("ridge", 5)]
    assert (ridge.seeds, ridge.seeds_failed, ridge.seeds_missing) == (1, 1, 1)
    assert ridge.reasons == "the matrix is singular"
    assert pd.isna(ridge.interval_95_percent)
    assert frame.loc[("ridge", 20)].status == "missing"
    assert frame.loc[("reptile", 5)].published_percent == (
        "95.39 (Nichol et al. 2018); 97.68 (Nichol et al. 2018; transductive)"
    )


def test_csv_and_json_load_back_to_the_same_numbers(store):
    lines = json.loads(shown("summary-json", store))
    frame = pd.read_csv(io.StringIO(shown("csv", store)))
    direct = pd.read_json(io.StringIO(shown("summary-json", store)), precise_float=True)
    for column in ("accuracy_percent", "interval_95_percent", "ms_per_sample", "delta_vs_paper_percent", "seeds"):
        exact = pd.Series([line[column] for line in lines], dtype=float, name=column)
        pd.testing.assert_series_equal(frame[column].astype(float), exact, rtol=1e-15)
        pd.testing.assert_series_equal(direct[column].astype(float), exact, rtol=1e-15)
    assert lines[0]["hyperparameters"] == json.loads(frame.hyperparameters[0])
    means = [row.accuracy for row in read_results(store).rows]
    assert [line["accuracy_percent"] for line in lines] == means


def test_records_lists_every_record_with_all_fields(store):
    records = [flat_record(cell) for cell in measured_cells(store)]
    assert json.loads(shown("json", store)) == records
    assert len(records) == 12


def test_latex_is_balanced(store):
    source = shown("latex", store)
    for environment in ("table", "tabular", "minipage"):  # overview, accuracy, cost, diagnostics
        assert source.count(rf"\begin{{{environment}}}") == source.count(rf"\end{{{environment}}}") == 4
    assert len(re.findall(r"(?<!\\)\{", source)) == len(re.findall(r"(?<!\\)\}", source))
    assert source.isascii()


@pytest.mark.parametrize("form", FORMATS)
def test_command_writes_every_format(ltdi_bench, store, form):
    done = ltdi_bench("report", "--results", store.root, "--format", form)
    assert done.code == 0
    assert "lt-di" in done.out
    assert "\x1b" not in done.out


def test_command_shows_what_needs_no_support_images(ltdi_bench, results):
    results.add(0.4, shot=0, method="semantic-ridge")
    results.add(0.9, shot=1)
    done = ltdi_bench("report", "--results", results.store.root, "--shots=0", "--format=csv")
    assert done.code == 0 and "semantic-ridge" in done.out and "lt-di" not in done.out


def test_command_takes_references(ltdi_bench, store):
    done = ltdi_bench("report", "--results", store.root, "--format=markdown", "--reference=reptile")
    assert "| Δ vs reptile " in done.out


@pytest.mark.parametrize("exists", [False, True])
def test_no_results_is_a_clear_error(tmp_path, exists):
    folder = tmp_path / "nothing"
    if exists:
        folder.mkdir()
    with pytest.raises(UserError) as raised:
        read_results(RecordStore(folder))
    assert str(folder) in str(raised.value) and "ltdi-bench run fewshot" in str(raised.value)


def test_report_needs_no_torch(store):
    code = (
        "import sys; from benchmark.cli.report import command; "
        "heavy = {'pandas', 'scipy'} & set(sys.modules); "
        f"command(['--results', {str(store.root)!r}], standalone_mode=False); "
        "sys.exit(f'imported early: {heavy}' if heavy else 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_suites_that_compare_more_methods_come_first(results):
    for suite, methods in (("ablation", ("lt-di",)), ("fewshot", ("lt-di", "lv-di"))):
        for method in methods:
            results.add(0.9, suite=suite, method=method)
    assert [row.sheet["suite"] for row in read_results(results.store).rows] == ["fewshot", "fewshot", "ablation"]
