"""The summary for a terminal, or for a pipe, where it is 80 columns wide and without colours."""

from __future__ import annotations

from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmark.report.escaping import plain
from benchmark.report.sheets import COLUMNS, Entry, Sheet


def render(sheets: Iterable[Sheet], console: Console) -> str:
    """One table per sheet with its notes, as wide as the console but at least 80 columns."""
    console.width = max(console.width, 80)  # below that columns vanish, which is worse than broken lines
    with console.capture() as capture:
        for number, sheet in enumerate(sheets):
            if number:
                console.print()
            # Only Text objects: strings would be searched for markup.
            console.print(Text(plain(sheet.title), style="bold"))
            console.print(Text(plain(sheet.caption), style="dim"))
            console.print()
            console.print(_table(sheet))
            console.print()
            console.print(_notes(sheet))
    return capture.get()


def _table(sheet: Sheet) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for column, side in COLUMNS.items():
        heading = column.replace(", ", "\n").replace(" ", "\n").replace("/s", "/\ns")
        if column == "method":
            table.add_column(heading, min_width=13, overflow="fold")
        elif column == "published, %":
            table.add_column(heading, max_width=9)  # one number per line: names need the place
        else:
            table.add_column(heading, justify=side, no_wrap=True)
    for block in sheet.blocks:
        table.add_section()
        table.add_row(Text(block.heading, style="bold"))
        for row in block.rows:
            table.add_row(*map(_text, row))
    return table


def _text(entry: Entry) -> Text:
    pieces = (plain(piece.text) + (f"[{','.join(piece.marks)}]" if piece.marks else "") for piece in entry)
    return Text(", ".join(pieces))


def _notes(sheet: Sheet) -> Table:
    grid = Table.grid(padding=(0, 1, 0, 0))
    for note in sheet.notes.general:
        grid.add_row("", Text(plain(note)))
    for note, mark in sheet.notes.marked.items():
        grid.add_row(Text(f"[{mark}]"), Text(plain(note)))
    return grid
