"""The summary for a terminal, or for a pipe, where it is 80 columns wide and without colours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from benchmark.report.comparisons import BEST, TIED
from benchmark.report.escaping import plain
from benchmark.report.sheets import Column, Entry, Piece, Sheet, Table

WIDEST = {"method": 13, "published, %": 18}  # columns whose longer entries are broken over lines
# rich draws what an encoding lacks with frames instead, which take the room of columns.
PLAIN_HEAD = box.Box("    \n    \n -- \n    \n    \n    \n    \n    \n", ascii=True)
SIGNS = {BEST: " *", TIED: " ~"}  # also where there is no bold, as in a pipe


def render(sheets: Iterable[Sheet], console: Console) -> str:
    """The tables of every sheet with its notes, as wide as the console but at least 80 columns."""
    console.width = max(console.width, 80)  # below that columns vanish, which is worse than broken lines
    unicode = console.encoding.startswith("utf")
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
                for part in _parts(table, console.width):
                    console.print(_table(part, box.SIMPLE_HEAD if unicode else PLAIN_HEAD))
            console.print()
            console.print(_notes(sheet))
    return capture.get()


def _parts(table: Table, width: int) -> Iterator[Table]:
    """The table, or parts of its columns that fit the width, each with the first one: rich would let columns vanish."""
    columns = list(zip(*(row for block in table.blocks for row in block.rows), strict=True))
    widths = [
        min(
            WIDEST.get(column.name, 1000),
            max(len(word) for word in [*_heading(column).split("\n"), *map(_shown, cells)]),
        )
        for column, cells in zip(table.columns, columns, strict=True)
    ]
    chosen = [0]
    for number in range(1, len(widths)):
        if len(chosen) > 1 and sum(widths[i] + 1 for i in [*chosen, number]) > width + 1:
            yield _columns_of(table, chosen)
            chosen = [0]
        chosen.append(number)
    yield _columns_of(table, chosen)


def _columns_of(table: Table, chosen: list[int]) -> Table:
    blocks = [replace(block, rows=[tuple(row[i] for i in chosen) for row in block.rows]) for block in table.blocks]
    return replace(table, columns=[table.columns[i] for i in chosen], blocks=blocks)


def _heading(column: Column) -> str:
    return plain(column.name).replace(", ", "\n").replace(" ", "\n").replace("/s", "/\ns")


def _table(table: Table, frame: box.Box) -> RichTable:
    made = RichTable(box=frame, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))
    for column in table.columns:
        heading = _heading(column)
        if column.name == "method":
            made.add_column(Text(heading), min_width=WIDEST["method"], overflow="fold")
        elif column.name in WIDEST:
            made.add_column(Text(heading), max_width=WIDEST[column.name])
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
        text.append(", " if number else "")
        text.append(_piece(piece), style="bold" if piece.standing == BEST else None)
    return text


def _shown(entry: Entry) -> str:
    return ", ".join(map(_piece, entry))


def _piece(piece: Piece) -> str:
    marks = f"[{','.join(piece.marks)}]" if piece.marks else ""
    return plain(piece.text) + SIGNS.get(piece.standing, "") + marks


def _notes(sheet: Sheet) -> RichTable:
    grid = RichTable.grid(padding=(0, 1, 0, 0))
    for note in sheet.general_notes(best=SIGNS[BEST].strip(), tied=SIGNS[TIED].strip()):
        grid.add_row("", Text(plain(note)))
    for note, mark in sheet.notes.marked.items():
        grid.add_row(Text(f"[{mark}]"), Text(plain(note)))
    return grid
