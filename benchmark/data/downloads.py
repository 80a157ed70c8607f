"""Downloads of data sets: into a hidden folder, and from there to where they belong once they are complete."""

from __future__ import annotations

import http.client
import shutil
import tarfile
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

from benchmark.data.dataset import DataSet
from methods.errors import UserError

_ERRORS = (OSError, RuntimeError, EOFError, http.client.HTTPException, zipfile.BadZipFile, tarfile.TarError, zlib.error)


def download(dataset: DataSet, root: Path) -> None:
    """Fetch a data set to `root`; UserError where that fails, and the data folder is as it was.

    What was fetched until then stays in a hidden folder, so that the same command goes on from there.
    """
    new = not root.exists()
    staging = root / f".{dataset.name}.download"
    try:
        staging.mkdir(parents=True, exist_ok=True)
        _fill(dataset, staging)
        for path in sorted(staging.iterdir()):
            _move(path, root / path.name)
        shutil.rmtree(staging)
    except NotImplementedError as error:
        raise UserError(f"{dataset.name} cannot be downloaded; {dataset.how_to_get}") from error
    except _ERRORS as error:
        raise UserError(f"{dataset.name} could not be downloaded to {str(root)!r}: {error}") from error
    finally:
        _remove_empty(staging)
        if new:
            with suppress(OSError):
                root.rmdir()


def _fill(dataset: DataSet, staging: Path) -> None:
    """Downloaders take what an earlier time left for all of it: where that is not so, they begin anew."""
    resumed = any(staging.iterdir())
    dataset.download(staging)
    if resumed and not dataset.complete(staging):
        _empty(staging)
        dataset.download(staging)
    lacking = dataset.missing(staging)
    if lacking is not None:
        _empty(staging)
        raise UserError(
            f"What was downloaded of {dataset.name} is incomplete: there is no {lacking.relative_to(staging)} in it; "
            "try again later."
        )


def _empty(folder: Path) -> None:
    shutil.rmtree(folder)
    folder.mkdir()


def _move(path: Path, target: Path) -> None:
    """Move what was fetched into place. Files that are present stay; folders are filled up."""
    if not target.exists():
        path.rename(target)
    elif path.is_dir() and target.is_dir():
        for inner in sorted(path.iterdir()):
            _move(inner, target / inner.name)


def _remove_empty(folder: Path) -> None:
    """A folder in which there is no file."""
    if folder.is_dir() and not any(path.is_file() for path in folder.rglob("*")):
        shutil.rmtree(folder, ignore_errors=True)
