"""From the store to flat rows: every record together with its latency measurements."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from benchmark.store.records import RecordStore
from benchmark.system.keys import digest


@dataclass(frozen=True)
class MeasuredCell:
    """A record and its latencies: what was run, and its outcome."""

    key: dict[str, Any]  # the record's key: everything that determines the result
    outcome: dict[str, Any]
    other_versions: int = 0  # of its method, which were asked the same earlier


def measured_cells(store: RecordStore) -> list[MeasuredCell]:
    """Every record of the store, in its order. UserError where a file is damaged."""
    latencies = defaultdict(list)
    for latency in store.latencies():
        latencies[latency["key"]["record"]].append(latency)
    return [_measured_cell(record, latencies[digest(record["key"])]) for record in store.records()]


def flat_record(cell: MeasuredCell) -> dict[str, Any]:
    """One object with the entries of the record's key, and

    key_hash, status ("ok" or "failed"), reason, accuracy_mean (0 to 1), accuracy_per_episode (list),
    diagnostics, transductive, generates_weights, hardware, versions, code, started, seconds (of each phase),
    shared_seconds (of packing images, the body and its features, which cells share),
    curve (of learning, see docs/design.md), data_notes,
    adapt_ms_per_task and ms_per_sample (on the record's own hardware where measured there), and latency:
    every measurement with its clock, the one just named first. Absent values are None.
    """
    return {**cell.key, **cell.outcome}


def _measured_cell(record: dict, latencies: list[dict]) -> MeasuredCell:
    provenance, result, method = record["provenance"], record["result"] or {}, record["method"]
    hardware = provenance["hardware"]
    measurements = sorted((_measurement(latency) for latency in latencies), key=lambda m: _distance(m, hardware))
    shown = measurements[0] if measurements else {}
    outcome = {
        "key_hash": digest(record["key"]),
        "status": record["status"],
        "reason": record["reason"],
        "accuracy_mean": result.get("accuracy_mean"),
        "accuracy_per_episode": result.get("accuracy_per_episode"),
        "diagnostics": result.get("diagnostics"),
        "transductive": method["transductive"],
        "generates_weights": method["generates_weights"],
        "hardware": hardware,
        "versions": provenance["versions"],
        "code": provenance.get("code"),
        "started": provenance["started"],
        "seconds": provenance.get("seconds"),
        "shared_seconds": provenance.get("shared_seconds"),
        "curve": result.get("curve"),
        "data_notes": _data_notes(record),
        "adapt_ms_per_task": shown.get("adapt_ms_per_task"),
        "ms_per_sample": shown.get("ms_per_sample"),
        "latency": measurements,
    }
    return MeasuredCell(record["key"], outcome)


def _data_notes(record: dict) -> list[str]:
    """Sentences on the data sets that were learned from and tested on, partial data, and few classes."""
    data = record.get("data")
    if not data:
        return []
    key = record["key"]
    return [*_partial(key["dataset"], data), *_source(key, data), *_target(key, data), *_few_classes(key, data)]


def _source(key: dict, data: dict) -> list[str]:
    """Sentences on another data set that was meta-trained on."""
    if "source" not in data:
        return []
    source = data["source"]
    name = source["dataset"]
    without = f", without {', '.join(key['left_out'])}, which {key['dataset']} has too" if key["left_out"] else ""
    vectors = [f"The class vectors are {key['semantics']['kind']}."] if "semantics" in key else []
    return [
        f"Methods were meta-trained on {key['source_way']}-way tasks of {source['classes']['train']} classes of "
        f"{name}, with up to {key['source_images']} images of each{without}.",
        *vectors,
        *_partial(name, source),
    ]


def _target(key: dict, data: dict) -> list[str]:
    """Sentences on another data set that was tested on."""
    if "target" not in data:
        return []
    target = data["target"]
    name, left_out = target["dataset"], key["target_left_out"]
    without = f", without {', '.join(left_out)}, which they had learned from" if left_out else ""
    return [
        f"Methods learned from {key['dataset']} and were tested on {target['classes']['test']} classes of "
        f"{name}{without}.",
        *_partial(name, target),
    ]


def _few_classes(key: dict, data: dict) -> list[str]:
    """Sentences on tasks that are as wide as a part, or wider, where methods learn from other classes."""
    if "track" in key or "target" in key:
        return []
    way, classes = key["way"], data.get("classes", {})
    notes = []
    if classes.get("validation", way) < way:
        validation = f"{classes['validation']}-way tasks of all validation classes"
        notes.append(f"In the {way}-way setting, methods make their choices on {validation}.")
    if classes.get("test") == way:
        notes.append(f"In the {way}-way setting, all tasks share their classes: there are only {way} test classes.")
    return notes


def _partial(name: str, data: dict) -> list[str]:
    if not data["published"] or data["images"] >= data["published"]:
        return []
    per_class = ", ".join(
        f"{part} {least if least == most else f'{least} to {most}'}"
        for part, (least, most) in data["images_per_class"].items()
    )
    share = f"{data['images']:,} of {data['published']:,} images"
    return [f"The data are only a part of {name} ({share}); images per class: {per_class}."]


def _measurement(latency: dict) -> dict[str, Any]:
    clock = {name: value for name, value in latency["key"].items() if name not in ("record", "method")}
    return {"clock": clock, **latency["result"]}


def _distance(measurement: dict, hardware: dict) -> tuple:
    """Orders measurements: first those on the record's own hardware, then those with more threads."""
    clock = measurement["clock"]
    other_machine = clock["device_name"] != hardware["name"]
    return other_machine, clock["device"] != hardware["device"], -(clock.get("threads") or 0), digest(clock)
