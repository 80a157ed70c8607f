"""Downloads by learn2learn, which is there where its extra is installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from methods.errors import UserError


def fetch(url: str, target: Path) -> None:
    """Download a file to `target`, unless it is there; UserError where learn2learn is not.

    Only its downloader is used: learn2learn's data sets would unpickle what they get.
    """
    if target.exists():
        return
    download = module("learn2learn.data.utils").download_file
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    download(url, str(partial))
    partial.rename(target)


def module(name: str) -> Any:
    """A module of learn2learn; UserError where it cannot be imported."""
    import importlib

    try:
        return importlib.import_module(name)
    except Exception as error:
        raise UserError(
            f"This download needs learn2learn, which cannot be imported here ({type(error).__name__}: {error}); "
            "install it with: pip install 'ltdi-bench[learn2learn]'"
        ) from error
