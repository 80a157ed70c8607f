"""What a reader sees, before any format: tables of text with captions and footnotes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from benchmark.report.comparisons import (
    BEST,
    DEFAULT_REFERENCES,
    TIED,
    Analysis,
    Comparison,
    OverSettings,
    analyse,
    compare,
    rank_over,
    row_name,
)
from benchmark.report.notes import (
    ACCURACY,
    COST,
    DIAGNOSTICS,
    DIFFERENCES,
    OVERVIEW,
    RANKS,
    GeneralNote,
    Notes,
    about_accuracy,
    about_data,
    about_diagnostic,
    about_differences,
    about_measured_settings,
    about_method,
    about_paper,
    about_published,
    about_ranks,
    about_shared_seeds,
    general_notes,
    measured_on,
    shared_notes,
)
from benchmark.report.summary import SHARED, SummaryRow
from methods.errors import unknown

ABSENT = "–"
MINUS = "−"


@dataclass(frozen=True)
class Piece:
    """A piece of a table entry with the marks of its footnotes. It may hold any character, as records may."""

    text: str
    marks: tuple[str, ...] = ()
    standing: str | None = None  # BEST or TIED where the format is to show it


Entry = tuple[Piece, ...]  # to be separated by commas


@dataclass(frozen=True)
class Column:
    """A heading and how what is below it is aligned."""

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
        """What is said below the sheet, or below one of its tables, by a format that shows the best entry and those
        not distinguishable from it in ways that have these names."""
        headings = {shown.heading for shown in ([table] if table else self.tables)}
        texts = [note.text for note in self.notes.general if not note.tables or headings & set(note.tables)]
        return [text.replace("{best}", best).replace("{tied}", tied) for text in texts]


def analyses(rows: Iterable[SummaryRow], references: Sequence[str] = DEFAULT_REFERENCES) -> list[Analysis]:
    """The sheets of a summary, in its order, with their tests."""
    return [analyse(list(members), references) for _, members in groupby(rows, key=lambda row: row.sheet)]


def lay_out(sheets: Iterable[Analysis]) -> list[Sheet]:
    """All tables of every sheet, and ranks over the data sets of a suite that has several."""
    sheets, detailed = list(sheets), (_accuracies, _costs, _differences, _diagnostics, _ranks)
    made = [_sheet(a, (_overview, *detailed) if len(_settings(a)) > 1 else detailed) for a in sheets]
    suites: dict[tuple[str, str], list[SummaryRow]] = {}
    for analysis in sheets:
        about = analysis.rows[0].sheet
        suites.setdefault((about["suite"], about["profile"]), []).extend(analysis.rows)
    return made + [sheet for (suite, profile), rows in suites.items() if (sheet := _across(suite, profile, rows))]


def lay_out_overview(sheets: Iterable[Analysis]) -> list[Sheet]:
    """The paper's layout alone: a line per method, a column per setting."""
    return [_sheet(analysis, (_overview,)) for analysis in sheets]


def lay_out_differences(rows: list[SummaryRow], methods: Sequence[str], references: Sequence[str]) -> Sheet:
    """Some methods of a sheet against others: a line per setting, method and variant."""
    analysis = compare(rows, methods, references)
    notes = Notes([GeneralNote(about_differences(analysis)), *about_data(rows)], shared_notes(rows))
    lines = []
    for row in analysis.rows:
        entries = [_entry(setting_name(row.setting)), _method(row, notes)]
        for reference in analysis.references:
            found = analysis.comparisons.get((row_name(row), reference))
            entries += [_difference(found, row, notes), _entry(_p(found))]
        lines.append(tuple(entries))
    columns = [Column("setting", "left"), Column("method", "left")]
    for reference in analysis.references:
        columns += [Column(f"less {reference}", "left"), Column("p")]
    return Sheet(rows[0].title, "", [Table(DIFFERENCES, columns, [Block(None, lines)])], notes)


def lay_out_costs(sheets: Iterable[Analysis]) -> list[Sheet]:
    """Latencies and seconds of training alone."""
    return [_sheet(analysis, (_costs,)) for analysis in sheets]


def lay_out_diagnostics(sheets: Iterable[Analysis], names: Sequence[str]) -> list[Sheet]:
    """Some of what is measured beside the accuracy, a line per setting and method; without sheets that have none of it.

    UserError for a name that no sheet has.
    """
    measured = [(analysis, {name for row in analysis.rows for name in row.diagnostics}) for analysis in sheets]
    known = set().union(*(own for _, own in measured))
    for name in names:
        if name not in known:
            raise unknown("diagnostic in the results", name, known)
    chosen = [(analysis, [name for name in names if name in own]) for analysis, own in measured]
    return [_sheet(analysis, (partial(_diagnostics_of, shown),)) for analysis, shown in chosen if shown]


