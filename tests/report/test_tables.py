"""What the formats show, and that text in records stays text."""

import io
import itertools
import json
import re
import subprocess
import sys

import pandas as pd
import pytest
from rich.console import Console

from benchmark.report.escaping import latex, markdown, plain
from benchmark.report.notes import ACCURACY, COST, DIAGNOSTICS, DIFFERENCES, OVERVIEW, RANKS
from benchmark.report.results import read_results
from benchmark.report.rows import flat_record, measured_cells
from benchmark.report.sheets import analyses, lay_out, lay_out_differences
from benchmark.report.tables import FORMATS
from benchmark.store.records import RecordStore
from methods.errors import UserError

READABLE = ["table", "markdown", "latex"]
HOSTILE = r"\input{x} [red]a|b[/red] 100% of_it & <b>$y$</b> #1 ~ ^" + "\n\x1b[31m*c*"


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


def shown(form, store, **options):
    return FORMATS[form](read_results(store), **options)


def lines_of(text, method):
    return [line for line in text.splitlines() if method in line]


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
        "transductive: an answer",
        "Nichol et al. 2018; transductive",
        "seed 1 failed: the matrix is singular",
        "seed 2 missing",
        "a single seed: no interval",
        "called llo-vae in the paper",
        "measured on AMD EPYC (cpu, 2 threads, bfloat16)",
    ):
        assert note in " ".join(text.split())


def test_marks_lead_to_their_notes(store):
    text = shown("markdown", store)
    ridge = next(line for line in lines_of(text, "ridge") if "50.00" in line)
    marks = re.search(r"50\.00<sup>(.*?)</sup>", ridge)[1].split(",")
    notes = [next(line for line in text.splitlines() if line.startswith(f"- <sup>{mark}</sup>")) for mark in marks]
    assert [note.split("</sup> ")[1] for note in notes] == [
        "a single seed: no interval",
        "seed 1 failed: the matrix is singular",
        "seed 2 missing",
    ]


def cells_of(text, method, heading):
    """The entries of a method's lines in one table of the Markdown, by the heading of the table."""
    part = text.split(f"### {heading}\n")[1].split("\n### ")[0]
    return [re.split(r" *\| *", line)[2:-1] for line in lines_of(part, f"| {method} ")]


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
    assert "- <sup>a</sup> seed 0 failed: the matrix is singular" in text


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
    (good, _), (far, _) = (cells_of(text, method, "Differences to controls") for method in ("good", "far"))
    # far - prototypes: 10.0 to 10.4 by seed, mean 10.2, s = 0.158, t(0.975, 4) = 2.776: 0.20; t = 144, p < 1e-7
    assert far == ["+10.20 ± 0.20", r"\<0.001"]
    assert good[1] == r"\<0.001" and good[0].startswith("+20.00")
    # The same seed alone cannot be tested, and is marked as what it is.
    assert cells_of(text, "lucky", "Differences to controls")[0] == ["+29.00", "–"]
    chosen = FORMATS["markdown"](read_results(five_seeds, ["near", "far"]))
    assert "| less near " in chosen and "| less far " in chosen and "less prototypes" not in chosen


def test_differences_are_corrected_over_the_table(five_seeds):
    (analysis,) = read_results(five_seeds, ["prototypes", "near"]).analyses
    found = {
        name: comparison.found.p for name, comparison in analysis.comparisons.items() if comparison.found.p is not None
    }
    # 3 methods x 2 settings against each, less `near` against `prototypes`, which is one test however it is turned
    distinct = len({(way, frozenset((label, reference))) for (way, _, label), reference in found})
    assert distinct == 10
    smallest = min(found, key=found.get)
    assert analysis.comparisons[smallest].adjusted_p == pytest.approx(found[smallest] * distinct)


def test_ranks_over_settings_leave_incomplete_methods_out(five_seeds):
    text = shown("markdown", five_seeds)
    assert cells_of(text, "good", "Over all settings")[0][:2] == ["1.00", "90.00"]
    assert cells_of(text, "prototypes", "Over all settings")[0][0] == "4.00"
    assert cells_of(text, "lucky", "Over all settings") == []
    assert "over 2 settings" in text and "Friedman p" in text


def test_ranks_of_a_single_seed_have_no_interval(results):
    for shot in (1, 5):
        for number, method in enumerate("ab"):
            results.add(0.9 - number / 10, shot=shot, method=method)
    assert cells_of(shown("markdown", results.store), "a", "Over all settings")[0] == ["1.00", "90.00", "–"]


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


