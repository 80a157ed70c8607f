"""The summary as Markdown, to be read as it is too, and as LaTeX with booktabs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from benchmark.report.comparisons import BEST, TIED
from benchmark.report.escaping import latex, markdown
from benchmark.report.sheets import Block, Column, Entry, Sheet, Table

LATEX_ROWS = 32  # what a page holds beside caption and notes


def render_markdown(sheets: Iterable[Sheet]) -> str:
    """A section per sheet, a table per way and shot, the notes as a list."""
    return "\n\n".join(_markdown_sheet(sheet) for sheet in sheets) + "\n"


def render_latex(sheets: Iterable[Sheet]) -> str:
    """A table environment per table, to be included in a document that loads booktabs and graphicx.

    Tables that are wider than a line are shrunk to it.
    """
    tables = [_latex_table(sheet, part) for sheet in sheets for table in sheet.tables for part in _pages(table)]
    return "\n\n".join(["% needs \\usepackage{booktabs,graphicx}", *tables]) + "\n"


def markdown_tables(sheet: Sheet, level: int = 3) -> str:
    """The tables of a sheet with headings of this level, without title and notes."""
    parts = []
    for table in sheet.tables:
        if len(sheet.tables) > 1:
            parts.append(f"{'#' * level} {markdown(table.heading)}")
        for block in table.blocks:
            if block.heading:
                parts.append(f"{'#' * (level + 1)} {markdown(block.heading)}")
            parts.append(_markdown_table(table.columns, block.rows))
    return "\n\n".join(parts)


def markdown_notes(sheet: Sheet) -> str:
    """The notes below a sheet's tables."""
    notes = [f"- {markdown(note)}" for note in sheet.general_notes(best="Bold", tied="italic")]
    notes += [f"- <sup>{mark}</sup> {markdown(note)}" for note, mark in sheet.notes.marked.items()]
    return "\n".join(notes)


def _markdown_sheet(sheet: Sheet) -> str:
    return "\n\n".join(
        [f"## {markdown(sheet.title)}", markdown(sheet.caption), markdown_tables(sheet), markdown_notes(sheet)]
    )


def _markdown_table(columns: list[Column], rows: list[tuple[Entry, ...]]) -> str:
    """A table whose columns line up in the source too."""
    texts = [[_entry(entry, _MARKDOWN) for entry in row] for row in rows]
    header = [markdown(column.name) for column in columns]
    aligned = []
    for column, cells in zip(columns, zip(header, *texts, strict=True), strict=True):
        right, width = column.side == "right", max(3, *map(len, cells))
        rule = "-" * (width - 1) + ":" if right else "-" * width
        head, *body = [cell.rjust(width) if right else cell.ljust(width) for cell in cells]
        aligned.append([head, rule, *body])
    return "\n".join(f"| {' | '.join(line)} |" for line in zip(*aligned, strict=True))


def _pages(table: Table) -> Iterator[Table]:
    """The table in parts that fit a page: a float cannot break."""
    part: list[Block] = []
    for block in table.blocks:
        if part and sum(len(shown.rows) for shown in [*part, block]) > LATEX_ROWS:
            yield replace(table, blocks=part)
            part = []
        part.append(block)
    yield replace(table, blocks=part)


def _latex_table(sheet: Sheet, table: Table) -> str:
    lines = [
        r"\begin{table}",
        r"\centering\small\setlength{\tabcolsep}{4pt}",
        rf"\caption{{{latex(sheet.title)}. {latex(table.heading)}. {latex(sheet.caption)}}}",
        r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%",
        rf"\begin{{tabular}}{{{''.join(column.side[0] for column in table.columns)}}}",
        r"\toprule",
        " & ".join(latex(column.name) for column in table.columns) + r" \\",
    ]
    for block in table.blocks:
        lines.append(r"\midrule")
        if block.heading:
            lines.append(rf"\multicolumn{{{len(table.columns)}}}{{l}}{{\textbf{{{latex(block.heading)}}}}} \\")
        lines += [" & ".join(_entry(entry, _LATEX) for entry in row) + r" \\" for row in block.rows]
    called_for = {mark for block in table.blocks for row in block.rows for e in row for p in e for mark in p.marks}
    lines += [r"\bottomrule", r"\end{tabular}}", r"\par\medskip", r"\begin{minipage}{\linewidth}\footnotesize"]
    lines += [rf"{latex(note)}\par" for note in sheet.general_notes(best="Bold", tied="italic", table=table)]
    lines += [
        rf"\textsuperscript{{{mark}}} {latex(note)}\par"
        for note, mark in sheet.notes.marked.items()
        if mark in called_for
    ]
    return "\n".join([*lines, r"\end{minipage}", r"\end{table}"])


@dataclass(frozen=True)
class _Format:
    """The notation of a markup language for the parts of an entry."""

    escape: Callable[[str], str]
    marks: str
    standing: dict[str | None, str]


_MARKDOWN = _Format(markdown, "<sup>{}</sup>", {None: "{}", BEST: "**{}**", TIED: "*{}*"})
_LATEX = _Format(latex, r"\textsuperscript{{{}}}", {None: "{}", BEST: r"\textbf{{{}}}", TIED: r"\textit{{{}}}"})


def _entry(entry: Entry, form: _Format) -> str:
    pieces = (
        form.standing[piece.standing].format(form.escape(piece.text))
        + (form.marks.format(",".join(piece.marks)) if piece.marks else "")
        for piece in entry
    )
    return ", ".join(pieces)
