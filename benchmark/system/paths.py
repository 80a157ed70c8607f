"""Folders of the program, and files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import platform
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import platformdirs

from methods.errors import UserError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # the disk is, or what we may have of it
_MACHINE = re.sub(r"[^\w-]", "-", platform.node()) or "unnamed"


def cache_folder() -> Path:
    """Banks, bodies, features and trajectories: all can be deleted, and are made again."""
    chosen = os.environ.get("LTDI_BENCH_CACHE")
    # A method's code may change the current folder.
    return expanded(chosen).absolute() if chosen else Path(platformdirs.user_cache_dir("ltdi-bench"))


def expanded(path: str | Path) -> Path:
    """A path in which `~` and `~NAME` stand for a home folder; UserError where nobody has such a home.

    Shells do that for a bare `~/x`, but not for `--results=~/x`, for a quoted one, or in a list.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        home = Path(path).parts[0]
        raise UserError(
            f"{str(path)!r} begins with {home!r}, which is nobody's home folder here; write the path in full, or "
            f"'./{path}' for a folder of that name."
        ) from error


def data_folder(option: Path | None = None) -> Path:
    """The folder of data sets: `--data`, then LTDI_BENCH_DATA, then the user's data folder.

    Raises UserError when a folder was named that does not exist.
    """
    named = option or os.environ.get("LTDI_BENCH_DATA")
    if not named:
        return Path(platformdirs.user_data_dir("ltdi-bench"))
    chosen = expanded(named)
    if not chosen.is_dir():
        source = "--data" if option else "LTDI_BENCH_DATA"
        raise UserError(
            f"The data folder {str(chosen)!r} ({source}) does not exist; name a folder that holds data sets."
        )
    return chosen


def file_name(text: str) -> str:
    """A name as a part of file names: what systems or shells might take for more than text becomes a dash."""
    return re.sub(r"[^\w.-]+", "-", text)


def umask() -> int:
    """The default mode of new files and folders: tempfile's are for the owner alone, and caches may be shared."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A folder to fill, which becomes `target` when the block ends well; else nothing of it stays.

    Two processes that make the same folder do no harm: the first to finish wins.
    """
    with _staging(target, tempfile.mkdtemp) as staging:
        staging.chmod(0o777 & ~umask())
        yield staging
        if not target.exists():
            try:
                staging.rename(target)
            except OSError:
                if not target.exists():
                    raise


def write_whole(target: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, also when the process is killed.

    Through a link, what it leads to; what is no file, such as a terminal or a pipe, is written to as it is.
    """
    if target.exists() and not target.is_file():
        target.write_bytes(content)
        return
    if target.is_symlink():
        target = Path(os.path.realpath(target))
    with _staging(target, _new_file) as staging:
        with staging.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        staging.chmod(0o666 & ~umask())
        staging.replace(target)


def remove_whole(target: Path) -> None:
    """Remove a file or folder at once: no half of it is ever taken for it. That takes no room on the disk."""
    doomed = target.with_name(f".{target.name}.{_MACHINE}.staging")  # if we are killed, it is tidied up like one
    with suppress(FileNotFoundError):  # another process came before us
        target.rename(doomed)
    _remove(doomed)


def left_behind(folder: Path) -> list[Path]:
    """Half-made entries of a folder that killed processes of this machine left."""
    abandoned = []
    for left in folder.glob(f".*.{_MACHINE}.staging"):
        lock = _lock(left)
        if lock is not None:
            abandoned.append(left)
            os.close(lock)
    return abandoned


@contextmanager
def _staging(target: Path, make: Callable[..., str]) -> Iterator[Path]:
    """Something new and hidden beside `target`, gone when the block ends.

    A process that is killed leaves it there; whoever next makes something in the same place removes it. It is locked
    for as long as its maker lives. The name of the machine is part of its own, since a lock on a shared file
    system may not be seen by other machines.
    """
    folder, suffix = target.parent, f".{_MACHINE}.staging"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:  # what mkdir calls a file in the folder's place
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(target)) from error
    for left in folder.glob(f".*{suffix}"):
        lock = _lock(left)
        if lock is not None:
            _remove(left)
            os.close(lock)
    while True:
        try:
            staging = Path(make(prefix=f".{target.name}-", suffix=suffix, dir=folder))
        except OSError as error:  # about what was asked for, not about a hidden name that nobody knows
            raise OSError(error.errno, error.strerror, str(target)) from error
        lock = _lock(staging, wait=True)
        if staging.exists():
            break
        if lock is not None:  # another process came before us and removed it
            os.close(lock)
    try:
        yield staging
    except OSError as error:
        if error.errno in FULL and error.filename is None:  # as where writing fails, and not opening
            error.filename = str(target)
        raise
    finally:
        _remove(staging)
        if lock is not None:
            os.close(lock)


def _lock(path: Path, *, wait: bool = False) -> int | None:
    """A descriptor that keeps a file or folder locked until it is closed or its process ends.

    None where it is gone, where another process has the lock and we do not wait for it, and where the system or the
    file system has no locks: there, what was left behind stays.
    """
    if fcntl is None:
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _new_file(**where) -> str:
    handle, name = tempfile.mkstemp(**where)
    os.close(handle)
    return name


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