def _diagnostics_of(names: Sequence[str], analysis: Analysis, notes: Notes) -> Table:
    lines = []
    for row in analysis.rows:
        if any(name in row.diagnostics for name in names):
            values = (_diagnostic(row, name, notes) for name in names)
            lines.append((_entry(setting_name(row.setting)), _method(row, notes), *values))
    columns = [Column("setting", "left"), Column("method", "left")]
    columns += [Column(name.replace("_", " "), "left") for name in names]
    return Table(DIAGNOSTICS, columns, [Block(None, lines)])


def setting_name(setting: tuple[int, int]) -> str:
    return "{}-way {}-shot".format(*setting)


def _sheet(analysis: Analysis, tables: Iterable[Callable[[Analysis, Notes], Table | None]]) -> Sheet:
    rows, about = analysis.rows, analysis.rows[0].sheet
    notes = general_notes(analysis)
    hardware = "; ".join(sorted({name for row in rows for name in row.hardware}))
    return Sheet(
        title=rows[0].title,
        caption=f"Data {about['data_fingerprint'][:12]}; {about['episodes']} {about['part']} episodes per seed, "
        f"{about['queries']} queries per class; protocol {about['protocol']}; run on {hardware}.",
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
        found = [row.accuracy for row in by_label[label].values() if row.accuracy is not None]
        return -len(found), -sum(found), label

    lines = []
    for label in sorted(by_label, key=order):
        rows = by_label[label]
        some = next(iter(rows.values()))
        lines.append(
            (
                _method(some, notes),
                *(_accuracy(rows[setting], analysis, notes) for setting in settings),
                *([_latency_over_settings(rows.values(), settings, notes)] if clocked else []),
            )
        )
    columns = [Column("method", "left"), *(Column(setting_name(s), "left") for s in settings)]
    columns += [Column("ms/sample")] if clocked else []
    return Table(OVERVIEW, columns, [Block(None, lines)])


def _accuracies(analysis: Analysis, notes: Notes) -> Table:
    def line(row: SummaryRow) -> tuple[Entry, ...]:
        return (
            _method(row, notes),
            _accuracy(row, analysis, notes),
            _entry(_seeds(row)),
            _entry(ABSENT if row.episode_interval is None else f"{row.episode_interval:.2f}"),
            _entry(f"{row.paper.accuracy:.2f}", notes.marks(about_paper(row))) if row.paper else _entry(ABSENT),
            _entry(_gap(row, row.paper.accuracy) if row.paper else ABSENT),
            tuple(
                Piece(f"{number.accuracy:.2f} ({_gap(row, number.accuracy)})", notes.marks([about_published(number)]))
                for number in row.published
            )
            or _entry(ABSENT),
        )

    columns = [
        Column("method", "left"),
        Column("accuracy, %", "left"),
        Column("seeds"),
        Column("± tasks"),
        Column("paper, %"),
        Column("less paper"),
        Column("published, %", "left"),
    ]
    return Table(ACCURACY, columns, _blocks(analysis, line))


def _costs(analysis: Analysis, notes: Notes) -> Table | None:
    shared = [name for name in SHARED if any(name in row.shared_seconds for row in analysis.rows)]

    def line(row: SummaryRow) -> tuple[Entry, ...]:
        marks = notes.marks([measured_on(row)]) if row.clock else ()
        return (
            _method(row, notes),
            _latency(row.adapt_ms_per_task, marks),
            _latency(row.ms_per_sample, marks),
            _entry(_seconds(row.training_seconds)),
            _entry(_seconds(row.preparation_seconds)),
            *(_entry(_seconds(row.shared_seconds.get(name))) for name in shared),
        )

    if all(row.clock is None and row.training_seconds is None for row in analysis.rows):
        return None
    names = ("adapt ms/task", "ms/sample", "training s", "of it preparation", *(f"{name} s" for name in shared))
    return Table(COST, [Column("method", "left"), *map(Column, names)], _blocks(analysis, line))


def _seconds(seconds: float | None) -> str:
    return ABSENT if seconds is None else f"{seconds:.0f}" if seconds >= 10 else f"{seconds:.1f}"


def _differences(analysis: Analysis, notes: Notes) -> Table | None:
    if not analysis.comparisons:
        return None

    def line(row: SummaryRow) -> tuple[Entry, ...]:
        entries = [_method(row, notes)]
        for reference in analysis.references:
            found = analysis.comparisons.get((row_name(row), reference))
            entries += [_difference(found, row, notes), _entry(_p(found))]
        return tuple(entries)

    columns = [Column("method", "left")]
    for reference in analysis.references:
        columns += [Column(f"less {reference}", "left"), Column("p")]
    return Table(DIFFERENCES, columns, _blocks(analysis, line))


def _diagnostics(analysis: Analysis, notes: Notes) -> Table | None:
    if not any(row.diagnostics for row in analysis.rows):
        return None
    columns = [Column("method", "left"), Column("diagnostic", "left"), Column("value", "left")]
    blocks = []
    for setting, members in groupby(analysis.rows, key=lambda row: row.setting):
        lines = [
            (_method(row, notes), _entry(name.replace("_", " ")), _diagnostic(row, name, notes))
            for row in members
            for name in row.diagnostics
        ]
        blocks += [Block(setting_name(setting), lines)] if lines else []
    return Table(DIAGNOSTICS, columns, blocks)


def _diagnostic(row: SummaryRow, name: str, notes: Notes) -> Entry:
    found = row.diagnostics.get(name)
    if found is None:
        return _entry(ABSENT)
    text = f"{found.mean:.3g}" + ("" if found.interval is None else f" ± {found.interval:.2g}")
    return _entry(text.replace("-", MINUS), notes.marks(about_diagnostic(row, found)))


def _ranks(analysis: Analysis, notes: Notes) -> Table | None:
    return _ranks_table(analysis.over_settings, analysis.rows, notes) if analysis.over_settings else None


def _ranks_table(methods: list[OverSettings], rows: list[SummaryRow], notes: Notes) -> Table:
    some, lines = {row.label: row for row in rows}, []
    for found in methods:
        mean, interval = found.interquartile_mean
        ends = ABSENT if interval is None else f"{interval[0]:.2f} to {interval[1]:.2f}"
        line = (f"{found.average_rank:.2f}", f"{mean:.2f}", ends)
        lines.append((_method(some[found.label], notes), *map(_entry, line)))
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
        caption=f"{', '.join(datasets)}; every setting of a data set is a block.",
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


def _method(row: SummaryRow, notes: Notes) -> Entry:
    """What a row is called, with marks for what a reader of any table must know of the method."""
    return _entry(row.label, notes.marks(about_method(row)))


def _entry(text: str, marks: tuple[str, ...] = (), standing: str | None = None) -> Entry:
    return (Piece(text, marks if text != ABSENT else (), standing),)


def _accuracy(row: SummaryRow, analysis: Analysis, notes: Notes) -> Entry:
    if row.status == "missing":
        return _entry(ABSENT)
    marks = notes.marks(about_accuracy(row))
    if row.accuracy is None:
        return _entry("failed", marks)
    text = f"{row.accuracy:.2f}" + ("" if row.interval is None else f" ± {row.interval:.2f}")
    standing = analysis.standing[row_name(row)]
    return _entry(text, marks, standing if standing in (BEST, TIED) else None)


def _seeds(row: SummaryRow) -> str:
    total = len(row.by_seed) + len(row.failures) + len(row.absent)
    if row.status == "missing":
        return ABSENT
    return str(total) if len(row.by_seed) == total else f"{len(row.by_seed)}/{total}"


def _gap(row: SummaryRow, published: float) -> str:
    return ABSENT if row.accuracy is None else signed(row.accuracy - published)


def _difference(comparison: Comparison | None, row: SummaryRow, notes: Notes) -> Entry:
    if comparison is None:
        return _entry(ABSENT)
    found = comparison.found
    text = signed(found.difference) + ("" if found.interval is None else f" ± {found.interval:.2f}")
    return _entry(text, notes.marks(about_shared_seeds(row, found.seeds)))


def _p(comparison: Comparison | None) -> str:
    if comparison is None or comparison.adjusted_p is None:
        return ABSENT
    p = comparison.adjusted_p
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def signed(value: float) -> str:
    """Two decimals with a sign; what rounds to nothing has none."""
    text = f"{value:+.2f}"
    return "0.00" if float(text) == 0 else text.replace("-", MINUS)


def _latency(value: float | None, marks: tuple[str, ...] = ()) -> Entry:
    if value is None:
        return _entry(ABSENT)
    return _entry(f"{value:.0f}" if value >= 99.95 else f"{value:#.3g}", marks)


def _latency_over_settings(rows: Iterable[SummaryRow], settings: list[tuple[int, int]], notes: Notes) -> Entry:
    """The mean of a method's latencies over settings, as the paper gives it, with a mark where some have none."""
    clocked = [row for row in rows if row.ms_per_sample is not None]
    if not clocked or len({measured_on(row) for row in clocked}) > 1:
        return _entry(ABSENT)
    there = {row.setting for row in clocked}
    about = (
        [] if there == set(settings) else [about_measured_settings([setting_name(s) for s in settings if s in there])]
    )
    mean = sum(row.ms_per_sample for row in clocked) / len(clocked)
    return _latency(mean, notes.marks([measured_on(clocked[0]), *about]))
