"""Output in the encoding of the terminal or the pipe: what that cannot hold is replaced, and nothing fails for it."""

from __future__ import annotations

import codecs
import sys
import unicodedata

# One character for one, so that the columns of tables stay in line.
LOOKALIKES = {
    "-": "\u2010\u2011\u2012\u2013\u2014\u2212\u2500\u2501",  # hyphens, dashes, minus, horizontal lines
    "|": "\u2502\u2503",
    "x": "\u00d7",
    ".": "\u2026\u00b7",
    '"': "\u201c\u201d\u201e",
    "'": "\u2018\u2019",
    "D": "\u0394",  # a difference
}
REPLACING = "ltdi-bench-replacing"  # the name of the error handler


def replace_unknown_characters() -> None:
    """Let standard output and error replace what their encoding lacks: "−" by "-", "é" by "e", "文" by "?"."""
    codecs.register_error(REPLACING, _replaced)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)  # a stream that was put there instead may not have it
        if reconfigure:
            reconfigure(errors=REPLACING)


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_lookalike, error.object[error.start : error.end])), error.end


def _lookalike(character: str) -> str:
    """A printable ASCII character that looks like this one: a letter without its accents, for one; else "?"."""
    for known, others in LOOKALIKES.items():
        if character in others:
            return known
    letter = unicodedata.normalize("NFD", character)[0]
    return letter if letter.isascii() and letter.isprintable() else "?"
