"""The notes below a table: how its numbers came about, and what a reader must know about single ones."""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from benchmark.analysis.statistics import LEVEL, Ranking
from benchmark.bodies.no_body import NONE
from benchmark.cells.profiles import PROFILES
from benchmark.report.comparisons import TIED, Analysis
from benchmark.report.published import PAPER, PublishedNumber
from benchmark.report.summary import Diagnostic, SummaryRow
from benchmark.store.records import BESIDE

SINGLE_SEED = "A single seed has no interval."

OVERVIEW, ACCURACY, COST = "Overview", "Accuracy", "Cost"
DIFFERENCES, RANKS = "Differences from controls", "Ranks over all settings"
DIAGNOSTICS = "Diagnostics"


@dataclass(frozen=True)
class GeneralNote:
    """A note on whole columns. "{best}" and "{tied}" stand for how a format shows such entries."""

    text: str
    tables: tuple[str, ...] = ()  # headings of those that it is about; empty: all


@dataclass
class Notes:
    """The notes below a table. The same note has the same mark wherever it is called for."""

    general: list[GeneralNote]
    understood: set[str]  # what the general notes say about every row, so that it needs no marks
    marked: dict[str, str] = field(default_factory=dict)  # note -> mark, in the order of their first use

    def say(self, text: str, *tables: str) -> None:
        """Add a note on whole columns of these tables; of all if none is named."""
        self.general.append(GeneralNote(text, tables))

    def marks(self, about: Iterable[str]) -> tuple[str, ...]:
        """The marks that lead a reader to these notes."""
        wanted = [note for note in about if note not in self.understood]
        return tuple(self.marked.setdefault(note, _letters(len(self.marked))) for note in wanted)


def general_notes(analysis: Analysis) -> Notes:
    """Notes on the columns of a sheet's tables, and on what all its rows share."""
    rows, notes = analysis.rows, Notes([], shared_notes(analysis.rows))
    most_seeds = max(len(row.by_seed) for row in rows)
    if most_seeds > 1:
        notes.say("Accuracy is in percent: the mean over seeds and its 95 % t-interval.", OVERVIEW, ACCURACY)
    elif most_seeds == 1:
        notes.say(f"Accuracy is in percent. {SINGLE_SEED}", OVERVIEW, ACCURACY)
        notes.understood.add(SINGLE_SEED)
    if any(row.episode_interval is not None for row in rows):
        tasks = "“± tasks” is the 95 % interval over the episodes of one seed, averaged over seeds"
        notes.say(f"{tasks}; it does not cover the spread between seeds.", ACCURACY)
    notes.say(_about_standing(analysis), OVERVIEW, ACCURACY)
    notes.say(about_differences(analysis), DIFFERENCES)
    if analysis.ranking:
        notes.say(about_ranks(analysis.ranking), RANKS)
    _say_costs(rows, notes)
    if any(row.diagnostics for row in rows):
        several = "They show the mean over seeds and its 95 % t-interval." if most_seeds > 1 else SINGLE_SEED
        notes.say(
            f"Diagnostics are measured besides the accuracy; docs/suites.md explains them. {several}", DIAGNOSTICS
        )
    _say_published(rows, notes)
    profile = PROFILES.get(rows[0].sheet["profile"])
    if profile:
        notes.say(f"Profile {profile.name}: {profile.summary}.")
    notes.general += about_data(rows) + about_code(rows)
    return notes


