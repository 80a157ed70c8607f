"""What a run shows of itself."""

import io
import re
import time

import pytest
from rich.console import Console

from benchmark.running import display
from benchmark.running.display import LogLines, Terminal


def work(shown):
    shown.begin(0, "first cell")
    shown.phase(0, "meta-training", 0, 10)
    shown.phase(0, "meta-training", 5, 10)
    shown.phase(0, "evaluation", 1, 2)


def test_a_log_has_a_line_where_a_phase_begins_or_ends(capsys):
    shown = LogLines(2, lambda: None)
    with shown.shown():
        work(shown)
        shown.end(0, failed=False)
        shown.end(1, failed=True)  # never began
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = [re.sub(r"^\d\d:\d\d:\d\d ", "", line) for line in captured.err.splitlines()]
    assert lines == [
        "first cell: meta-training begins",
        "first cell: meta-training ends after 0 s",
        "first cell: evaluation begins",
        "first cell: evaluation ends after 0 s",
    ]
    assert (shown.finished, shown.failed) == (1, 1)


def test_a_log_has_a_line_when_nothing_begins_or_ends_for_long(capsys, monkeypatch):
    monkeypatch.setattr(display, "SILENCE", 0.05)
    shown = LogLines(3, lambda: 90.0)
    with shown.shown():
        work(shown)
        time.sleep(0.5)
    counts = "0 of 3 cells done, 1 running, 0 failed, about 0:01:30 left; first cell: evaluation 1/2"
    assert counts in capsys.readouterr().err


@pytest.mark.parametrize(("left", "text"), [(None, "0 failed\n"), (3600.4, "0 failed, about 1:00:00 left\n")])
def test_a_terminal_has_counts_and_a_line_for_each_worker(left, text):
    shown = Terminal(3, lambda: left)
    work(shown)
    shown.begin(1, "second cell")
    console = Console(file=io.StringIO(), width=100)
    console.print(shown._table())
    written = console.file.getvalue()
    assert f"0 of 3 cells done, 2 running, {text}" in re.sub(r" +\n", "\n", written)
    assert "first cell: evaluation 1/2" in written and "second cell: starting" in written
