"""From analysed rows to sheets: which tables there are, and what their columns and lines hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import groupby
from typing import Any

from benchmark.report import entries
from benchmark.report.comparisons import Analysis, OverSettings, compare, rank_over, row_name
from benchmark.report.entries import ABSENT, entry, setting_name
from benchmark.report.notes import (
    ACCURACY,
    COST,
    DIAGNOSTICS,
    DIFFERENCES,
    OVERVIEW,
    RANKS,
    GeneralNote,
    Notes,
    about_data,
    about_differences,
    about_ranks,
    general_notes,
    measured_on,
    shared_notes,
)
from benchmark.report.sheets import Block, Column, Entry, Sheet, Table
from benchmark.report.summary import SHARED, SummaryRow
from methods.errors import unknown


def lay_out(analyses: Iterable[Analysis]) -> list[Sheet]:
    """All tables of every sheet, and ranks over the data sets of a suite that has several."""
    analyses, detailed = list(analyses), (_accuracies, _costs, _differences, _diagnostics, _ranks)
    sheets = [_sheet(a, (_overview, *detailed) if len(_settings(a)) > 1 else detailed) for a in analyses]
    suites: dict[tuple[str, str], list[SummaryRow]] = {}
    for analysis in analyses:
        about = analysis.rows[0].sheet
        suites.setdefault((about["suite"], about["profile"]), []).extend(analysis.rows)
    return sheets + [sheet for (suite, profile), rows in suites.items() if (sheet := _across(suite, profile, rows))]


def lay_out_overview(analyses: Iterable[Analysis]) -> list[Sheet]:
    """The paper's layout alone: a line per method, a column per setting."""
    return [_sheet(analysis, (_overview,)) for analysis in analyses]


def lay_out_costs(analyses: Iterable[Analysis]) -> list[Sheet]:
    """Latencies and seconds of training alone."""
    return [_sheet(analysis, (_costs,)) for analysis in analyses]


def lay_out_differences(rows: list[SummaryRow], methods: Sequence[str], references: Sequence[str]) -> Sheet:
    """Some methods of a sheet against others: a line per setting, method and variant."""
    analysis = compare(rows, methods, references)
    notes = Notes([GeneralNote(about_differences(analysis)), *about_data(rows)], shared_notes(rows))
    lines = [
        (entry(setting_name(row.setting)), entries.method(row, notes), *_against(row, analysis, notes))
        for row in analysis.rows
    ]
    columns = [Column("setting", "left"), Column("method", "left"), *_against_columns(analysis)]
    return Sheet(rows[0].title, "", [Table(DIFFERENCES, columns, [Block(None, lines)])], notes)


def lay_out_diagnostics(analyses: Iterable[Analysis], names: Sequence[str]) -> list[Sheet]:
    """Some diagnostics, a line per setting and method; sheets that have none of them are left out.

    UserError for a name that no sheet has.
    """
    measured = [(analysis, {name for row in analysis.rows for name in row.diagnostics}) for analysis in analyses]
    known = set().union(*(there for _, there in measured))
    for name in names:
        if name not in known:
            raise unknown("diagnostic in the results", name, known)
    chosen = [(analysis, [name for name in names if name in there]) for analysis, there in measured]
    return [_sheet(analysis, (partial(_diagnostics_of, shown),)) for analysis, shown in chosen if shown]


def caption(about: dict[str, Any]) -> str:
    """The data, protocol and episodes that all rows of a sheet share."""
    return (
        f"Data {about['data_fingerprint'][:12]}, protocol {about['protocol']}. "
        f"Each seed has {about['episodes']} {about['part']} episodes with {about['queries']} queries per class."
    )


def _sheet(analysis: Analysis, tables: Iterable[Callable[[Analysis, Notes], Table | None]]) -> Sheet:
    rows, notes = analysis.rows, general_notes(analysis)
    hardware = "; ".join(sorted({name for row in rows for name in row.hardware}))
    return Sheet(
        title=rows[0].title,
        caption=f"{caption(rows[0].sheet)} The cells ran on {hardware}.",
        tables=[table for make in tables if (table := make(analysis, notes))],
        notes=notes,
    )


def _overview(analysis: Analysis, notes: Notes) -> Table:
    settings = _settings(analysis)
    clocked = any(row.clock for row in analysis.rows)
    by_label: dict[str, dict[tuple[int, int], SummaryRow]] = {}
    for row in analysis.rows:
        by_label.setdefault(row.label, {})[row.setting] = row

    def order(label: str) -> tuple:
        accuracies = [row.accuracy for row in by_label[label].values() if row.accuracy is not None]
        return -len(accuracies), -sum(accuracies), label

    lines = []
    for label in sorted(by_label, key=order):
        rows = by_label[label]
        line = [entries.method(next(iter(rows.values())), notes)]
        line += [entries.accuracy(rows[setting], analysis, notes) for setting in settings]
        line += [entries.latency_over_settings(rows.values(), settings, notes)] if clocked else []
        lines.append(tuple(line))
    columns = [Column("method", "left"), *(Column(setting_name(s), "left") for s in settings)]
    columns += [Column("ms/sample")] if clocked else []
    return Table(OVERVIEW, columns, [Block(None, lines)])


