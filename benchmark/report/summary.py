"""From cells to rows: cells that differ in nothing but the seed are summarised over seeds, no others are."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import Any

from benchmark.analysis.statistics import episode_interval, mean_interval
from benchmark.bodies import architectures
from benchmark.bodies.no_body import NONE
from benchmark.report.labels import variant_labels
from benchmark.report.published import PublishedNumber, comparable, paper_number, published_numbers
from benchmark.report.rows import MeasuredCell
from benchmark.store.records import BESIDE
from benchmark.system.keys import digest, expand

# What all rows of a table have in common; the rest of a key tells rows apart.
SHEET = (
    "suite",
    "dataset",
    "split",
    "split_content",
    "track",
    "source",
    "target",
    "part",
    "tasks",
    "profile",
    "data_fingerprint",
    "episodes",
    "queries",
    "protocol",
)

SHARED = ("packing", "body", "features")  # seconds of what all methods and settings share that use it


@dataclass(frozen=True)
class Diagnostic:
    """A number that a method measured besides the accuracy."""

    mean: float
    interval: float | None  # half width of the 95 % t-interval over `seeds`; None for a single one
    seeds: tuple[int, ...]  # that have it: records of earlier versions may not


@dataclass(frozen=True)
class SummaryRow:
    """One method with one set of hyper-parameters in one setting, over its seeds."""

    sheet: dict[str, Any]  # the entries SHEET of the keys
    title: str  # what a reader calls the sheet
    way: int
    shot: int
    method: str
    settings: dict[str, Any]  # hyper-parameters, body and every other entry of the keys but the seed
    label: str  # the method, with what tells it from its other variants on the sheet
    status: str  # "ok" with any finished seed, else "failed" with any failed one, else "missing"
    accuracy: float | None  # mean over `seeds`, percent
    interval: float | None  # half width of the 95 % t-interval over `seeds`, percent; None for a single seed
    by_seed: dict[int, float]  # mean accuracy of each finished seed, percent
    episode_interval: float | None  # half width of a seed's own 95 % interval over its episodes, mean over seeds
    failures: tuple[tuple[int, str], ...]  # failed seeds with their reasons
    absent: tuple[int, ...]  # seeds that the sheet has elsewhere but not here
    adapt_ms_per_task: float | None  # median over seeds, all measured by `clock`
    ms_per_sample: float | None
    clock: dict[str, Any] | None  # device, threads and precision of the latencies
    training_seconds: float | None  # median over seeds: weight preparation and meta-training
    preparation_seconds: float | None  # of them, or passed beside them
    shared_seconds: dict[str, float]  # medians over seeds of what other methods share, by its name in SHARED
    diagnostics: dict[str, Diagnostic]
    paper: PublishedNumber | None
    published: tuple[PublishedNumber, ...]
    transductive: bool
    generates_weights: bool
    hardware: tuple[str, ...]  # that made the records
    data_notes: tuple[str, ...]  # what a reader must know of the data, such as that they are a part only
    other_versions: int  # of the method, whose earlier results are not shown
    cells: tuple[MeasuredCell, ...]  # what was summarised, by seed

    @property
    def seeds(self) -> tuple[int, ...]:
        """Those that finished."""
        return tuple(self.by_seed)

    @property
    def variant(self) -> str:
        """The part of the label after the method's name."""
        return self.label.removeprefix(self.method).strip(" ()")

    @property
    def setting(self) -> tuple[int, int]:
        """Way and shot."""
        return self.way, self.shot

    @property
    def architecture(self) -> str | None:
        """Of the network whose features it had; a method that trains one from pixels has a conv4."""
        return _body(self.settings).get("architecture")

    @property
    def code(self) -> set[str | None]:
        """Hashes of the sources that made its records; None stands for records that do not say."""
        return {(cell.outcome["code"] or {}).get("sources") for cell in self.cells}

    @property
    def pretrained(self) -> str | None:
        """The data that others pre-trained the body on, or None."""
        return _body(self.settings).get("pretrained")

    def named(self, name: str | None = None) -> str:
        """Its label, or another name for it, with what must be known of it where no footnote can say so."""
        caveats = ["transductive"] * self.transductive + ["pre-trained body"] * bool(self.pretrained)
        name = self.label if name is None else name
        return f"{name} [{', '.join(caveats)}]" if caveats else name


