"""The page as a file: whole, self-contained, escaped, served on this machine alone."""

import json
import re
import shlex
import threading
import urllib.error
import urllib.request
import webbrowser
from dataclasses import replace

import pytest

from benchmark.planning.plan import make_plan
from benchmark.planning.request import Request
from benchmark.report.page import render_page
from benchmark.report.reproduce import Commands
from benchmark.report.results import read_results
from benchmark.report.server import make_server
from methods.errors import UserError

HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\u2028&amp;"


def page_of(results):
    return render_page(read_results(results.store)).decode()


def data_in(page):
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1])


def test_page_holds_every_record_and_its_provenance(results):
    key = results.add(0.9, seed=3, code={"sources": "0123456789ab", "commit": "c" * 40, "clean": True})
    results.add_latency(key, 3.0, 0.1)
    results.add(seed=4, reason="out of memory")
    data = data_in(page_of(results))
    (sheet,) = data["sheets"]
    (row,) = sheet["rows"]
    finished, failed = row["records"]
    assert (row["label"], row["accuracy"], row["paper"]) == ("lt-di", 90.0, [97.12, "Table 3"])
    assert (finished["seed"], finished["accuracy"], finished["reason"]) == (3, 90.0, None)
    assert (failed["seed"], failed["accuracy"], failed["reason"]) == (4, None, "out of memory")
    assert data["shared"][finished["versions"]]["torch"] == "2.15.0"
    assert data["shared"][finished["code"]]["commit"] == "c" * 40
    assert data["shared"][failed["code"]] is None
    assert data["shared"][finished["hardware"]] == "AMD EPYC (cpu)"
    assert finished["latency"][0][1:] == [3.0, 0.1]
    assert data["shared"][row["settings"]]["hyperparameters"] == {"steps": 100}
    assert data["summary"][0].startswith(
        "There are 2 records: 1 finished and 1 failed. They cover 1 method, 1 data set, 2 seeds"
    )


def test_summary_says_who_leads_and_how_generators_stand(results):
    for seed in range(5):
        results.add(0.9 + seed / 1000, seed=seed, method="prototypes", generates_weights=False)
        results.add(0.8 + seed / 900, seed=seed, method="lt-di")
    _, leads, stands = data_in(page_of(results))["summary"]
    assert leads.endswith("5-way 1-shot: prototypes leads with 90.20 %.")
    stand = "generated weights are above prototypes in 0 of 1 comparisons, below it in 1, and not"
    assert stands.endswith(f"{stand} distinguishable from it in 0.")


def test_page_names_what_must_be_known_of_a_method(results):
    body = {"version": 1, "architecture": "resnet18-imagenet", "pretrained": "ImageNet-1k"}
    results.add(0.9, method="maml", transductive=True, body=body)
    data = data_in(page_of(results))
    assert data["sheets"][0]["rows"][0]["label"] == "maml [transductive, pre-trained body]"
    assert "maml [transductive, pre-trained body] leads with" in data["summary"][1]


