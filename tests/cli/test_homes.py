"""`~` is the user's home wherever a path can be named."""

import click
import pytest

from benchmark.cli import cli
from benchmark.data import catalogue
from benchmark.system.paths import cache_folder, data_folder, expanded
from methods.errors import UserError

RUN = ["run", "fewshot", "--datasets=dots", "--methods=ridge", "--ways=5", "--shots=1", "--seeds=1", "--dry-run"]


@pytest.fixture
def home(monkeypatch, tmp_path):
    """The user's home, which is not the current folder; nothing may be made in that one."""
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.chdir(here)
    yield home
    assert list(here.iterdir()) == []


@pytest.fixture
def data(home, dots):
    (home / "data").mkdir()
    (home / "data" / "dots.txt").write_text("first")
    return home / "data"


@pytest.mark.parametrize("variable", ["LTDI_BENCH_CACHE", "LTDI_BENCH_DATA"])
def test_environment(home, data, monkeypatch, variable):
    monkeypatch.setenv(variable, "~/data")
    assert (cache_folder if variable.endswith("CACHE") else data_folder)() == data


def test_relative_cache_stays_where_it_is(monkeypatch, tmp_path):
    """When a method's code changes the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LTDI_BENCH_CACHE", "kept")
    assert cache_folder() == tmp_path / "kept"


def test_data(ltdi_bench, data):
    assert f"data folder: {data}\n" in ltdi_bench("data", "list", "--data=~/data").out
    assert ltdi_bench(*RUN, "--data=~/data").code == 0
    assert catalogue.locate("dots", data).folder.exists()


def commands(group=cli):
    """All commands, those of groups too."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield from commands(command) if isinstance(command, click.Group) else [command]


def test_every_option_that_names_a_place_knows_homes(home):
    types = [parameter.type for command in commands() for parameter in command.params]
    places = [kind for kind in types if isinstance(kind, click.Path)]
    assert len(places) > 10
    assert all(kind.convert("~/x", None, None) == home / "x" for kind in places)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["report", "--results=~/x"], "x"),
        (["merge", "~/x", "--results=~/x"], "x"),
        (["plot", "ranks", "--results=~/x", "--out=~/ranks.svg"], "x"),
        ([*RUN, "--methods=ridge,~/x.py"], "x.py"),
        (["check", "~/x.py"], "x.py"),
        (["data", "list", "--data=~/x"], "x"),
    ],
)
def test_errors_name_the_place_in_full(ltdi_bench, home, dots, arguments, named):
    done = ltdi_bench(*arguments)
    assert done.code == 2
    assert repr(str(home / named)) in done.err


@pytest.mark.parametrize("path", ["~nobody-of-that-name", "~nobody-of-that-name/x"])
def test_home_of_nobody(ltdi_bench, home, path):
    with pytest.raises(UserError, match=r"begins with '~nobody-of-that-name', which is nobody's home folder here"):
        expanded(path)
    done = ltdi_bench("report", f"--results={path}")
    assert (done.code, done.err.count("\n")) == (2, 1)
