"""A method's file is anyone's code: whatever it raises or changes, commands end as they say and lose nothing."""

import json
import os
import re
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from methods import extensions, registry
from tests.running.conftest import only

METHOD = '''
"""A method of somebody."""
import argparse, os, sys
from methods.interface import Method, Progress
from methods.support import class_means, cosine_logits

AT_IMPORT

class Theirs(Method):
    def fit(self, context):
        IN_FIT
        yield Progress(1, 1, 0.0)

    def adapt(self, task):
        return class_means(task, task.support.x)

    def predict(self, state, query):
        return cosine_logits(state, query.x)
'''
ENDINGS = {
    "exit": "sys.exit(0)",
    "exit with a text": "sys.exit('bye')",
    "quit": "quit()",
    "arguments": "argparse.ArgumentParser().parse_args(['--help'])",
    "missing arguments": "p = argparse.ArgumentParser(); p.add_argument('data'); p.parse_args()",
    "base exception": "raise BaseException('odd')",
    "generator's exit": "raise GeneratorExit",
}
COMMANDS = {
    "check": ["check", "FILE"],
    "run": ["run", "fewshot", *only(["prototypes"]), "--methods=prototypes,FILE"],
    "dry run": ["run", "fewshot", *only(["prototypes"]), "--methods=prototypes,FILE", "--dry-run"],
}


@pytest.fixture
def write(tmp_path):
    """write(at_import, in_fit): the path of a method's file that does this."""

    def make(at_import="", in_fit=""):
        file = tmp_path / "theirs.py"
        file.write_text(METHOD.replace("AT_IMPORT", at_import).replace("IN_FIT", in_fit))
        return file

    return make


def call(ltdi_bench, command, file, folder):
    arguments = [part.replace("FILE", str(file)) for part in COMMANDS[command]]
    return ltdi_bench(*arguments, *(["--results", folder / "results"] if command != "check" else []))


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("ending", ENDINGS)
def test_file_that_ends_the_program_at_import(ltdi_bench, write, tmp_path, command, ending):
    file = write(at_import=ENDINGS[ending])
    done = call(ltdi_bench, command, file, tmp_path)
    assert (done.code, done.out) == (2, "")
    *theirs, error = done.err.splitlines()
    kind = "method, data set or body" if command == "check" else "method"
    assert error.startswith(f"Error: The {kind} file {str(file)!r} cannot be imported: it tried to end the program")
    assert "__main__" in error
    assert not any("ltdi-bench" in line for line in theirs), "their usage text must not look like ours"
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize("ending", ENDINGS)
def test_other_cells_go_on_where_a_method_ends_the_program_while_it_trains(ltdi_bench, write, warmed, tmp_path, ending):
    done = call(ltdi_bench, "run", write(in_fit=ENDINGS[ending]), tmp_path)
    assert done.code == 1
    assert "2 finished, 2 latencies measured, 2 failed" in done.out
    records = [json.loads(file.read_text()) for file in (tmp_path / "results/fewshot").iterdir()]
    failed = {record["reason"] for record in records if record["key"]["method"] == "theirs"}
    assert len(failed) == 1
    assert "it tried to end the program" in failed.pop()


@pytest.mark.parametrize("ending", ["exit", "base exception"])
def test_check_says_where_a_method_ends_the_program(ltdi_bench, write, tmp_path, ending):
    done = call(ltdi_bench, "check", write(in_fit=ENDINGS[ending]), tmp_path)
    assert done.code == 1
    assert re.search(r"FAIL  goes through every check +EndedProgram: it tried to end the program", done.out)
    assert "(theirs.py, line" in done.out


@pytest.mark.parametrize("place", ["at_import", "in_fit"])
def test_interruption_is_the_users(ltdi_bench, write, warmed, tmp_path, place):
    done = call(ltdi_bench, "run", write(**{place: "raise KeyboardInterrupt"}), tmp_path)
    assert done.code == 130
    assert done.err.splitlines()[-1] == "Error: interrupted; run the same command again to continue."
    assert "Traceback" not in done.err


@pytest.mark.parametrize("place", ["at_import", "in_fit"])
def test_file_that_changes_the_folder_and_prints(ltdi_bench, write, warmed, tmp_path, monkeypatch, place):
    """Relative paths mean what they meant, and what a command prints is its own."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(tmp_path)
    file = write(**{place: f"print('hello'); os.chdir({str(elsewhere)!r})"})
    done = call(ltdi_bench, "run", file, Path())
    assert done.code == 0
    assert "hello" not in done.out
    assert "hello" in done.err
    assert len(list((tmp_path / "results/fewshot").iterdir())) == 4
    assert list(elsewhere.iterdir()) == []
    assert Path(os.getcwd()) == tmp_path  # noqa: PTH109


class Point(EntryPoint):
    """An entry point whose module ends the program."""

    def load(self):
        raise SystemExit(0)


def test_installed_method_that_ends_the_program(ltdi_bench, monkeypatch):
    points = [Point("theirs", "theirs:Theirs", registry.METHODS.group)]
    for module in (registry, extensions):
        monkeypatch.setattr(module, "entry_points", lambda group: points if group == registry.METHODS.group else [])
    done = ltdi_bench("check", "theirs")
    assert done.code == 2
    assert done.err == (
        "Error: The method 'theirs' (theirs:Theirs) cannot be imported: EndedProgram: it tried to end the program "
        "(SystemExit: 0); fix or uninstall its package.\n"
    )
    listed = ltdi_bench("list", "methods")
    assert listed.code == 0
    assert "it tried to end the program" in " ".join(listed.out.split())


@pytest.mark.parametrize("says", ["needs = None", "version = object()", "requires = 3", "PROFILES = None"])
def test_method_that_says_nonsense_of_itself(ltdi_bench, write, tmp_path, says):
    file = write()
    file.write_text(file.read_text().replace("def fit", f"{says}\n\n    def fit"))
    done = call(ltdi_bench, "dry run", file, tmp_path)
    assert (done.code, done.err.count("\n")) == (2, 1)
    if says == "PROFILES = None":  # the class checks them when it is made
        assert f"{str(file)!r} cannot be imported" in done.err
    else:
        assert f"What {str(file)!r} says of itself cannot be read" in done.err
