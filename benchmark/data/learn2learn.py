"""Downloads by learn2learn, which is there where its extra is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmark.data.pickles import check_md5, file_md5
from methods import registry
from methods.errors import UserError


def fetch(url: str, target: Path, md5: str | None = None) -> None:
    """Download a file to `target`, unless it is there; UserError where learn2learn is not.

    Only its downloader is used: learn2learn's data sets would unpickle what they get. It takes a server's error page
    for the file, so that `md5`, the published checksum where it is known, is compared. UserError if it differs.
    """
    if target.exists():
        if md5 is not None:
            check_md5(target, md5)
        return
    download = module("learn2learn.data.utils").download_file
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    try:
        download(url, str(partial))
        if md5 is not None and (found := file_md5(partial)) != md5:
            raise UserError(f"What {url} gave is not the published file (MD5 {found}, not {md5}); try again later.")
        partial.rename(target)
    finally:
        partial.unlink(missing_ok=True)


def module(name: str) -> Any:
    """A module of learn2learn; UserError where it cannot be imported."""
    import importlib

    try:
        return importlib.import_module(name)
    except Exception as error:
        raise UserError(
            f"This download needs learn2learn, which cannot be imported here ({type(error).__name__}: {error}); "
            f"install it with: {registry.load('maml').requires['learn2learn']}"
        ) from error
