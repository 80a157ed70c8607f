"""Output in encodings that lack what tables hold: every table, with replacements."""

import io
import sys

import pytest

from benchmark.cli import main
from benchmark.cli._output import REPLACING, replace_unknown_characters
from benchmark.store.records import RecordStore
from tests.report.conftest import Results

ENCODINGS = ("cp1252", "gbk", "latin-1", "cp437", "cp932", "koi8-r", "big5", "euc-kr", "cp1251", "iso8859-15", "cp866")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Records with a minus, an en dash (a single seed has no interval), and text of many scripts."""
    made = Results(RecordStore(tmp_path_factory.mktemp("made") / "results"))
    for seed in range(3):
        made.add(0.9 + seed / 100, method="prototypes", seed=seed)
        made.add_latency(made.add(0.8 + seed / 50, method="lt-di", seed=seed), 1.0, 0.1)
    made.add(method="méthode-文字-Ω", hardware={"device": "cpu", "name": "处理器 µ½", "cores": 1, "memory_gib": 1})
    made.add(reason="ValueError: “quoted” → − \ud800", seed=1, method="failing")
    return made.store.root


@pytest.fixture
def printed(monkeypatch):
    """Runs a command with standard output in an encoding, and gives the code and what came out of it."""

    def call(encoding, *arguments):
        raw = io.BytesIO()
        stream = io.TextIOWrapper(raw, encoding=encoding, errors="strict")
        with monkeypatch.context() as patched:
            patched.setattr(sys, "argv", ["ltdi-bench", *map(str, arguments)])
            patched.setattr(sys, "stdout", stream)
            with pytest.raises(SystemExit) as ended:
                main()
            stream.flush()
        return ended.value.code, raw.getvalue()

    return call


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("form", ["table", "markdown", "latex", "csv", "json", "summary-json"])
def test_every_format_in_every_encoding(printed, folder, encoding, form):
    """Character by character the same as in UTF-8, but for what the encoding lacks."""
    arguments = ["report", "--results", folder, "--format", form]
    _, whole = printed("utf-8", *arguments)
    code, content = printed(encoding, *arguments)
    assert code == 0
    wanted, found = whole.decode("utf-8").splitlines(), content.decode(encoding).splitlines()
    assert len(wanted) == len(found) > 3
    for line, shown in zip(wanted, found, strict=True):
        assert len(line) == len(shown)
        for character, instead in zip(line, shown, strict=True):
            known = character.encode(encoding, "ignore").decode(encoding)
            assert instead == known if known and character != "─" else instead.isascii()


def test_a_minus_looks_like_one_and_columns_stay(printed, folder):
    code, content = printed("cp1252", "report", "--results", folder)
    lines = content.decode("cp1252").splitlines()
    assert code == 0
    assert any(line.startswith("lt-di") and "-9.00 ± " in line for line in lines)  # less prototypes
    assert any(set(line.split()[0]) == {"-"} for line in lines if line.strip())  # the line below a heading


@pytest.mark.parametrize("what", ["suites", "datasets", "profiles"])
def test_lists(printed, what):
    code, content = printed("cp437", "list", what)
    assert code == 0 and content


def test_replacements():
    replace_unknown_characters()
    text = "Δ −1 – ±2 × café “Ω” 文 ½ … \ud800"
    assert text.encode("ascii", REPLACING).decode() == 'D -1 - ?2 x cafe "?" ? ? . ?'


def test_bytes_that_are_no_text_stay_an_error():
    """The handler replaces what is written, never what is read."""
    replace_unknown_characters()
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode("utf-8", REPLACING)