def _accuracies(analysis: Analysis, notes: Notes) -> Table:
    def line(row: SummaryRow) -> tuple[Entry, ...]:
        return (
            entries.method(row, notes),
            entries.accuracy(row, analysis, notes),
            entries.seeds(row),
            entries.episode_interval(row),
            *entries.paper(row, notes),
            entries.published(row, notes),
        )

    columns = [
        Column("method", "left"),
        Column("accuracy, %", "left"),
        Column("seeds"),
        Column("± tasks"),
        Column("paper, %"),
        Column("Δ vs paper"),
        Column("published, %", "left"),
    ]
    return Table(ACCURACY, columns, _blocks(analysis, line))


def _costs(analysis: Analysis, notes: Notes) -> Table | None:
    shared = [name for name in SHARED if any(name in row.shared_seconds for row in analysis.rows)]

    def line(row: SummaryRow) -> tuple[Entry, ...]:
        marks = notes.marks([measured_on(row)]) if row.clock else ()
        return (
            entries.method(row, notes),
            entries.latency(row.adapt_ms_per_task, marks),
            entries.latency(row.ms_per_sample, marks),
            entries.seconds(row.training_seconds),
            entries.seconds(row.preparation_seconds),
            *(entries.seconds(row.shared_seconds.get(name)) for name in shared),
        )

    if all(row.clock is None and row.training_seconds is None for row in analysis.rows):
        return None
    names = ("adapt ms/task", "ms/sample", "training s", "of which preparation", *(f"{name} s" for name in shared))
    return Table(COST, [Column("method", "left"), *map(Column, names)], _blocks(analysis, line))


def _differences(analysis: Analysis, notes: Notes) -> Table | None:
    if not analysis.comparisons:
        return None
    columns = [Column("method", "left"), *_against_columns(analysis)]
    return Table(
        DIFFERENCES,
        columns,
        _blocks(analysis, lambda row: (entries.method(row, notes), *_against(row, analysis, notes))),
    )


def _against(row: SummaryRow, analysis: Analysis, notes: Notes) -> list[Entry]:
    """A row's difference to every reference, each with its p-value."""
    compared = [analysis.comparisons.get((row_name(row), reference)) for reference in analysis.references]
    return [shown for comparison in compared for shown in entries.difference(comparison, row, notes)]


def _against_columns(analysis: Analysis) -> list[Column]:
    pairs = ((Column(f"Δ vs {reference}", "left"), Column("p")) for reference in analysis.references)
    return [column for pair in pairs for column in pair]


def _diagnostics(analysis: Analysis, notes: Notes) -> Table | None:
    if not any(row.diagnostics for row in analysis.rows):
        return None
    columns = [Column("method", "left"), Column("diagnostic", "left"), Column("value", "left")]
    blocks = []
    for setting, members in groupby(analysis.rows, key=lambda row: row.setting):
        lines = [
            (entries.method(row, notes), entry(name.replace("_", " ")), entries.diagnostic(row, name, notes))
            for row in members
            for name in row.diagnostics
        ]
        blocks += [Block(setting_name(setting), lines)] if lines else []
    return Table(DIAGNOSTICS, columns, blocks)


def _diagnostics_of(names: Sequence[str], analysis: Analysis, notes: Notes) -> Table:
    lines = []
    for row in analysis.rows:
        if any(name in row.diagnostics for name in names):
            values = (entries.diagnostic(row, name, notes) for name in names)
            lines.append((entry(setting_name(row.setting)), entries.method(row, notes), *values))
    columns = [Column("setting", "left"), Column("method", "left")]
    columns += [Column(name.replace("_", " "), "left") for name in names]
    return Table(DIAGNOSTICS, columns, [Block(None, lines)])


def _ranks(analysis: Analysis, notes: Notes) -> Table | None:
    return _ranks_table(analysis.over_settings, analysis.rows, notes) if analysis.over_settings else None


def _ranks_table(methods: list[OverSettings], rows: list[SummaryRow], notes: Notes) -> Table:
    examples, lines = {row.label: row for row in rows}, []
    for ranked in methods:
        mean, interval = ranked.interquartile_mean
        ends = ABSENT if interval is None else f"{interval[0]:.2f} to {interval[1]:.2f}"
        numbers = (f"{ranked.average_rank:.2f}", f"{mean:.2f}", ends)
        lines.append((entries.method(examples[ranked.label], notes), *map(entry, numbers)))
    columns = [Column("method", "left"), Column("average rank"), Column("IQM, %"), Column("95 % interval", "left")]
    return Table(RANKS, columns, [Block(None, lines)])


def _across(suite: str, profile: str, rows: list[SummaryRow]) -> Sheet | None:
    """Ranks over data sets and settings; None for a single data set, or where nothing can be ranked."""
    datasets = list(dict.fromkeys(row.sheet["dataset"] for row in rows))
    methods, ranking = rank_over(rows)
    if len(datasets) < 2 or ranking is None:
        return None
    notes = Notes([GeneralNote(about_ranks(ranking)), *about_data(rows)], shared_notes(rows))
    return Sheet(
        title=f"{suite}: all data sets, profile {profile}",
        caption=f"The data sets are {', '.join(datasets)}; every setting of a data set is a block.",
        tables=[_ranks_table(methods, rows, notes)],
        notes=notes,
    )


def _settings(analysis: Analysis) -> list[tuple[int, int]]:
    return list(dict.fromkeys(row.setting for row in analysis.rows))


def _blocks(analysis: Analysis, line: Callable[[SummaryRow], tuple[Entry, ...]]) -> list[Block]:
    return [
        Block(setting_name(setting), [line(row) for row in members])
        for setting, members in groupby(analysis.rows, key=lambda row: row.setting)
    ]