def summarise(cells: Iterable[MeasuredCell]) -> list[SummaryRow]:
    """One row per sheet, way, shot and variant of a method, in the order in which tables show them.

    Suites that compare more methods come first. A variant that a sheet has in another setting only gets a row with the
    status "missing".
    """
    sheets = _grouped(cells, lambda cell: tuple(map(str, _sheet(cell).values())))
    titles = _titles({name: _sheet(members[0]) for name, members in sheets.items()})
    compared: dict[str, set[str]] = defaultdict(set)
    for members in sheets.values():
        compared[members[0].key["suite"]].update(cell.key["method"] for cell in members)
    in_order = sorted(sheets.items(), key=lambda item: (-len(compared[item[1][0].key["suite"]]), item[0]))
    return [row for name, members in in_order for row in _sheet_rows(members, titles[name])]


def _titles(sheets: dict[Hashable, dict[str, Any]]) -> dict[Hashable, str]:
    """A title for each sheet, with what tells it from others that would have the same one."""
    told = ("suite", "dataset", "split", "track", "source", "target", "profile")
    return variant_labels(
        {
            name: (
                _title(sheet),
                {entry: str(value)[:12] for entry, value in sheet.items() if entry not in told},
            )
            for name, sheet in sheets.items()
        }
    )


def _title(sheet: dict[str, Any]) -> str:
    transfer = f", track {sheet['track']}, meta-trained on {sheet['source']}" if sheet["source"] else ""
    target = f", tested on {sheet['target']}" if sheet["target"] else ""
    return f"{sheet['suite']}: {sheet['dataset']}, split {sheet['split']}{transfer}{target}, profile {sheet['profile']}"


def _sheet_rows(cells: list[MeasuredCell], title: str) -> list[SummaryRow]:
    variants = _grouped(cells, lambda cell: digest({"method": cell.key["method"], **_settings(cell)}))
    labels = variant_labels({v: (members[0].key["method"], _settings(members[0])) for v, members in variants.items()})
    seeds = {cell.key["seed"] for cell in cells}
    rows = []
    for way, shot in sorted({(cell.key["way"], cell.key["shot"]) for cell in cells}):
        block = [_row(members, title, labels[v], way, shot, seeds) for v, members in variants.items()]
        rows += sorted(block, key=_best_first)
    return rows


def _row(variant: list[MeasuredCell], title: str, label: str, way: int, shot: int, seeds: set[int]) -> SummaryRow:
    example = variant[0]
    method, settings = example.key["method"], _settings(example)
    cells = [cell for cell in variant if (cell.key["way"], cell.key["shot"]) == (way, shot)]
    cells.sort(key=lambda cell: cell.key["seed"])
    finished = [cell for cell in cells if cell.outcome["status"] == "ok"]
    failed = [cell for cell in cells if cell.outcome["status"] != "ok"]
    by_seed = {cell.key["seed"]: 100 * cell.outcome["accuracy_mean"] for cell in finished}
    accuracy, interval = mean_interval(list(by_seed.values())) if by_seed else (None, None)
    clock, latencies = _same_clock(finished)
    sheet = _sheet(example)
    setting = (example.key["dataset"], way, shot, method, (settings.get("body") or {}).get("architecture"))
    return SummaryRow(
        sheet=sheet,
        title=title,
        way=way,
        shot=shot,
        method=method,
        settings=settings,
        label=label,
        status="ok" if finished else "failed" if failed else "missing",
        accuracy=accuracy,
        interval=interval,
        by_seed=by_seed,
        episode_interval=_mean_episode_interval(finished),
        failures=tuple((cell.key["seed"], cell.outcome["reason"]) for cell in failed),
        absent=tuple(sorted(seeds - {cell.key["seed"] for cell in cells})),
        adapt_ms_per_task=_median(latencies, "adapt_ms_per_task"),
        ms_per_sample=_median(latencies, "ms_per_sample"),
        clock=clock,
        training_seconds=_median([{"seconds": training_seconds(cell)} for cell in finished], "seconds"),
        preparation_seconds=_median([{"seconds": preparation_seconds(cell)} for cell in finished], "seconds"),
        shared_seconds=_shared_seconds(finished),
        diagnostics=_diagnostics(finished),
        paper=paper_number(*setting) if comparable(sheet, settings) else None,
        published=published_numbers(*setting) if comparable(sheet, settings) else (),
        transductive=example.outcome["transductive"],
        generates_weights=example.outcome["generates_weights"],
        hardware=tuple(sorted({hardware_name(cell.outcome["hardware"]) for cell in cells})),
        data_notes=tuple(dict.fromkeys(note for cell in cells for note in cell.outcome["data_notes"])),
        other_versions=max((cell.other_versions for cell in cells), default=0),
        cells=tuple(cells),
    )