def test_measured_less_published(results):
    results.add(0.95, method="reptile")
    text = shown("markdown", results.store)
    ((accuracy, _, _, paper, gap, published),) = cells_of(text, "reptile", "Accuracy")
    assert (accuracy, paper, gap) == ("**95.00**", "95.39", "−0.39")
    assert published.startswith("95.39 (−0.39)<sup>") and ", 97.68 (−2.68)<sup>" in published


def test_footnote_on_the_profile(results):
    results.add(0.9, profile="smoke")
    text = shown("markdown", results.store)
    assert "- profile smoke: seconds a cell, to see that everything works" in text


def test_partial_data_are_a_footnote(results):
    per_class = {"train": [400, 400], "test": [150, 600]}
    results.add(0.9, data={"images": 40_000, "published": 60_000, "classes": {}, "images_per_class": per_class})
    results.add(0.9, dataset="*drawn*", data={"images": 1, "published": 2, "images_per_class": {"a": [1, 1]}})
    text = shown("markdown", results.store)
    assert "- data: a part of omniglot (40,000 of 60,000 images); images per class: train 400, test 150 to 600" in text
    assert r"- data: a part of \*drawn\* (1 of 2 images); images per class: a 1" in text


def test_whole_data_need_no_footnote(results):
    results.add(0.9, data={"images": 60_000, "published": 60_000, "classes": {}, "images_per_class": {}})
    assert "- data:" not in shown("markdown", results.store)


def test_long_latex_tables_come_in_parts_that_fit_a_page(results):
    for way in range(2, 8):
        for number in range(15):
            results.add(0.5 + number / 100, way=way, method=f"method-{number:02d}")
    source = shown("latex", results.store)
    parts = re.findall(r"begin\{tabular\}.*?end\{tabular\}", source, flags=re.DOTALL)
    assert max(part.count("method-") for part in parts) <= 40
    accuracies = [part for part in parts if "published" in part]
    assert sum(part.count("method-14") for part in accuracies) == 6 and len(accuracies) == 3


def test_single_seed_everywhere_is_said_once(results):
    results.add(0.9, method="ridge")
    results.add(0.8, method="vae")
    text = shown("markdown", results.store)
    assert "accuracy: percent; a single seed: no interval" in text
    assert "**90.00** " in text and "80.00 " in text and "00 ±" not in text


def test_clocks_that_differ_are_marked(results):
    for number, method in enumerate(["ridge", "vae", "lv-di"]):
        other = {"device": "cuda", "device_name": "NVIDIA H200"} if method == "lv-di" else {}
        results.add_latency(results.add(method=method), 1.5 + number, 2.0, **other)
    text = shown("markdown", results.store)
    assert "measured on AMD EPYC (cpu, 2 threads, bfloat16) unless marked" in text
    ((adapt, *_),) = cells_of(text, "lv-di", "Cost")
    mark = re.fullmatch(r"3\.50<sup>(.)</sup>", adapt)[1]
    assert f"- <sup>{mark}</sup> measured on NVIDIA H200 (cuda, 2 threads, bfloat16)" in text
    assert " 1.50 |" in text and " 2.50 |" in text


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
    for column in ("accuracy_percent", "interval_95_percent", "ms_per_sample", "less_paper_percent", "seeds"):
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


def test_plain_is_one_line_without_control_characters():
    assert plain("a\n b\t\x1b[31mc\u202ed\x00") == "a b [31mcd"


def test_markdown_escapes():
    assert markdown("a|b *c* _d_ <e> [f](g) `h` \\") == r"a\|b \*c\* \_d\_ \<e\> \[f\](g) \`h\` \\"


def test_latex_escapes():
    assert latex(r"\a{b} 1% $x$ a_b #1 & ~^ <|>") == (
        r"\textbackslash{}a\{b\} 1\% \$x\$ a\_b \#1 \& \textasciitilde{}\textasciicircum{} "
        r"\textless{}\textbar{}\textgreater{}"
    )
    assert latex("[a]*") == "{[}a{]}{*}"
    assert latex("1 ± 2 – 3") == r"1 $\pm$ 2 -- 3"
    assert latex("é Š ß σ ≤ ð") == "é Š ß U+03C3 U+2264 U+00F0"


