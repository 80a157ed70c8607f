"""Where things lie, and how files and folders appear whole or not at all."""

import errno
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import platformdirs
import pytest

from benchmark.system import paths
from benchmark.system.paths import cache_folder, data_folder, new_folder, write_whole
from methods.errors import UserError

ROOT = Path(__file__).parents[2]


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


def test_through_a_link_what_it_leads_to_is_written(tmp_path):
    link, file = tmp_path / "link", tmp_path / "elsewhere" / "file"
    link.symlink_to(file)
    for content in (b"first", b"second"):  # the link leads nowhere, then to a file
        write_whole(link, content)
        assert link.is_symlink()
        assert file.read_bytes() == content


def test_what_is_no_file_is_written_to_and_stays(tmp_path):
    """Such as /dev/stdout."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor() as pool:
        read = pool.submit(pipe.read_bytes)
        write_whole(pipe, b"all of it")
        assert read.result(timeout=30) == b"all of it"
    assert pipe.is_fifo()


def test_a_full_disk_is_named_by_what_was_to_be_written(tmp_path):
    with pytest.raises(OSError, match="No space left") as caught, new_folder(tmp_path / "wanted"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert caught.value.filename == str(tmp_path / "wanted")


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


MAKERS = {
    "folder": "with new_folder(target) as staging:\n    (staging / 'part').write_text('half')\n    wait()",
    "file": "paths.os.fsync = lambda descriptor: wait()\nwrite_whole(target, b'content')",
}


@pytest.fixture(params=MAKERS)
def maker(request, tmp_path):
    """A process that is in the middle of making `tmp_path / "theirs"`."""
    code = f"""
import sys, time
from pathlib import Path
from benchmark.system import paths
from benchmark.system.paths import new_folder, write_whole

def wait():
    print("in the middle", flush=True)
    time.sleep(60)

target = Path(sys.argv[1])
{MAKERS[request.param]}
"""
    command = [sys.executable, "-c", code, str(tmp_path / "theirs")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout.readline() == "in the middle\n"
        yield process
        process.kill()


@pytest.mark.parametrize("ours", ["folder", "file"])
def test_what_a_killed_process_left_is_removed_and_what_a_living_one_makes_is_not(maker, tmp_path, ours):
    def make(name):
        if ours == "file":
            write_whole(tmp_path / name, b"content")
        else:
            with new_folder(tmp_path / name):
                pass

    (unfinished,) = tmp_path.iterdir()
    make("first")
    assert set(tmp_path.iterdir()) == {unfinished, tmp_path / "first"}
    maker.kill()
    maker.wait()
    assert unfinished.exists()
    make("second")
    assert set(tmp_path.iterdir()) == {tmp_path / "first", tmp_path / "second"}


def test_folder_that_is_removed_before_it_is_locked_is_made_anew(monkeypatch, tmp_path):
    made = []

    def make(**where):
        made.append(tempfile.mkdtemp(**where))
        return made[-1]

    def lock(path, *, wait=False):
        if len(made) == 1:
            path.rmdir()
            return None
        return take(path, wait=wait)

    take = paths._lock
    monkeypatch.setattr(paths, "_lock", lock)
    with paths._staging(tmp_path / "folder", make) as staging:
        assert staging.is_dir()
    assert len(made) == 2
    assert list(tmp_path.iterdir()) == []


def test_what_another_machine_makes_stays(tmp_path):
    """Its locks may not be seen here."""
    theirs = tmp_path / ".folder-1234.another-machine.staging"
    theirs.mkdir()
    write_whole(tmp_path / "file", b"content")
    assert theirs.exists()


@pytest.mark.parametrize("refused", [None, OSError("no locks here")])
def test_system_without_locks_makes_and_removes_nothing_of_others(monkeypatch, tmp_path, refused):
    def refuse(*_arguments):
        raise refused

    if refused is None:
        monkeypatch.setattr(paths, "fcntl", None)
    else:
        monkeypatch.setattr(paths.fcntl, "flock", refuse)
    left = tmp_path / f".folder-1234.{paths._MACHINE}.staging"
    left.mkdir()
    write_whole(tmp_path / "file", b"content")
    with new_folder(tmp_path / "folder") as staging:
        (staging / "inner").touch()
    assert set(tmp_path.iterdir()) == {left, tmp_path / "file", tmp_path / "folder"}
    assert (tmp_path / "folder" / "inner").exists()
