"""What identifies the code that made a record."""

import subprocess

import pytest

from benchmark.system import code as module
from benchmark.system.code import code, sources


@pytest.fixture
def root(tmp_path):
    """A small checkout."""
    for name in ("benchmark/running/a.py", "benchmark/report/b.py", "benchmark/cli/c.py", "methods/d.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("one = 1\n")
    return tmp_path


def git(root, *arguments):
    subprocess.run(["git", "-C", str(root), *arguments], check=True, capture_output=True)


@pytest.fixture
def committed(root, monkeypatch):
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "first")
    monkeypatch.setattr(module, "ROOT", root)
    code.cache_clear()
    yield root
    code.cache_clear()


@pytest.mark.parametrize("name", ["benchmark/running/a.py", "methods/d.py", "methods/new.py"])
def test_sources_that_can_change_a_result_change_the_hash(root, name):
    before = sources(root)
    (root / name).write_text("two = 2\n")
    assert sources(root) != before
    (root / name).write_text("one = 1\n")
    assert (sources(root) == before) == (name != "methods/new.py")


@pytest.mark.parametrize("name", ["benchmark/report/b.py", "benchmark/cli/new.py", "methods/notes.txt"])
def test_others_do_not(root, name):
    before = sources(root)
    (root / name).write_text("two = 2\n")
    assert sources(root) == before


def test_ends_of_lines_do_not(root):
    before = sources(root)
    (root / "methods/d.py").write_bytes(b"one = 1\r\n")
    assert sources(root) == before


def test_a_file_that_moves_does(root):
    before = sources(root)
    (root / "methods/d.py").rename(root / "methods/e.py")
    assert sources(root) != before


def test_checkout_has_a_commit_and_says_whether_it_is_clean(committed):
    found = code()
    assert len(found["commit"]) == 40
    assert found["clean"] is True
    (committed / "notes.md").write_text("of no account")
    code.cache_clear()
    assert code() == found
    (committed / "methods" / "d.py").write_text("two = 2\n")
    code.cache_clear()
    assert (code()["commit"], code()["clean"]) == (found["commit"], False)
    assert code()["sources"] != found["sources"]


def test_users_git_variables_do_not_lead_elsewhere(committed, monkeypatch, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    git(other, "init", "-q")
    expected = code()
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    code.cache_clear()
    assert code() == expected


@pytest.mark.parametrize("state", ["no checkout", "no git", "no commit"])
def test_installation_has_a_hash_only(committed, monkeypatch, state):
    expected = sources(committed)
    if state == "no checkout":
        (committed / ".git").rename(committed / "kept")
    elif state == "no git":
        monkeypatch.setenv("PATH", "")
    else:
        (committed / ".git" / "HEAD").write_text("ref: refs/heads/none")
    code.cache_clear()
    assert code() == {"sources": expected, "commit": None, "clean": None}
