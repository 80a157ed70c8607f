"""The entries of tables: the numbers of a summary row as text, with the marks of their footnotes."""

from __future__ import annotations

from collections.abc import Iterable

from benchmark.report.comparisons import BEST, TIED, Analysis, Comparison, row_name
from benchmark.report.notes import (
    Notes,
    about_accuracy,
    about_diagnostic,
    about_measured_settings,
    about_method,
    about_paper,
    about_published,
    about_shared_seeds,
    measured_on,
)
from benchmark.report.sheets import Entry, Piece
from benchmark.report.summary import SummaryRow

ABSENT = "–"
MINUS = "−"


def setting_name(setting: tuple[int, int]) -> str:
    """A way and a shot, for readers."""
    return "{}-way {}-shot".format(*setting)


def signed(value: float) -> str:
    """Two decimals with a sign; a value that rounds to zero has none."""
    text = f"{value:+.2f}"
    return "0.00" if float(text) == 0 else text.replace("-", MINUS)


def entry(text: str, marks: tuple[str, ...] = (), standing: str | None = None) -> Entry:
    """An entry of a single piece; an absent value has no marks."""
    return (Piece(text, marks if text != ABSENT else (), standing),)


def method(row: SummaryRow, notes: Notes) -> Entry:
    """The label of a row, with marks for what a reader of any table must know about the method."""
    return entry(row.label, notes.marks(about_method(row)))


def accuracy(row: SummaryRow, analysis: Analysis, notes: Notes) -> Entry:
    """The mean and its interval, "failed", or nothing for a row without records."""
    if row.status == "missing":
        return entry(ABSENT)
    marks = notes.marks(about_accuracy(row))
    if row.accuracy is None:
        return entry("failed", marks)
    text = f"{row.accuracy:.2f}" + ("" if row.interval is None else f" ± {row.interval:.2f}")
    standing = analysis.standing[row_name(row)]
    return entry(text, marks, standing if standing in (BEST, TIED) else None)


def seeds(row: SummaryRow) -> Entry:
    """The number of seeds, or "finished/all" where some did not finish."""
    total = len(row.by_seed) + len(row.failures) + len(row.absent)
    if row.status == "missing":
        return entry(ABSENT)
    return entry(str(total) if len(row.by_seed) == total else f"{len(row.by_seed)}/{total}")


def episode_interval(row: SummaryRow) -> Entry:
    """The half width of one seed's interval over its episodes."""
    return entry(ABSENT if row.episode_interval is None else f"{row.episode_interval:.2f}")


def paper(row: SummaryRow, notes: Notes) -> tuple[Entry, Entry]:
    """The paper's accuracy, and what was measured minus it."""
    if not row.paper:
        return entry(ABSENT), entry(ABSENT)
    return entry(f"{row.paper.accuracy:.2f}", notes.marks(about_paper(row))), entry(_gap(row, row.paper.accuracy))


def published(row: SummaryRow, notes: Notes) -> Entry:
    """Accuracies that others published, each with what was measured minus it."""
    pieces = (
        Piece(f"{number.accuracy:.2f} ({_gap(row, number.accuracy)})", notes.marks([about_published(number)]))
        for number in row.published
    )
    return tuple(pieces) or entry(ABSENT)


def difference(comparison: Comparison | None, row: SummaryRow, notes: Notes) -> tuple[Entry, Entry]:
    """The difference to a reference with its interval, and its p-value."""
    if comparison is None:
        return entry(ABSENT), entry(ABSENT)
    paired = comparison.paired
    text = signed(paired.difference) + ("" if paired.interval is None else f" ± {paired.interval:.2f}")
    return entry(text, notes.marks(about_shared_seeds(row, paired.seeds))), entry(_p(comparison.adjusted_p))


def diagnostic(row: SummaryRow, name: str, notes: Notes) -> Entry:
    """A diagnostic of a row with its interval."""
    measured = row.diagnostics.get(name)
    if measured is None:
        return entry(ABSENT)
    text = f"{measured.mean:.3g}" + ("" if measured.interval is None else f" ± {measured.interval:.2g}")
    return entry(text.replace("-", MINUS), notes.marks(about_diagnostic(row, measured)))


def seconds(duration: float | None) -> Entry:
    """A duration in seconds."""
    return entry(ABSENT if duration is None else f"{duration:.0f}" if duration >= 10 else f"{duration:.1f}")


def latency(milliseconds: float | None, marks: tuple[str, ...] = ()) -> Entry:
    """Three significant digits."""
    if milliseconds is None:
        return entry(ABSENT)
    return entry(f"{milliseconds:.0f}" if milliseconds >= 99.95 else f"{milliseconds:#.3g}", marks)


def latency_over_settings(rows: Iterable[SummaryRow], settings: list[tuple[int, int]], notes: Notes) -> Entry:
    """The mean of a method's latencies over settings, as the paper gives it, with a mark where some have none."""
    clocked = [row for row in rows if row.ms_per_sample is not None]
    if not clocked or len({measured_on(row) for row in clocked}) > 1:
        return entry(ABSENT)
    measured = [setting for setting in settings if setting in {row.setting for row in clocked}]
    about = [] if measured == settings else [about_measured_settings(map(setting_name, measured))]
    mean = sum(row.ms_per_sample or 0.0 for row in clocked) / len(clocked)
    return latency(mean, notes.marks([measured_on(clocked[0]), *about]))


def _gap(row: SummaryRow, other: float) -> str:
    return ABSENT if row.accuracy is None else signed(row.accuracy - other)


def _p(value: float | None) -> str:
    if value is None:
        return ABSENT
    return "<0.001" if value < 0.001 else f"{value:.3f}"
