"""The summary as Markdown, to be read as it is too, and as LaTeX with booktabs."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from benchmark.report.escaping import latex, markdown
from benchmark.report.sheets import COLUMNS, Entry, Sheet


def render_markdown(sheets: Iterable[Sheet]) -> str:
    """A section per sheet, a table per way and shot, the notes as a list."""
    return "\n\n".join(_markdown_sheet(sheet) for sheet in sheets) + "\n"


def render_latex(sheets: Iterable[Sheet]) -> str:
    """A table environment per sheet, to be included in a document that loads booktabs."""
    return "\n\n".join(["% needs \\usepackage{booktabs}", *map(_latex_sheet, sheets)]) + "\n"


def _markdown_sheet(sheet: Sheet) -> str:
    parts = [f"## {markdown(sheet.title)}", markdown(sheet.caption)]
    for block in sheet.blocks:
        rows = [[_entry(entry, markdown, "<sup>{}</sup>") for entry in row] for row in block.rows]
        parts += [
            f"### {markdown(block.heading)}",
            _markdown_table([markdown(name) for name in COLUMNS], rows),
        ]
    notes = [f"- {markdown(note)}" for note in sheet.notes.general]
    notes += [f"- <sup>{mark}</sup> {markdown(note)}" for note, mark in sheet.notes.marked.items()]
    return "\n\n".join([*parts, "\n".join(notes)])


def _markdown_table(header: list[str], rows: list[list[str]]) -> str:
    """A table whose columns line up in the source too."""
    columns = []
    for side, cells in zip(COLUMNS.values(), zip(header, *rows, strict=True), strict=True):
        width = max(3, *map(len, cells))
        rule = "-" * (width - 1) + ":" if side == "right" else "-" * width
        head, *body = [cell.rjust(width) if side == "right" else cell.ljust(width) for cell in cells]
        columns.append([head, rule, *body])
    return "\n".join(f"| {' | '.join(line)} |" for line in zip(*columns, strict=True))


def _latex_sheet(sheet: Sheet) -> str:
    lines = [
        r"\begin{table}",
        r"\centering",
        rf"\caption{{{latex(sheet.title)}. {latex(sheet.caption)}}}",
        rf"\begin{{tabular}}{{{''.join(side[0] for side in COLUMNS.values())}}}",
        r"\toprule",
        " & ".join(map(latex, COLUMNS)) + r" \\",
    ]
    for block in sheet.blocks:
        lines += [
            r"\midrule",
            rf"\multicolumn{{{len(COLUMNS)}}}{{l}}{{\textbf{{{latex(block.heading)}}}}} \\",
        ]
        lines += [" & ".join(_entry(e, latex, r"\textsuperscript{{{}}}") for e in row) + r" \\" for row in block.rows]
    lines += [r"\bottomrule", r"\end{tabular}", r"\par\medskip", r"\begin{minipage}{\linewidth}\footnotesize"]
    lines += [rf"{latex(note)}\par" for note in sheet.notes.general]
    lines += [rf"\textsuperscript{{{mark}}} {latex(note)}\par" for note, mark in sheet.notes.marked.items()]
    return "\n".join([*lines, r"\end{minipage}", r"\end{table}"])


def _entry(entry: Entry, escape: Callable[[str], str], raised: str) -> str:
    """The pieces of an entry; `raised` is how the format writes the marks of footnotes."""
    pieces = (escape(p.text) + (raised.format(",".join(p.marks)) if p.marks else "") for p in entry)
    return ", ".join(pieces)
