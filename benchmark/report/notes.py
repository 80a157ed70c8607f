"""What has to be said below a table: how its numbers were had, and what a reader must know of single ones."""

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

SINGLE_SEED = "a single seed: no interval"


OVERVIEW, ACCURACY, COST = "Overview", "Accuracy", "Cost"
DIFFERENCES, RANKS = "Differences to controls", "Over all settings"
DIAGNOSTICS = "Diagnostics"


@dataclass(frozen=True)
class GeneralNote:
    """What holds for whole columns. "{best}" and "{tied}" stand for how a format shows such entries."""

    text: str
    tables: tuple[str, ...] = ()  # headings of those that it is about; all if none is named


@dataclass
class Notes:
    """The notes below a table. The same note has the same mark wherever it is called for."""

    general: list[GeneralNote]
    understood: set[str]  # what the general notes say of every row, so that it needs no marks
    marked: dict[str, str] = field(default_factory=dict)  # note -> mark, in the order of their first use

    def marks(self, about: Iterable[str]) -> tuple[str, ...]:
        """The marks by which a reader finds these notes."""
        wanted = [note for note in about if note not in self.understood]
        return tuple(self.marked.setdefault(note, _letters(len(self.marked))) for note in wanted)


def general_notes(analysis: Analysis) -> Notes:
    """Notes on the columns of a sheet's tables, and on what all its rows share."""
    rows, notes = analysis.rows, Notes([], shared_notes(analysis.rows))

    def say(text: str, *tables: str) -> None:
        notes.general.append(GeneralNote(text, tables))

    most_seeds = max(len(row.by_seed) for row in rows)
    if most_seeds > 1:
        say("accuracy: percent, mean and 95 % t-interval over seeds", OVERVIEW, ACCURACY)
    elif most_seeds == 1:
        say(f"accuracy: percent; {SINGLE_SEED}", OVERVIEW, ACCURACY)
        notes.understood.add(SINGLE_SEED)
    if any(row.episode_interval is not None for row in rows):
        tasks = "± tasks: 95 % interval over one seed's episodes, mean over seeds; it says nothing of other seeds"
        say(tasks, ACCURACY)
    say(_about_standing(analysis), OVERVIEW, ACCURACY)
    say(about_differences(analysis), DIFFERENCES)
    if analysis.ranking:
        say(about_ranks(analysis.ranking), RANKS)
    bodiless = all(row.architecture == NONE for row in rows)
    clocks = Counter(measured_on(row) for row in rows if row.clock)
    if clocks:
        usual = clocks.most_common(1)[0][0]
        unless = " unless marked" if len(clocks) > 1 else ""
        start = "features" if bodiless else "pixels"
        say(f"ms: one task at a time, from {start}; median over seeds; {usual}{unless}", OVERVIEW, COST)
        say("ms/sample of a method: mean over settings", OVERVIEW)
        notes.understood.add(usual)
    if any(row.training_seconds is not None for row in rows):
        shared = "" if bodiless else ", without the body that methods on features share"
        say(f"training: weight preparation and meta-training{shared}, on the hardware above; median over seeds", COST)
        if any(BESIDE in name for row in rows for cell in row.cells for name in cell.outcome["seconds"] or {}):
            say(
                "of it preparation: what was prepared beside meta-training is not part of the seconds of training", COST
            )
    if any(row.shared_seconds for row in rows):
        say("packing, body, features: made once for all methods and settings that use them; median over seeds", COST)
    if any(row.diagnostics for row in rows):
        several = "; mean and 95 % t-interval over seeds" if most_seeds > 1 else f"; {SINGLE_SEED}"
        say(f"diagnostics: measured beside the accuracy; docs/suites.md says of what{several}", DIAGNOSTICS)
    tables = sorted({row.paper.source.removeprefix("Table ") for row in rows if row.paper})
    if tables:
        named = f"Table{'s' if len(tables) > 1 else ''} {' and '.join(tables)}"
        own = f"paper: “{PAPER}”, {named}; mean of 5 runs under its own protocol; less paper: measured less published"
        say(own, ACCURACY)
    if any(row.published for row in rows):
        say("published: by others, each under its own protocol; in brackets measured less published", ACCURACY)
    profile = PROFILES.get(rows[0].sheet["profile"])
    if profile:
        say(f"profile {profile.name}: {profile.summary}")
    notes.general += about_data(rows) + about_code(rows)
    return notes


def shared_notes(rows: Iterable[SummaryRow]) -> set[str]:
    """Notes that hold for all rows, so that it would tell a reader nothing to mark them."""
    networks = {_network(row) for row in rows}
    return networks if len(networks) == 1 else set()


def _network(row: SummaryRow) -> str:
    return "no body: the data are features" if row.architecture == NONE else f"network: {row.architecture}"


