"""`ltdi-bench run --record`: one record is made again, wherever it lies."""

import json

from benchmark.planning.plan import make_plan
from benchmark.planning.request import Request
from benchmark.store.records import RecordStore


def kept(folder, cell):
    """A record of a cell, as a run would have written it."""
    record = {"key": cell.key(), "status": "ok", "reason": None, "result": {"accuracy_mean": 0.5}, "method": {}}
    RecordStore(folder).write_record({**record, "provenance": {}})
    return RecordStore(folder).record_path(cell.key())


def test_a_record_leads_to_its_cell_alone(ltdi_bench, dots, tmp_path):
    """Others of the same suite, seed and method are not planned, whatever variants the suite has."""
    request = Request("stress", ["metadiff", "prototypes"], ["dots"], seeds=2, profile="smoke")
    cells = make_plan(request).cells
    assert len({cell.digest for cell in cells}) == len(cells) > 10
    for cell in (cells[0], cells[-1]):
        path = kept(tmp_path / "theirs", cell)
        done = ltdi_bench("run", "--record", path, "--dry-run", "--results", tmp_path / "mine")
        assert (done.code, done.out) == (0, f"missing  {make_plan(Request.from_key(cell.key())).cells[0]}\n")
        named = ltdi_bench("run", "--record", cell.digest[:12], "--dry-run", "--results", tmp_path / "theirs")
        assert named.out.startswith("done     ") and named.out.count("\n") == 1


def test_a_record_of_other_data_is_refused(ltdi_bench, dots, tmp_path):
    (cell,) = make_plan(Request("fewshot", ["ridge"], ["dots"], ways=(5,), shots=(1,), seeds=1, profile="smoke")).cells
    path = kept(tmp_path / "theirs", cell)
    record = json.loads(path.read_text())
    record["key"]["data_fingerprint"] = "f" * 64
    RecordStore(tmp_path / "others").write_record(record)
    (other,) = (tmp_path / "others").rglob("*.json")
    done = ltdi_bench("run", "--record", other, "--results", tmp_path / "mine")
    assert done.code == 2 and done.err.count("\n") == 1
    assert "was made with other data or another version of ltdi-bench" in done.err
    assert not (tmp_path / "mine").exists()
