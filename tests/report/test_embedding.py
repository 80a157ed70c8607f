"""Parts of a Markdown file that are made from results: made, kept up to date, checked."""

from pathlib import Path

import pytest

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
        ("nothing", "has no part that is made from results"),
        ("<!-- ltdi-bench: overveiw fewshot -->\n<!-- ltdi-bench: end -->", "Did you mean 'overview'?"),
        ("<!-- ltdi-bench: overview fewshto -->\n<!-- ltdi-bench: end -->", "Did you mean 'fewshot'?"),
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


def test_readme_shows_what_the_records_say(ltdi_bench):
    done = ltdi_bench("report", "--results", ROOT / "results", "--update", ROOT / "README.md", "--check")
    assert (done.code, done.out) == (0, f"{ROOT / 'README.md'} is up to date.\n")
