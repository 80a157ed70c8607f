"""Tables of text with captions and footnotes, before any format."""

from __future__ import annotations

from dataclasses import dataclass

from benchmark.report.notes import Notes


@dataclass(frozen=True)
class Piece:
    """A piece of a table entry with the marks of its footnotes. It may hold any character, as records may."""

    text: str
    marks: tuple[str, ...] = ()
    standing: str | None = None  # BEST or TIED where the format is to show it


Entry = tuple[Piece, ...]  # formats separate the pieces by commas


@dataclass(frozen=True)
class Column:
    """A heading and the alignment of the entries below it."""

    name: str
    side: str = "right"  # or "left"


@dataclass(frozen=True)
class Block:
    """Rows that belong together, such as those of one way and shot."""

    heading: str | None
    rows: list[tuple[Entry, ...]]  # one entry per column


@dataclass(frozen=True)
class Table:
    """One table of a sheet."""

    heading: str
    columns: list[Column]
    blocks: list[Block]


@dataclass(frozen=True)
class Sheet:
    """The tables of one suite, data set, split and profile."""

    title: str
    caption: str
    tables: list[Table]
    notes: Notes

    def general_notes(self, best: str, tied: str, table: Table | None = None) -> list[str]:
        """The notes on whole columns of the sheet, or of one of its tables.

        `best` and `tied` say how the format shows the best entry and those not distinguishable from it.
        """
        headings = {shown.heading for shown in ([table] if table else self.tables)}
        texts = [note.text for note in self.notes.general if not note.tables or headings & set(note.tables)]
        return [text.replace("{best}", best).replace("{tied}", tied) for text in texts]
