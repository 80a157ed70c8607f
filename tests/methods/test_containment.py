"""Code of others neither ends the program that calls it, nor moves it, nor speaks for it."""

import argparse
import asyncio
import os
import sys
from pathlib import Path

import pytest

from methods.containment import EndedProgram, contained


class Odd(BaseException):
    """Nothing that `except Exception` catches."""


@pytest.mark.parametrize(
    "error", [SystemExit(0), SystemExit("bye"), Odd("x"), GeneratorExit(), asyncio.CancelledError()]
)
def test_what_would_end_the_program_is_an_error(error):
    with pytest.raises(EndedProgram, match=rf"it tried to end the program \({type(error).__name__}"), contained("x"):
        raise error


@pytest.mark.parametrize("error", [ValueError("x"), OSError("x"), KeyboardInterrupt()])
def test_errors_and_the_users_interruption_pass(error):
    with pytest.raises(type(error)) as raised, contained("x"):
        raise error
    assert raised.value is error


def test_current_folder_is_restored(tmp_path):
    before = Path.cwd()
    with contained("x"):
        os.chdir(tmp_path)
    with pytest.raises(ValueError, match="late"), contained("x"):
        os.chdir(tmp_path)
        raise ValueError("late")
    assert Path.cwd() == before


def test_current_folder_that_is_gone_is_no_matter(tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with contained("x"):
        os.chdir(tmp_path)


def test_prints_go_to_standard_error(capsys):
    with contained("x"):
        print("theirs")
    print("ours")
    assert tuple(capsys.readouterr()) == ("ours\n", "theirs\n")


def test_an_argument_parser_reads_no_option_of_the_user(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["ltdi-bench", "run", "--lr=7"])
    parser = argparse.ArgumentParser
    with contained("mine.py"):
        optional = parser()
        optional.add_argument("--lr", default=1)
        assert optional.parse_args().lr == 1
    with pytest.raises(EndedProgram), contained("mine.py"):
        required = parser()
        required.add_argument("data")
        required.parse_args()
    assert "usage: mine.py " in capsys.readouterr().err
    assert sys.argv == ["ltdi-bench", "run", "--lr=7"]
