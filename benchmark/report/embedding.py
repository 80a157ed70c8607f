"""Parts of a Markdown file that are made from the results, between comments that say what belongs there.

<!-- ltdi-bench: overview SUITE -->             the tables of a suite in the paper's layout, with their notes
<!-- ltdi-bench: tradeoff SUITE FIGURE.svg -->  the trade-off plot, written to FIGURE.svg beside the Markdown file
<!-- ltdi-bench: end -->                        after each
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmark.paths import write_whole
from benchmark.report.escaping import markdown
from benchmark.report.markup import markdown_notes, markdown_tables
from benchmark.report.plots import tradeoff
from benchmark.report.plots.style import fingerprint, fingerprint_in, save
from benchmark.report.results import Results
from benchmark.report.sheets import Sheet, lay_out_overview
from methods.errors import UserError, unknown

_BLOCK = re.compile(
    r"(?P<open><!-- ltdi-bench: (?P<what>(?!end -->)[^\n]*?) -->\n)"
    r"(?P<body>.*?)(?P<close><!-- ltdi-bench: (?P<last>[^\n]*?) -->)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Update:
    """A Markdown file as it should be."""

    text: str
    stale: list[str]  # the parts that are not as they should be
    figures: dict[Path, tuple[list[tradeoff.Panel], list]]  # plots to draw anew, with the data they show


def plan_update(file: Path, results: Results) -> Update:
    """What is out of date in a file; UserError where it has no such parts, or one that is not understood."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{str(file)!r} cannot be read as text; name a Markdown file.") from error
    stale: list[str] = []
    figures: dict[Path, tuple[list[tradeoff.Panel], list]] = {}

    def fill(found: re.Match) -> str:
        what = found["what"]
        if found["last"] != "end":
            raise UserError(f"The part {what!r} of {str(file)!r} has no end; write <!-- ltdi-bench: end --> after it.")
        body, figure = _make(what, file, results)
        if figure:
            path, panels = figure
            shown = tradeoff.data(panels)
            if not path.is_file() or fingerprint_in(path.read_bytes()) != fingerprint(shown):
                figures[path] = (panels, shown)
                stale.append(what)
        if found["body"] != body and what not in stale:
            stale.append(what)
        return f"{found['open']}{body}{found['close']}"

    updated = _BLOCK.sub(fill, text)
    if not _BLOCK.search(text):
        raise UserError(
            f"{str(file)!r} has no part that is made from results; "
            "write <!-- ltdi-bench: overview fewshot --> and <!-- ltdi-bench: end --> where it belongs."
        )
    return Update(updated, stale, figures)


def carry_out(update: Update, file: Path) -> None:
    """Write what is out of date."""
    for path, (panels, shown) in update.figures.items():
        save(tradeoff.draw(panels, "latency"), path, shown)
    if update.stale:
        write_whole(file, update.text.encode())


def _make(what: str, file: Path, results: Results) -> tuple[str, tuple[Path, list[tradeoff.Panel]] | None]:
    """The Markdown of a part, and the plot that belongs to it."""
    kind, *words = what.split()
    makers: dict[str, tuple[int, Callable]] = {"overview": (1, _overview), "tradeoff": (2, _tradeoff)}
    if kind not in makers:
        raise unknown("part of a Markdown file", kind, makers)
    count, make = makers[kind]
    if len(words) != count:
        raise UserError(f"The part {what!r} must name {'a suite' if count == 1 else 'a suite and an .svg file'}.")
    suites = {row.sheet["suite"] for row in results.rows}
    if words[0] not in suites:
        raise unknown("suite in the results", words[0], suites)
    return make(file, results, *words)


def _overview(file: Path, results: Results, suite: str) -> tuple[str, None]:
    sheets = lay_out_overview(a for a in results.analyses if a.rows[0].sheet["suite"] == suite)
    return "\n" + "\n\n".join(map(_section, sheets)) + "\n\n", None


def _section(sheet: Sheet) -> str:
    title, caption = markdown(sheet.title), markdown(sheet.caption)
    return f"**{title}**\n\n{markdown_tables(sheet)}\n\n{markdown_notes(sheet)}\n- {caption}"


def _tradeoff(file: Path, results: Results, suite: str, figure: str) -> tuple[str, tuple[Path, list[tradeoff.Panel]]]:
    if not figure.endswith(".svg"):
        raise UserError(f"The plot {figure!r} in {str(file)!r} must end in .svg.")
    panels = tradeoff.panels([row for row in results.rows if row.sheet["suite"] == suite], "latency")
    return f"\n![{suite}: accuracy against milliseconds per sample]({figure})\n\n", (file.parent / figure, panels)