def _say_costs(rows: list[SummaryRow], notes: Notes) -> None:
    bodiless = all(row.architecture == NONE for row in rows)
    clocks = Counter(clock_name(row.clock) for row in rows if row.clock)
    if clocks:
        usual = clocks.most_common(1)[0][0]
        it_was = "Unless marked, it was" if len(clocks) > 1 else "It was"
        start = "features" if bodiless else "pixels"
        notes.say(
            f"Latency (ms) is the median over seeds, from {start}, one task at a time. {it_was} measured on {usual}.",
            OVERVIEW,
            COST,
        )
        notes.say("The latency of a method (ms/sample) is the mean over settings.", OVERVIEW)
        notes.understood.add(_measured_on(usual))
    if any(row.training_seconds is not None for row in rows):
        without = "" if bodiless else ", but not the body, which all methods on features share"
        notes.say(f"“training s” counts weight preparation and meta-training (median over seeds){without}.", COST)
        if any(BESIDE in name for row in rows for cell in row.cells for name in cell.outcome["seconds"] or {}):
            notes.say("Preparation that ran alongside meta-training does not count towards “training s”.", COST)
    if any(row.shared_seconds for row in rows):
        notes.say(
            "“packing s”, “body s” and “features s” are spent once for all methods and settings that share them "
            "(median over seeds).",
            COST,
        )


def _say_published(rows: list[SummaryRow], notes: Notes) -> None:
    tables = sorted({row.paper.source.removeprefix("Table ") for row in rows if row.paper})
    if tables:
        named = f"Table{'s' if len(tables) > 1 else ''} {' and '.join(tables)}"
        notes.say(
            f"“paper, %” is from “{PAPER}”, {named}: the mean of 5 runs under its own protocol. "
            "“Δ vs paper” is measured minus published.",
            ACCURACY,
        )
    if any(row.published for row in rows):
        notes.say(
            "“published, %” is from others, each under its own protocol; brackets hold measured minus published.",
            ACCURACY,
        )


def shared_notes(rows: Iterable[SummaryRow]) -> set[str]:
    """Notes that hold for all rows: marks for them would tell a reader nothing."""
    networks = {_network(row) for row in rows}
    return networks if len(networks) == 1 else set()


def _network(row: SummaryRow) -> str:
    if row.architecture == NONE:
        return "There is no body: the data are features."
    return f"The network is {row.architecture}."


def about_data(rows: Iterable[SummaryRow]) -> list[GeneralNote]:
    """Notes on the data of these rows, such as that they are only a part of a set."""
    return [GeneralNote(note) for note in dict.fromkeys(note for row in rows for note in row.data_notes)]


def about_code(rows: Iterable[SummaryRow]) -> list[GeneralNote]:
    """A note on methods whose records several versions of the code made: their numbers may differ for that alone."""
    by_method: dict[str, set[str | None]] = {}
    for row in rows:
        by_method.setdefault(row.method, set()).update(row.code)
    by_code: dict[str, list[str]] = {}
    for method, versions in by_method.items():
        if len(versions) > 1:
            told = ", ".join(sorted(name for name in versions if name)) + ", and one not recorded" * (None in versions)
            by_code.setdefault(told, []).append(method)
    return [
        GeneralNote(f"Several versions of the sources made the records of {', '.join(methods)}: {told}.")
        for told, methods in by_code.items()
    ]


def about_differences(analysis: Analysis) -> str:
    """A note on the meaning of Δ and p."""
    if any(comparison.adjusted_p is not None for comparison in analysis.comparisons.values()):
        return (
            "Δ is the difference in percentage points on the same episodes: the mean over seeds and its 95 % "
            "t-interval. p is from a paired t-test over seeds, Holm-corrected over the table."
        )
    return "Δ is the difference in percentage points on the same episodes. A single seed allows no test."


def _about_standing(analysis: Analysis) -> str:
    if max(len(row.by_seed) for row in analysis.rows) < 2:
        return "{best} marks the highest of its setting. A single seed allows no test of its lead."
    test = f"paired t-test over seeds, Holm-corrected over the setting, {LEVEL:.0%} level"
    if TIED in analysis.standing.values():
        return f"{{best}} marks the highest of its setting, {{tied}} those not distinguishable from it ({test})."
    return f"{{best}} marks the highest of its setting; all others that were tested are lower ({test})."


