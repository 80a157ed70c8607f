"""The summary for a terminal, or for a pipe, where it is 80 columns wide and without colours."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from benchmark.report.comparisons import BEST, TIED
from benchmark.report.escaping import plain
from benchmark.report.sheets import Entry, Sheet, Table

SIGNS = {BEST: " *", TIED: " ~"}  # also where there is no bold, as in a pipe


def render(sheets: Iterable[Sheet], console: Console) -> str:
    """The tables of every sheet with its notes, as wide as the console but at least 80 columns."""
    console.width = max(console.width, 80)  # below that columns vanish, which is worse than broken lines
    with console.capture() as capture:
        for number, sheet in enumerate(sheets):
            if number:
                console.print()
            # Only Text objects: strings would be searched for markup.
            console.print(Text(plain(sheet.title), style="bold"))
            console.print(Text(plain(sheet.caption), style="dim"))
            for table in sheet.tables:
                console.print()
                console.print(Text(plain(table.heading), style="bold italic"))
                console.print(_table(table))
            console.print()
            console.print(_notes(sheet))
    return capture.get()


def _table(table: Table) -> RichTable:
    made = RichTable(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for column in table.columns:
        heading = plain(column.name).replace(", ", "\n").replace(" ", "\n").replace("/s", "/\ns")
        if column.name == "method":
            made.add_column(Text(heading), min_width=13, overflow="fold")
        elif column.name == "published, %":
            made.add_column(Text(heading), max_width=18)  # one number per line: names need the place
        else:
            made.add_column(Text(heading), justify=column.side, no_wrap=True)
    for block in table.blocks:
        made.add_section()
        if block.heading:
            made.add_row(Text(plain(block.heading), style="bold"))
        for row in block.rows:
            made.add_row(*map(_text, row))
    return made


def _text(entry: Entry) -> Text:
    text = Text()
    for number, piece in enumerate(entry):
        marks = f"[{','.join(piece.marks)}]" if piece.marks else ""
        shown = plain(piece.text) + SIGNS.get(piece.standing, "") + marks
        text.append(", " if number else "").append(shown, style="bold" if piece.standing == BEST else None)
    return text


def _notes(sheet: Sheet) -> RichTable:
    grid = RichTable.grid(padding=(0, 1, 0, 0))
    for note in sheet.general_notes(best=SIGNS[BEST].strip(), tied=SIGNS[TIED].strip()):
        grid.add_row("", Text(plain(note)))
    for note, mark in sheet.notes.marked.items():
        grid.add_row(Text(f"[{mark}]"), Text(plain(note)))
    return grid
