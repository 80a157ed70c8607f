"""Where things lie on disk, and how a file gets there whole or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from methods.errors import UserError


def cache_folder() -> Path:
    """Banks, bodies, features and trajectories: all can be deleted, and are made again."""
    chosen = os.environ.get("LTDI_BENCH_CACHE")
    return Path(chosen) if chosen else Path(platformdirs.user_cache_dir("ltdi-bench"))


def data_folder(option: Path | None = None) -> Path:
    """Where data sets are looked for: `--data`, then LTDI_BENCH_DATA, then the user's data folder.

    Raises UserError when a folder was named that does not exist.
    """
    chosen = option or (Path(os.environ["LTDI_BENCH_DATA"]) if os.environ.get("LTDI_BENCH_DATA") else None)
    if chosen is None:
        return Path(platformdirs.user_data_dir("ltdi-bench"))
    if not chosen.is_dir():
        source = "--data" if option else "LTDI_BENCH_DATA"
        raise UserError(
            f"The data folder {str(chosen)!r} ({source}) does not exist; name a folder that holds data sets."
        )
    return chosen


def _umask() -> int:
    """What new files and folders get by default: tempfile's are for the owner alone, and caches may be shared."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A folder to fill, which becomes `target` when the block ends well; else nothing of it stays.

    Two processes that make the same folder do no harm: the first to finish wins.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    staging.chmod(0o777 & ~_umask())
    try:
        yield staging
        if not target.exists():
            try:
                staging.rename(target)
            except OSError:
                if not target.exists():
                    raise
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def write_whole(target: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, also when the process is killed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    staging = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        staging.chmod(0o666 & ~_umask())
        staging.replace(target)
    finally:
        staging.unlink(missing_ok=True)
