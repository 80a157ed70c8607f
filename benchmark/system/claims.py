"""Claims: which of several processes makes a thing that they all need. A claim ends with the process that holds it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmark.system.paths import umask
from methods.containment import Passing


class Busy(Passing):
    """Another process makes `path`, and the caller did not want to wait for it.

    This is no `Exception`: no method may take it for an error of its own.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(str(path))
        self.path = path


@contextmanager
def claim(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold the claim to `path` within the block; `path` itself need not exist.

    Args:
        path: what is made; the claim is a hidden file beside it, which is gone when nobody holds the claim.
        wait: whether to wait for another process that holds the claim.

    Raises:
        Busy: another process holds the claim, and `wait` is False.
    """
    from filelock import FileLock, Timeout  # takes a while to import, and most commands claim nothing

    lock = FileLock(_claim_file(path), mode=0o666 & ~umask(), thread_local=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        lock.acquire(timeout=-1 if wait else 0)
    except Timeout:
        raise Busy(path) from None
    try:
        yield
    finally:
        Path(lock.lock_file).unlink(missing_ok=True)  # while we hold it: whoever opened it before sees that it is gone
        lock.release()


def claimed(path: Path) -> bool:
    """Whether a process holds the claim to `path`."""
    if not _claim_file(path).exists():
        return False
    try:
        with claim(path, wait=False):
            return False
    except Busy:
        return True


def _claim_file(path: Path) -> Path:
    return path.with_name(f".{path.name}.claim")
