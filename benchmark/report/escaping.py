"""Text of records may come from anyone's method: reports show it as it is and never interpret it as markup."""

from __future__ import annotations

import re
import unicodedata

# Grave, acute, circumflex, tilde, diaeresis, ring, caron, cedilla, macron, breve, dot above, double acute.
_ACCENTS = tuple("\u0300\u0301\u0302\u0303\u0308\u030a\u030c\u0327\u0304\u0306\u0307\u030b")
_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "±": r"$\pm$",
    "Δ": r"$\Delta$",
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


def encodable(value: str) -> str:
    """Text with a question mark for each part of a broken character: data frames on Arrow refuse those."""
    return value.encode("utf-8", "replace").decode("utf-8")


def markdown(text: str) -> str:
    """`plain`, with a backslash before what Markdown or HTML would interpret, also within a table."""
    return re.sub(r"([\\`*_{}\[\]<>|~#&$!])", r"\\\1", plain(text))


def latex(text: str) -> str:
    """`plain`, for the text mode of LaTeX; what its usual fonts lack, such as Greek letters, by code point."""
    return "".join(_LATEX.get(each, each if _in_fonts(each) else f"U+{ord(each):04X}") for each in plain(text))


def _in_fonts(character: str) -> bool:
    """Whether pdflatex sets a character in any of its font encodings: ASCII, and Latin letters with one accent."""
    decomposed = unicodedata.normalize("NFD", character)
    letter, accents = decomposed[0], decomposed[1:]
    accented = character <= "\u017f" and letter.isalpha() and letter.isascii() and accents in _ACCENTS
    return character.isascii() or accented or character in "ßæøœłÆØŒŁ"
