"""Parts of a Markdown file that are generated from the results, between comments that say what belongs there.

<!-- ltdi-bench: overview SUITE -->                       the tables of a suite in the paper's layout, with their notes
<!-- ltdi-bench: findings SUITE -->                       who leads, and how generated weights compare with controls
<!-- ltdi-bench: differences SUITE METHOD,... OTHER,... -->   differences between methods, setting by setting
<!-- ltdi-bench: costs SUITE -->                          its latencies and seconds of training
<!-- ltdi-bench: diagnostics SUITE NAME,... -->           some diagnostics of its methods
<!-- ltdi-bench: PLOT SUITE FIGURE.svg -->                a plot, written to FIGURE.svg beside the Markdown file
<!-- ltdi-bench: end -->                                  after each

Write SUITE/DATASET in place of SUITE to choose one data set.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from benchmark.report.escaping import markdown
from benchmark.report.findings import findings
from benchmark.report.layout import lay_out_costs, lay_out_diagnostics, lay_out_differences, lay_out_overview
from benchmark.report.markup import markdown_notes, markdown_tables
from benchmark.report.plots.catalogue import PLOTS, Plot
from benchmark.report.plots.style import fingerprint, fingerprint_in, save
from benchmark.report.results import Results
from benchmark.report.sheets import Sheet
from benchmark.store.records import RecordStore
from benchmark.system.paths import write_whole
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
    figures: dict[Path, Plot]  # to draw anew


def plan_update(file: Path, results: Results, store: RecordStore) -> Update:
    """Find what is out of date in a file. UserError where it has no such part, or one that names nothing known."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{str(file)!r} cannot be read as text; name a Markdown file.") from error
    stale: list[str] = []
    figures: dict[Path, Plot] = {}

    def fill(match: re.Match) -> str:
        what = match["what"]
        if match["last"] != "end":
            raise UserError(f"The part {what!r} of {str(file)!r} has no end; write <!-- ltdi-bench: end --> after it.")
        body, figure = _make(what, file, results, store)
        if figure:
            path, plot = figure
            if not path.is_file() or fingerprint_in(path.read_bytes()) != fingerprint(plot.data):
                figures[path] = plot
                stale.append(what)
        if match["body"] != body and what not in stale:
            stale.append(what)
        return f"{match['open']}{body}{match['close']}"

    updated = _BLOCK.sub(fill, text)
    if not _BLOCK.search(text):
        raise UserError(
            f"{str(file)!r} has no part to fill from results; "
            "write <!-- ltdi-bench: overview fewshot --> and <!-- ltdi-bench: end --> where it belongs."
        )
    return Update(updated, stale, figures)


def carry_out(update: Update, file: Path) -> None:
    """Write what is out of date."""
    for path, plot in update.figures.items():
        save(plot.draw().showing(plot.data), path)
    if update.stale:
        write_whole(file, update.text.encode())


def _make(what: str, file: Path, results: Results, store: RecordStore) -> tuple[str, tuple[Path, Plot] | None]:
    """The Markdown of a part, and the plot that belongs to it."""
    kind, *words = what.split() or [""]
    if kind not in _WORDS:
        raise unknown("part of a Markdown file", kind, _WORDS)
    if len(words) != len(_WORDS[kind]):
        raise UserError(f"The part {what!r} of {str(file)!r} must name {' and '.join(_WORDS[kind])}.")
    suite, slash, dataset = words[0].partition("/")
    chosen = results.of("suite", suite, "suite")
    if slash:
        chosen = chosen.of("dataset", dataset, "data set")
    if kind in PLOTS:
        figure = words[1]
        if not figure.endswith(".svg"):
            raise UserError(f"The plot {figure!r} in {str(file)!r} must end in .svg.")
        plot = PLOTS[kind](chosen, store)
        return f"\n![{markdown(f'{words[0]}: {plot.about}')}]({figure})\n\n", (file.parent / figure, plot)
    return "\n" + "\n\n".join(_TEXTS[kind](chosen, *words[1:])) + "\n\n", None


def _overview(results: Results) -> list[str]:
    return list(map(_section, lay_out_overview(results.analyses)))


def _costs(results: Results) -> list[str]:
    return list(map(_section, lay_out_costs(results.analyses)))


def _diagnostics(results: Results, names: str) -> list[str]:
    return list(map(_section, lay_out_diagnostics(results.analyses, names.split(","))))


def _section(sheet: Sheet) -> str:
    title, caption = markdown(sheet.title), markdown(sheet.caption)
    return f"**{title}**\n\n{markdown_tables(sheet, level=2)}\n\n{markdown_notes(sheet)}\n- {caption}"


def _findings(results: Results) -> list[str]:
    sections = []
    for analysis in results.analyses:
        lines = [f"- {markdown(f'{about or _ALL}: {line}')}" for about, line in findings(analysis)]
        title = [f"**{markdown(analysis.rows[0].title)}**"] if len(results.analyses) > 1 else []
        sections += [*title, "\n".join(lines)]
    return sections


def _differences(results: Results, methods: str, others: str) -> list[str]:
    sections = []
    for _, rows in groupby(results.rows, key=lambda row: row.sheet):
        sheet = lay_out_differences(list(rows), methods.split(","), others.split(","))
        sections += [f"**{markdown(sheet.title)}**", markdown_tables(sheet), markdown_notes(sheet)]
    return sections


_ALL = "all settings"
_TEXTS: dict[str, Callable[..., list[str]]] = {
    "overview": _overview,
    "findings": _findings,
    "differences": _differences,
    "costs": _costs,
    "diagnostics": _diagnostics,
}
# What a part names after its kind.
_WORDS = {
    "overview": ["a suite"],
    "findings": ["a suite"],
    "costs": ["a suite"],
    "diagnostics": ["a suite", "names of diagnostics, separated by commas"],
    "differences": ["a suite", "methods, separated by commas", "others, separated by commas"],
    **{plot: ["a suite", "an .svg file"] for plot in PLOTS},
}
