"""The code that made a record: its commit where it is a checkout, and a hash of the sources in any case."""

from __future__ import annotations

import hashlib
import os
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("benchmark", "methods")
SHOWING = ("benchmark/cli", "benchmark/report")  # packages that show results and make none
WAIT = 10.0  # seconds for git


@cache
def code() -> dict[str, str | bool | None]:
    """The identity of the installed sources, for provenance.

    sources: a hash of all that can change a result; commit: of the checkout that they lie in, else None; clean:
    whether they are as in that commit, else None.
    """
    return {"sources": sources(ROOT), **_checkout(ROOT)}


def sources(root: Path) -> str:
    """A hash of the names and lines of the packages' files, but for those that only show results.

    Ends of lines are left out: a checkout may have Windows' own.
    """
    digest = hashlib.sha256()
    for package in PACKAGES:
        for file in sorted((root / package).rglob("*.py"), key=lambda path: path.relative_to(root).as_posix()):
            name = file.relative_to(root).as_posix()
            if not name.startswith(tuple(f"{folder}/" for folder in SHOWING)):
                digest.update(f"{name}\0".encode())
                digest.update(b"\n".join(file.read_bytes().splitlines()))
    return digest.hexdigest()[:12]


def _checkout(root: Path) -> dict[str, str | bool | None]:
    """The commit, and whether the packages are as it has them; None where git cannot tell."""
    if not (root / ".git").exists():  # a checkout of something else may lie above an installation
        return {"commit": None, "clean": None}
    try:
        commit = _git(root, "rev-parse", "HEAD")
        changed = _git(root, "status", "--porcelain", "--", *PACKAGES)
    except (OSError, subprocess.SubprocessError):
        return {"commit": None, "clean": None}
    return {"commit": commit, "clean": not changed}


def _git(root: Path, *arguments: str) -> str:
    # The user's variables may name another repository, as git's own hooks have them.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-c", "core.fsmonitor=false", "--no-optional-locks", "-C", str(root), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=WAIT, env=environment)
    return done.stdout.strip()
