"""Files from the web, there whole or not at all; what is interrupted goes on where it stopped."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from pathlib import Path

from benchmark.data.pickles import check_md5, file_md5
from benchmark.system.progress import phase
from methods.errors import UserError

CHUNK = 1 << 20
WAIT = 60.0  # seconds without a byte
AGENT = "ltdi-bench"  # some servers refuse Python's own


def fetch(url: str, target: Path, md5: str | None = None) -> None:
    """Download a file to `target`, unless it is there.

    `md5` is the published checksum, where it is known; UserError if it differs. OSError where the server cannot be
    reached, refuses, or stops early.
    """
    if target.exists():
        if md5 is not None:
            check_md5(target, md5)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    try:
        _receive(url, partial)
    except http.client.HTTPException as error:
        raise OSError(f"{url} stopped early ({type(error).__name__})") from error
    if md5 is not None and (checksum := file_md5(partial)) != md5:
        partial.unlink()
        raise UserError(f"What {url} gave is not the published file (MD5 {checksum}, not {md5}); try again later.")
    partial.rename(target)


def _receive(url: str, partial: Path) -> None:
    """All bytes of a file, after those that are there from an earlier time."""
    there = partial.stat().st_size if partial.exists() else 0
    request = urllib.request.Request(url, headers={"User-Agent": AGENT})
    if there:
        request.add_header("Range", f"bytes={there}-")
    try:
        response = urllib.request.urlopen(request, timeout=WAIT)
    except urllib.error.HTTPError as error:
        if there and error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:  # what is there is no beginning of it
            partial.unlink()
            _receive(url, partial)
            return
        raise OSError(f"{url} answers {error.code} {error.reason}") from error
    except urllib.error.URLError as error:
        raise OSError(f"{url} cannot be reached ({error.reason})") from error
    with response:
        goes_on = response.status == http.client.PARTIAL_CONTENT
        there = there if goes_on else 0
        length = response.headers.get("Content-Length")
        total = None if length is None else there + int(length)
        label = f"fetching {partial.name.strip('.').removesuffix('.partial')}"
        with phase(label, total or 0) as progress, partial.open("ab" if goes_on else "wb") as file:
            while chunk := response.read(CHUNK):
                there += file.write(chunk)
                progress.advance(len(chunk))
        if total is not None and there != total:
            raise OSError(f"{url} stopped after {there} of {total} bytes; the same command goes on from there")