def test_nothing_in_the_page_comes_from_elsewhere(results):
    results.add()
    page = page_of(results)
    assert not re.search(r"""(?:src|href)=["'](?!data:|#)""", page)
    assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest|innerHTML|insertAdjacent|document\.write|eval\(", page)
    assert "default-src 'none'" in page
    assert [a for a in re.findall(r"https?://\S+", page) if "www.w3.org" not in a] == []  # the name space of SVG


def test_text_of_records_cannot_leave_its_element(results):
    hardware = {"device": "cpu", "name": HOSTILE, "cores": 2}
    results.add(method=HOSTILE.replace("/", "|"), split=HOSTILE, hyperparameters={HOSTILE: HOSTILE}, hardware=hardware)
    partial = {"images": 1, "published": 2, "images_per_class": {HOSTILE: [1, 2]}}
    results.add(reason=HOSTILE, data=partial)
    page = page_of(results)
    assert page.count("<script") == 2 and page.count("</script>") == 2
    assert "<img" not in page and "\u2028" not in page
    assert HOSTILE.replace("\u2028", " ") in json.dumps(data_in(page))  # nothing is lost


def test_what_records_share_is_written_once(results):
    for seed in range(40):
        results.add(seed=seed)
    page = page_of(results)
    assert page.count("AMD EPYC") == 1 and page.count("2.15.0") == 1


@pytest.mark.parametrize("body", [None, "resnet12"])
def test_command_makes_the_same_cell(ltdi_bench, results, dots, body):
    """The command for a record with changed hyper-parameters finds that record, and would run nothing else."""
    changes = [("lt-di", "steps", "7"), ("lt-di", "augmentation", "false"), ("metadiff", "widths", "8+8")]
    setting = {"ways": (5,), "shots": (1,), "seeds": 2, "profile": "smoke", "body": body}
    for cell in make_plan(Request("fewshot", ["lt-di", "metadiff"], ["dots"], changes=changes, **setting)).cells:
        key = results.add(**cell.key())
        words = shlex.split(f"{Commands().command(key)} --seeds 1 --first-seed {cell.seed}")
        assert ("--body" in words) == (body is not None)
        assert words[0] == "ltdi-bench" and words.count("--set") == (2 if cell.method.label == "lt-di" else 1)
        done = ltdi_bench(*words[1:], "--dry-run", "--results", results.store.root)
        (line,) = done.out.splitlines()
        on = "dots resnet12" if body else "dots"
        assert line.startswith(f"done     {on} 5-way 1-shot seed {cell.seed} {cell.method.label} (")


def test_command_says_for_how_long_the_body_was_trained_where_that_is_unusual(ltdi_bench, results, dots):
    for epochs in (None, 3):
        request = Request("fewshot", ["ridge"], ["dots"], ways=(5,), shots=(1,), seeds=1, profile="smoke")
        (cell,) = make_plan(replace(request, body_epochs=epochs)).cells
        words = shlex.split(Commands().command(results.add(**cell.key())))
        assert ("--body-epochs" in words) == (epochs is not None)
        done = ltdi_bench(*words[1:], "--seeds=1", "--dry-run", "--results", results.store.root)
        assert done.out.startswith("done     dots")


def test_command_for_a_variant_of_a_suite_leaves_the_variants_to_the_suite(ltdi_bench, results, dots):
    cells = make_plan(Request("search", ["lt-di"], ["dots"], profile="smoke")).cells
    for cell in cells[:3]:
        key = results.add(**cell.key())
        command = Commands().command(key)
        assert "--set" not in command
        words = shlex.split(f"{command} --seeds 1 --first-seed {cell.seed}")
        done = ltdi_bench(*words[1:], "--dry-run", "--results", results.store.root)
        assert f"done     {cell}" in done.out.splitlines()


def test_command_for_a_method_that_is_not_installed(results):
    key = results.add(method="mine", hyperparameters={"rate": 0.1, "name": "a b"})
    command = Commands().command(key)
    assert "--methods mine.py " in command
    assert command.endswith("--profile cpu --set mine.rate=0.1 --set 'mine.name=a b'")


def test_page_is_written(ltdi_bench, results, tmp_path):
    results.add()
    done = ltdi_bench("report", "--results", results.store.root, "--html", tmp_path / "out" / "page.html")
    assert (done.code, done.err) == (0, "")
    assert (tmp_path / "out" / "page.html").read_bytes() == render_page(read_results(results.store))


def test_page_without_results_writes_nothing(ltdi_bench, tmp_path):
    done = ltdi_bench("report", "--results", tmp_path / "none", "--html", tmp_path / "page.html")
    assert done.code == 2 and not (tmp_path / "page.html").exists()


@pytest.fixture
def served():
    """Serves a page that counts its visits; gives the server."""
    visits = []

    def page():
        visits.append(1)
        return f"visit {len(visits)}".encode()

    with make_server(page, 0) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def visit(server, path="/", host=None):
    request = urllib.request.Request(f"http://127.0.0.1:{server.server_port}{path}")
    if host:
        request.add_header("Host", host)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return answer.read().decode()


def test_server_makes_the_page_for_every_visit_on_this_machine_only(served):
    assert served.server_address[0] == "127.0.0.1"
    assert [visit(served), visit(served)] == ["visit 1", "visit 2"]
    with pytest.raises(urllib.error.HTTPError, match="404"):
        visit(served, "/etc/passwd")
    with pytest.raises(urllib.error.HTTPError, match="403"):
        visit(served, host="elsewhere.example")


def test_taken_port_is_a_clear_error(served):
    with pytest.raises(UserError, match="choose another --port"):
        make_server(bytes, served.server_port)


def test_serve_opens_the_page(ltdi_bench, results, monkeypatch):
    results.add()
    opened = []
    monkeypatch.setattr(webbrowser, "open", opened.append)

    def stop(server):
        raise KeyboardInterrupt

    monkeypatch.setattr("http.server.ThreadingHTTPServer.serve_forever", stop)
    done = ltdi_bench("report", "--results", results.store.root, "--serve")
    assert done.code == 0
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/", opened[0]) and opened[0] in done.out