def about_data(rows: Iterable[SummaryRow]) -> list[GeneralNote]:
    """Which parts of their data sets rows are of, where it is not all of them."""
    return [GeneralNote(f"data: {note}") for note in dict.fromkeys(note for row in rows for note in row.data_notes)]


def about_code(rows: Iterable[SummaryRow]) -> list[GeneralNote]:
    """Which methods have records of several versions of the code: their numbers may differ for that reason alone."""
    found: dict[str, set[str | None]] = {}
    for row in rows:
        found.setdefault(row.method, set()).update(row.code)
    by_code: dict[str, list[str]] = {}
    for method, versions in found.items():
        if len(versions) > 1:
            told = ", ".join(sorted(name for name in versions if name)) + ", and one not recorded" * (None in versions)
            by_code.setdefault(told, []).append(method)
    return [
        GeneralNote(f"code: records of {', '.join(methods)} were made by several versions of the sources ({told})")
        for told, methods in by_code.items()
    ]


def about_differences(analysis: Analysis) -> str:
    """What differences are of, and how they were tested."""
    if any(comparison.adjusted_p is not None for comparison in analysis.comparisons.values()):
        return (
            "differences: percentage points on the same episodes, mean and 95 % t-interval over seeds; "
            "p: paired t-test over seeds, Holm-corrected over the table"
        )
    return "differences: percentage points on the same episodes; a single seed: no test"


def _about_standing(analysis: Analysis) -> str:
    if max(len(row.by_seed) for row in analysis.rows) < 2:
        return "{best}: highest of its setting; a single seed: no test says by how much it leads"
    tied = TIED in analysis.standing.values()
    return "{best}: highest of its setting" + (
        f"; {{tied}}: {TIED} from it (paired t-test over seeds, Holm-corrected over the setting, {LEVEL:.0%} level)"
        if tied
        else "; all others that were tested are distinguishably lower"
    )


def about_ranks(ranking: Ranking) -> str:
    """What average ranks and interquartile means are of, and what Friedman's and Nemenyi's tests say."""
    text = f"average rank: over {ranking.blocks} settings, for methods that finished in all; "
    if ranking.p is not None:
        text += (
            f"Friedman p {'<0.001' if ranking.p < 0.001 else f'{ranking.p:.3f}'}, Nemenyi critical difference "
            f"{ranking.critical_difference:.2f}; "
        )
    return text + "IQM: interquartile mean over settings and seeds, bootstrap over seeds"


def about_method(row: SummaryRow) -> list[str]:
    """Notes for a row's name."""
    about = ["transductive: an answer depends on the task's other queries"] if row.transductive else []
    if row.architecture and "architecture" not in row.variant:
        about.append(_network(row))
    if row.pretrained:
        about.append(f"body pre-trained by others on {row.pretrained}: it has seen test classes")
    return about


def about_accuracy(row: SummaryRow) -> list[str]:
    """Notes for a row's accuracy: seeds that failed, with their reasons, or are missing, and what is not shown."""
    about = [SINGLE_SEED] if len(row.by_seed) == 1 else []
    for reason in dict.fromkeys(reason for _, reason in row.failures):
        about.append(f"{_seeds([seed for seed, why in row.failures if why == reason])} failed: {reason}")
    if row.absent:
        about.append(f"{_seeds(row.absent)} missing")
    if row.other_versions:
        versions = f"{row.other_versions} earlier version{'s' * (row.other_versions > 1)} of the method"
        about.append(f"results of {versions} are not shown")
    return about


def about_diagnostic(row: SummaryRow, found: Diagnostic) -> list[str]:
    """A note for what some of the row's seeds did not measure."""
    return [f"{_seeds(found.seeds)} only"] if len(found.seeds) < len(row.by_seed) else []


def about_shared_seeds(row: SummaryRow, shared: tuple[int, ...]) -> list[str]:
    """A note for a difference for which the reference lacks seeds that the row has."""
    return [f"compared on {_seeds(shared)} only"] if len(shared) < len(row.by_seed) else []


def about_paper(row: SummaryRow) -> list[str]:
    """Notes for the paper's number of a row that has one."""
    return [f"called {row.paper.name} in the paper"] if row.paper.name != row.method else []


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
    return f"measured on {clock_name(row.clock)}"


def about_measured_settings(names: Iterable[str]) -> str:
    """A note for a mean latency over some of the settings."""
    return f"ms/sample of {', '.join(names)} only"


def _seeds(seeds: Iterable[int]) -> str:
    numbers = [str(seed) for seed in sorted(seeds)]
    return f"seed{'s' if len(numbers) > 1 else ''} {', '.join(numbers)}"


def _letters(number: int) -> str:
    """a to z, then aa, ab, ..."""
    alphabet = string.ascii_lowercase
    return (_letters(number // 26 - 1) if number >= 26 else "") + alphabet[number % 26]