def _diagnostics(cells: list[MeasuredCell]) -> dict[str, Diagnostic]:
    by_seed: dict[str, dict[int, float]] = defaultdict(dict)
    for cell in cells:
        for name, value in (cell.outcome["diagnostics"] or {}).items():
            by_seed[name][cell.key["seed"]] = value
    return {name: Diagnostic(*mean_interval(list(values.values())), tuple(values)) for name, values in by_seed.items()}


def training_seconds(cell: MeasuredCell) -> float | None:
    """Seconds of preparation and meta-training, without preparation that ran alongside it."""
    phases = _phases(cell)
    return sum(took for name, took in phases.items() if not name.endswith(BESIDE)) if phases else None


def seconds_before(cell: MeasuredCell) -> float:
    """Seconds before meta-training began; 0 if all preparation ran alongside it."""
    phases = _phases(cell).items()
    return sum(took for name, took in phases if name != "meta-training" and not name.endswith(BESIDE))


def preparation_seconds(cell: MeasuredCell) -> float | None:
    """Seconds of making the artefacts of a method, before meta-training or alongside it."""
    phases = _phases(cell)
    return sum(took for name, took in phases.items() if name != "meta-training") if phases else None


def _shared_seconds(cells: list[MeasuredCell]) -> dict[str, float]:
    shared = [cell.outcome["shared_seconds"] or {} for cell in cells]
    medians = {name: _median(shared, name) for name in SHARED}
    return {name: seconds for name, seconds in medians.items() if seconds is not None}


def _phases(cell: MeasuredCell) -> dict[str, float]:
    return {name: seconds for name, seconds in (cell.outcome["seconds"] or {}).items() if name != "evaluation"}


def hardware_name(hardware: dict[str, Any]) -> str:
    """The device that a record was made on, for readers."""
    return f"{hardware['name']} ({hardware['device']})"


def _mean_episode_interval(cells: list[MeasuredCell]) -> float | None:
    halves = [episode_interval(cell.outcome["accuracy_per_episode"])[1] for cell in cells]
    known = [100 * half for half in halves if half is not None]
    return statistics.mean(known) if known else None


def _sheet(cell: MeasuredCell) -> dict[str, Any]:
    """The entries SHEET of a key.

    Which classes overlap is up to a body: tasks of those are the same under the same architecture only.
    """
    key = expand("record", cell.key)
    sheet = {name: key[name] for name in SHEET}
    architecture = _body(cell.key).get("architecture", architectures.DEFAULT)
    if sheet["tasks"] == "overlapping" and architecture not in (architectures.DEFAULT, NONE):
        sheet["tasks"] = f"overlapping to {architecture}"
    return sheet


def _body(entries: dict[str, Any]) -> dict[str, Any]:
    """The entries of a key about the body; none if it has no body."""
    return entries.get("body") or {}


def _settings(cell: MeasuredCell) -> dict[str, Any]:
    elsewhere = {*SHEET, "way", "shot", "method", "seed"}
    return {name: value for name, value in cell.key.items() if name not in elsewhere}


def _same_clock(cells: list[MeasuredCell]) -> tuple[dict | None, list[dict]]:
    """The clock that is preferred in most cells, and every cell's measurement by it."""
    preferred = Counter(digest(cell.outcome["latency"][0]["clock"]) for cell in cells if cell.outcome["latency"])
    if not preferred:
        return None, []
    chosen = preferred.most_common(1)[0][0]
    latencies = [m for cell in cells for m in cell.outcome["latency"] if digest(m["clock"]) == chosen]
    return latencies[0]["clock"], latencies


def _median(latencies: list[dict], name: str) -> float | None:
    values = [latency[name] for latency in latencies if latency.get(name) is not None]
    return statistics.median(values) if values else None


def _best_first(row: SummaryRow) -> tuple:
    return row.accuracy is None, -(row.accuracy or 0.0), row.status, row.label


def _grouped(cells: Iterable[MeasuredCell], name: Callable[[MeasuredCell], Hashable]) -> dict[Any, list[MeasuredCell]]:
    groups = defaultdict(list)
    for cell in cells:
        groups[name(cell)].append(cell)
    return groups
