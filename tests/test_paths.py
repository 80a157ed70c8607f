"""Where things lie, and how files and folders appear whole or not at all."""

import os
from pathlib import Path

import platformdirs
import pytest

from benchmark.paths import cache_folder, data_folder, new_folder, write_whole
from methods.errors import UserError


def crash(*_arguments, **_options):
    raise KeyboardInterrupt


def test_cache_is_the_folder_of_the_environment_or_the_users(cache, monkeypatch):
    assert cache_folder() == cache
    monkeypatch.delenv("LTDI_BENCH_CACHE")
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda name: f"/users/{name}")
    assert cache_folder() == Path("/users/ltdi-bench")


def test_data_are_in_the_option_then_the_environment_then_the_users_folder(monkeypatch, tmp_path):
    assert data_folder() == Path(platformdirs.user_data_dir("ltdi-bench"))
    named, given = tmp_path / "named", tmp_path / "given"
    named.mkdir()
    given.mkdir()
    monkeypatch.setenv("LTDI_BENCH_DATA", str(named))
    assert data_folder() == named
    assert data_folder(given) == given
    monkeypatch.setenv("LTDI_BENCH_DATA", "")
    assert data_folder() == Path(platformdirs.user_data_dir("ltdi-bench"))


def test_data_folder_that_was_named_must_exist(monkeypatch, tmp_path):
    missing = tmp_path / "missing"
    with pytest.raises(UserError, match=r"missing' \(--data\) does not exist"):
        data_folder(missing)
    monkeypatch.setenv("LTDI_BENCH_DATA", str(missing))
    with pytest.raises(UserError, match=r"missing' \(LTDI_BENCH_DATA\) does not exist"):
        data_folder()


def test_file_is_written_and_replaced(tmp_path):
    file = tmp_path / "deep" / "file.json"
    write_whole(file, b"old")
    write_whole(file, b"new")
    assert file.read_bytes() == b"new"
    assert list(file.parent.iterdir()) == [file]
    assert file.stat().st_mode & 0o777 == 0o644


def test_file_stays_as_it_was_when_the_writer_dies(monkeypatch, tmp_path):
    file = tmp_path / "file.json"
    write_whole(file, b"old")
    monkeypatch.setattr(os, "replace", crash)
    with pytest.raises(KeyboardInterrupt):
        write_whole(file, b"new")
    assert file.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [file]


def test_folder_appears_when_it_is_filled(tmp_path):
    target = tmp_path / "deep" / "folder"
    with new_folder(target) as staging:
        (staging / "file").write_text("content")
        assert not target.exists()
    assert (target / "file").read_text() == "content"
    assert list(target.parent.iterdir()) == [target]


def test_nothing_of_a_folder_stays_when_its_maker_fails(tmp_path):
    with pytest.raises(KeyboardInterrupt), new_folder(tmp_path / "folder") as staging:
        (staging / "file").write_text("content")
        crash()
    assert list(tmp_path.iterdir()) == []


def test_first_of_two_makers_of_a_folder_wins(tmp_path):
    target = tmp_path / "folder"
    with new_folder(target) as slow:
        (slow / "file").write_text("second")
        with new_folder(target) as fast:
            (fast / "file").write_text("first")
    assert (target / "file").read_text() == "first"
    assert list(tmp_path.iterdir()) == [target]


def test_folder_that_cannot_be_moved_is_an_error(monkeypatch, tmp_path):
    def refuse(*_arguments, **_options):
        raise PermissionError("no")

    monkeypatch.setattr(os, "rename", refuse)
    with pytest.raises(PermissionError), new_folder(tmp_path / "folder"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_new_folder_can_be_read_by_those_who_read_any_other_one(tmp_path):
    """Caches are shared: by the users of a machine, by the nodes of a cluster."""
    (tmp_path / "usual").mkdir()
    with new_folder(tmp_path / "folder"):
        pass
    assert (tmp_path / "folder").stat().st_mode == (tmp_path / "usual").stat().st_mode