def test_text_of_records_is_no_markup(results):
    hostile_cpu = {"device": "cpu", "name": HOSTILE, "cores": 2}
    results.add(0.9, method="a", hyperparameters={"x": HOSTILE}, hardware=hostile_cpu)
    results.add(0.9, method="a", hyperparameters={"x": "y"})
    results.add(method="[b]*", reason=HOSTILE, split="[bold]|&")

    wide = Console(file=io.StringIO(), width=300, force_terminal=True, color_system=None)
    terminal = shown("table", results.store, console=wide)
    assert "\x1b[31m" not in terminal
    assert plain(HOSTILE) in terminal and "[bold]|&" in terminal

    rows = [line for line in shown("markdown", results.store).splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) - 1 for row in rows} == {7, 5, 3}
    assert "<b>" not in shown("markdown", results.store).replace(r"\<b\>", "")

    source = shown("latex", results.store)
    assert r"\input" not in source and not re.search(r"\\\\\s*[\[*]", source)
    assert r"100\% of\_it \& \textless{}b" in source
    for columns, body in re.findall(r"begin\{tabular\}\{(\w+)\}(.*?)\\end\{tabular\}", source, flags=re.DOTALL):
        rows = [row for row in re.findall(r"^.*\\\\$", body, flags=re.MULTILINE) if "multicolumn" not in row]
        assert rows and all(len(re.findall(r"(?<!\\)&", row)) == len(columns) - 1 for row in rows)


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
    assert "| less reptile " in done.out


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


@pytest.mark.parametrize("form", READABLE)
def test_body_that_others_have_trained_is_marked(results, form):
    def text():
        return " ".join(FORMATS[form](read_results(results.store)).split())

    results.add(0.8)
    note = "body pre-trained by others on ImageNet-1k: it has seen test classes"
    assert note not in text()
    results.add(0.9, body={"version": 1, "architecture": "resnet18-imagenet", "pretrained": "ImageNet-1k"})
    assert note in text()


@pytest.mark.parametrize("form", READABLE)
def test_networks_are_named_where_they_differ(results, form):
    def text():
        return " ".join(FORMATS[form](read_results(results.store)).split())

    results.add(0.8, method="reptile")
    assert "network:" not in text()
    results.add(0.9, body={"version": 1, "architecture": "resnet12"})
    assert "network: resnet12" in text() and "network: conv4" in text()


def test_every_table_marks_what_must_be_known_of_a_method_and_says_what_data_are_a_part(results):
    body = {"version": 1, "architecture": "resnet18-imagenet", "pretrained": "ImageNet-1k"}
    part = {"images": 300, "published": 600, "classes": {"test": 5}, "images_per_class": {"test": [60, 60]}}
    for dataset in ("cifar-fs", "mini-imagenet"):
        for way, seed in itertools.product((5, 20), range(3)):
            results.add_latency(results.add(0.9 + seed / 100, dataset=dataset, way=way, seed=seed, data=part), 1.0, 1.0)
            for accuracy, method in ((0.8, "prototypes"), (0.7, "ridge")):
                own = {"dataset": dataset, "way": way, "seed": seed, "method": method, "body": body, "data": part}
                results.add_latency(results.add(accuracy + seed / 50, **own), 1.0, 1.0)
    rows = read_results(results.store).rows
    shown = lay_out(analyses(rows))
    shown.append(lay_out_differences(rows[:6], ["ridge"], ["prototypes"]))
    tables = [(sheet, table) for sheet in shown for table in sheet.tables]
    assert {table.heading for _, table in tables} == {OVERVIEW, ACCURACY, COST, DIFFERENCES, DIAGNOSTICS, RANKS}
    for sheet, table in tables:
        assert any(note.startswith("data: a part of") for note in sheet.general_notes("", "", table)), table.heading
        place = [column.name for column in table.columns].index("method")
        (mark,) = [mark for note, mark in sheet.notes.marked.items() if note.startswith("body pre-trained by others")]
        for block in table.blocks:
            for line in block.rows:
                ((piece,),) = (line[place],)
                assert (mark in piece.marks) == (not piece.text.startswith("lt-di")), (table.heading, piece)


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


def test_suites_that_compare_more_methods_come_first(results):
    for suite, methods in (("ablation", ("lt-di",)), ("fewshot", ("lt-di", "lv-di"))):
        for method in methods:
            results.add(0.9, suite=suite, method=method)
    assert [row.sheet["suite"] for row in read_results(results.store).rows] == ["fewshot", "fewshot", "ablation"]
