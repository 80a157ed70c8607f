"""What the formats show, and that text in records stays text."""

import io
import json
import re
import subprocess
import sys

import pandas as pd
import pytest
from click.testing import CliRunner
from rich.console import Console

from benchmark.cli.report import command
from benchmark.report.escaping import latex, markdown, plain
from benchmark.report.rows import flat_records
from benchmark.report.tables import FORMATS, as_csv, as_json, as_latex, as_markdown, as_table
from methods.errors import UserError

READABLE = ["table", "markdown", "latex"]
HOSTILE = r"\input{x} [red]a|b[/red] 100% of_it & <b>$y$</b> #1 ~ ^" + "\n\x1b[31m*c*"


@pytest.fixture
def store(results):
    """Two settings with finished, failed and missing cells, two variants and a transductive method."""
    for seed, accuracy in enumerate([0.90, 0.92, 0.94]):
        key = results.add(accuracy, seed=seed, hyperparameters={"steps": 100})
        results.add_latency(key, 3.14159, 123.456)
        results.add(accuracy - 0.1, seed=seed, hyperparameters={"steps": 1600})
        results.add(accuracy, seed=seed, method="reptile", transductive=True)
    results.add(0.5, seed=0, method="ridge")
    results.add(seed=1, method="ridge", reason="the matrix is singular")
    results.add(0.6, seed=0, way=20, method="vae")
    return results.store


def lines_of(text, method):
    return [line for line in text.splitlines() if method in line]


@pytest.mark.parametrize("form", READABLE)
def test_readable_formats_show_everything(store, form):
    text = FORMATS[form](store).replace(r"\%", "%").replace("$\\pm$", "±").replace("--", "–")
    for shown in (
        "fewshot",
        "omniglot",
        "800-400-423",
        "cpu",
        "0123456789ab",
        "AMD EPYC",
        "2 test episodes",
        "15 queries",
    ):
        assert shown in " ".join(text.split())
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
    text = as_markdown(store)
    ridge = next(line for line in lines_of(text, "ridge") if "50.00" in line)
    marks = re.search(r"50\.00<sup>(.*?)</sup>", ridge)[1].split(",")
    notes = [next(line for line in text.splitlines() if line.startswith(f"- <sup>{mark}</sup>")) for mark in marks]
    assert [note.split("</sup> ")[1] for note in notes] == [
        "a single seed: no interval",
        "seed 1 failed: the matrix is singular",
        "seed 2 missing",
    ]


def test_failed_and_missing_cells(results):
    results.add(method="ridge", reason="the matrix is singular")
    results.add(0.6, way=20, method="vae")
    text = as_markdown(results.store)
    failed, missing_ridge = [re.split(r" *\| *", line)[1:-1] for line in lines_of(text, "| ridge")]
    missing_vae, _ = [re.split(r" *\| *", line)[1:-1] for line in lines_of(text, "| vae")]
    assert failed[1:3] == ["failed<sup>a</sup>", "0/1"]
    assert missing_ridge[1:] == ["–"] * 6
    assert missing_vae[1:5] == ["–"] * 4
    assert "- <sup>a</sup> seed 0 failed: the matrix is singular" in text


def test_single_seed_everywhere_is_said_once(results):
    results.add(0.9, method="ridge")
    results.add(0.8, method="vae")
    text = as_markdown(results.store)
    assert "accuracy: a single seed: no interval" in text
    assert "90.00 " in text and "±" not in text


def test_clocks_that_differ_are_marked(results):
    for number, method in enumerate(["ridge", "vae", "lv-di"]):
        other = {"device": "cuda", "device_name": "NVIDIA H200"} if method == "lv-di" else {}
        results.add_latency(results.add(method=method), 1.5 + number, 2.0, **other)
    text = as_markdown(results.store)
    assert "measured on AMD EPYC (cpu, 2 threads, bfloat16) unless marked" in text
    (row,) = lines_of(text, "| lv-di")
    mark = re.search(r"3\.50<sup>(.)</sup>", row)[1]
    assert f"- <sup>{mark}</sup> measured on NVIDIA H200 (cuda, 2 threads, bfloat16)" in text
    assert " 1.50 |" in text and " 2.50 |" in text


@pytest.mark.parametrize("width", [40, 80, 120])
def test_table_fits_and_keeps_its_numbers(store, width):
    text = as_table(store, Console(file=io.StringIO(), width=width))
    assert max(map(len, text.splitlines())) <= max(width, 80)
    assert text.count("92.00 ± 4.97") == 2
    assert "\x1b" not in text and "…" not in text


def test_csv_has_the_same_numbers(store):
    frame = pd.read_csv(io.StringIO(as_csv(store))).set_index(["label", "way"])
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


def test_json_lists_every_record_with_all_fields(store):
    assert json.loads(as_json(store)) == flat_records(store)
    assert len(flat_records(store)) == 12


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


def test_text_of_records_is_no_markup(results):
    hostile_cpu = {"device": "cpu", "name": HOSTILE, "cores": 2}
    results.add(0.9, method="a", hyperparameters={"x": HOSTILE}, hardware=hostile_cpu)
    results.add(0.9, method="a", hyperparameters={"x": "y"})
    results.add(method="[b]*", reason=HOSTILE, split="[bold]|&")

    terminal = as_table(results.store, Console(file=io.StringIO(), width=300, force_terminal=True, color_system=None))
    assert "\x1b[31m" not in terminal
    assert plain(HOSTILE) in terminal and "[bold]|&" in terminal

    rows = [line for line in as_markdown(results.store).splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {8}
    assert "<b>" not in as_markdown(results.store).replace(r"\<b\>", "")

    source = as_latex(results.store)
    assert r"\input" not in source and not re.search(r"\\\\\s*[\[*]", source)
    assert r"100\% of\_it \& \textless{}b" in source
    tabular = re.findall(r"^.*\\\\$", source, flags=re.MULTILINE)
    assert all(len(re.findall(r"(?<!\\)&", row)) == 6 for row in tabular if "multicolumn" not in row)


def test_latex_is_balanced(store):
    source = as_latex(store)
    for environment in ("table", "tabular", "minipage"):
        assert source.count(rf"\begin{{{environment}}}") == source.count(rf"\end{{{environment}}}") == 1
    assert len(re.findall(r"(?<!\\)\{", source)) == len(re.findall(r"(?<!\\)\}", source))
    assert source.isascii()


@pytest.mark.parametrize("form", FORMATS)
def test_command_writes_every_format(store, form):
    result = CliRunner().invoke(command, ["--results", str(store.root), "--format", form])
    assert result.exit_code == 0
    assert "lt-di" in result.output
    assert "\x1b" not in result.output


@pytest.mark.parametrize("exists", [False, True])
def test_no_results_is_a_clear_error(tmp_path, exists):
    folder = tmp_path / "nothing"
    if exists:
        folder.mkdir()
    error = CliRunner().invoke(command, ["--results", str(folder)]).exception
    assert isinstance(error, UserError)
    assert str(folder) in str(error) and "ltdi-bench run fewshot" in str(error)


def test_report_needs_no_torch(store):
    code = (
        "import sys; from benchmark.cli.report import command; "
        "heavy = {'pandas', 'scipy'} & set(sys.modules); "
        f"command(['--results', {str(store.root)!r}], standalone_mode=False); "
        "sys.exit(f'imported early: {heavy}' if heavy else 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
