"""Text of records may come from anyone's method: it is shown as it is and never understood as markup."""

from __future__ import annotations

import re

_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "±": r"$\pm$",
    "–": "--",
    "−": "$-$",
    "×": r"$\times$",
    "“": "``",
    "”": "''",
    **{character: f"\\{character}" for character in "{}$&#%_"},
    **{character: f"{{{character}}}" for character in "[]*"},  # at a row's start, the last row's end would take them
}


def plain(text: str) -> str:
    """One line without control characters, which could move a terminal's cursor or reverse what follows."""
    return "".join(character for character in " ".join(text.split()) if character.isprintable())


def markdown(text: str) -> str:
    """`plain`, with a backslash before what Markdown or HTML would interpret, also within a table."""
    return re.sub(r"([\\`*_{}\[\]<>|~#&$!])", r"\\\1", plain(text))


def latex(text: str) -> str:
    """`plain`, for the text mode of LaTeX."""
    return "".join(_LATEX.get(character, character) for character in plain(text))
