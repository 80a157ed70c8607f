"""Errors that a user can fix: one clear line each, shown without a traceback."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class UserError(Exception):
    """Bad input. The message is one line: what was wrong, what is allowed, what to do next."""


def unknown(kind: str, name: str, allowed: Iterable[str]) -> UserError:
    """The error for a name that does not exist, with what was probably meant."""
    names = sorted(allowed)
    close = [known for known in names if name and known.startswith(name.lower())]
    close += difflib.get_close_matches(name.lower(), names, n=1, cutoff=0.6)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    return UserError(f"Unknown {kind} {name!r}.{hint} Allowed: {', '.join(names) or 'none, as there is none here'}.")