def about_ranks(ranking: Ranking) -> str:
    """A note on average ranks and interquartile means, with the results of Friedman's and Nemenyi's tests."""
    sentences = [f"Average ranks are over {ranking.blocks} settings, for methods that finished in all of them."]
    if ranking.p is not None:
        p = "<0.001" if ranking.p < 0.001 else f"{ranking.p:.3f}"
        critical = f"Nemenyi's critical difference is {ranking.critical_difference:.2f}"
        sentences.append(f"Friedman's test gives p {p}; {critical}.")
    return " ".join([*sentences, "IQM is the interquartile mean over settings and seeds, bootstrapped over seeds."])


def about_method(row: SummaryRow) -> list[str]:
    """Notes for a row's name."""
    about = ["The method is transductive: an answer depends on the task's other queries."] if row.transductive else []
    if row.architecture and "architecture" not in row.variant:
        about.append(_network(row))
    if row.pretrained:
        about.append(f"Others pre-trained the body on {row.pretrained}, so it has seen test classes.")
    return about


def about_accuracy(row: SummaryRow) -> list[str]:
    """Notes for a row's accuracy: seeds that failed, with their reasons, or are missing, and results left out."""
    about = [SINGLE_SEED] if len(row.by_seed) == 1 else []
    for reason in dict.fromkeys(reason for _, reason in row.failures):
        about.append(f"{_seeds([seed for seed, why in row.failures if why == reason])} failed: {reason}")
    if row.absent:
        about.append(f"{_seeds(row.absent)} {'is' if len(row.absent) == 1 else 'are'} missing.")
    if row.other_versions:
        versions = f"{row.other_versions} earlier version{'s' * (row.other_versions > 1)} of the method"
        about.append(f"Results of {versions} are left out.")
    return about


def about_diagnostic(row: SummaryRow, measured: Diagnostic) -> list[str]:
    """A note for a diagnostic that some of the row's seeds did not measure."""
    return [f"Only {_seeds(measured.seeds).lower()} measured it."] if len(measured.seeds) < len(row.by_seed) else []


def about_shared_seeds(row: SummaryRow, shared: tuple[int, ...]) -> list[str]:
    """A note for a difference for which the reference lacks seeds that the row has."""
    return [f"The comparison covers only {_seeds(shared).lower()}."] if len(shared) < len(row.by_seed) else []


def about_paper(row: SummaryRow) -> list[str]:
    """Notes for the paper's number of a row that has one."""
    return [f"The paper calls it {row.paper.name}."] if row.paper.name != row.method else []


def about_published(number: PublishedNumber) -> str:
    """The source of a published number, with its caveats."""
    transductive = "; transductive" if number.transductive else ""
    unverified = "; recalled from memory, not yet compared with the source" if number.unverified else ""
    return f"{number.source}{transductive}{unverified}"


def clock_name(clock: dict) -> str:
    """The device, threads and precision of a latency measurement, for readers."""
    known = ("device_name", "device", "threads", "precision")
    parts = [clock["device"], f"{clock['threads']} thread{'s' * (clock['threads'] != 1)}", clock["precision"]]
    parts += [f"{name} {value}" for name, value in clock.items() if name not in known]
    return f"{clock['device_name']} ({', '.join(parts)})"


def measured_on(row: SummaryRow) -> str:
    """The note for latencies of a row that has any."""
    return _measured_on(clock_name(row.clock))


def _measured_on(clock: str) -> str:
    return f"It was measured on {clock}."


def about_measured_settings(names: Iterable[str]) -> str:
    """A note for a mean latency over some of the settings."""
    return f"The latency is of {', '.join(names)} only."


def _seeds(seeds: Iterable[int]) -> str:
    numbers = [str(seed) for seed in sorted(seeds)]
    return f"Seed{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"


def _letters(number: int) -> str:
    """a to z, then aa, ab, ..."""
    alphabet = string.ascii_lowercase
    return (_letters(number // 26 - 1) if number >= 26 else "") + alphabet[number % 26]
