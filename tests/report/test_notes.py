"""The notes below tables."""

import itertools
import re

import pytest

from benchmark.report.comparisons import analyses
from benchmark.report.layout import lay_out, lay_out_differences
from benchmark.report.notes import ACCURACY, COST, DIAGNOSTICS, DIFFERENCES, OVERVIEW, RANKS
from benchmark.report.results import read_results
from benchmark.report.tables import FORMATS
from tests.report.shown import READABLE, cells_of, shown


def test_footnote_on_the_profile(results):
    results.add(0.9, profile="smoke")
    text = shown("markdown", results.store)
    assert "- Profile smoke: seconds a cell, to see that everything works." in text


def test_partial_data_are_a_footnote(results):
    per_class = {"train": [400, 400], "test": [150, 600]}
    results.add(0.9, data={"images": 40_000, "published": 60_000, "classes": {}, "images_per_class": per_class})
    results.add(0.9, dataset="*drawn*", data={"images": 1, "published": 2, "images_per_class": {"a": [1, 1]}})
    text = shown("markdown", results.store)
    of_omniglot = "- The data are only a part of omniglot (40,000 of 60,000 images)"
    assert f"{of_omniglot}; images per class: train 400, test 150 to 600." in text
    assert r"- The data are only a part of \*drawn\* (1 of 2 images); images per class: a 1." in text


def test_whole_data_need_no_footnote(results):
    results.add(0.9, data={"images": 60_000, "published": 60_000, "classes": {}, "images_per_class": {}})
    assert "- The data are" not in shown("markdown", results.store)


def code(sources):
    return {"sources": sources, "commit": None, "clean": None}


def test_methods_of_several_versions_of_the_code_are_named(results):
    """Within a row or over rows of a method; other methods may be of another version, as long as each is of one."""
    results.add(0.9, method="ridge", code=code("aaa"))
    results.add(0.9, method="ridge", seed=1, code=code("bbb"))
    results.add(0.9, method="vae", code=code("aaa"))
    results.add(0.9, method="vae", shot=5)
    results.add(0.9, method="maml", code=code("bbb"))
    text = shown("markdown", results.store)
    assert "- Several versions of the sources made the records of ridge: aaa, bbb." in text
    assert "- Several versions of the sources made the records of vae: aaa, and one not recorded." in text
    assert "records of maml" not in text


@pytest.mark.parametrize("told", [None, code("aaa")])
def test_one_version_of_the_code_needs_no_footnote(results, told):
    results.add(0.9, code=told)
    results.add(0.9, seed=1, code=told)
    assert "- code:" not in shown("markdown", results.store)


def test_single_seed_everywhere_is_said_once(results):
    results.add(0.9, method="ridge")
    results.add(0.8, method="vae")
    text = shown("markdown", results.store)
    assert "- Accuracy is in percent. A single seed has no interval." in text
    assert "**90.00** " in text and "80.00 " in text and "00 ±" not in text


def test_clocks_that_differ_are_marked(results):
    for number, method in enumerate(["ridge", "vae", "lv-di"]):
        other = {"device": "cuda", "device_name": "NVIDIA H200"} if method == "lv-di" else {}
        results.add_latency(results.add(method=method), 1.5 + number, 2.0, **other)
    text = shown("markdown", results.store)
    assert "Unless marked, it was measured on AMD EPYC (cpu, 2 threads, bfloat16)." in text
    ((adapt, *_),) = cells_of(text, "lv-di", "Cost")
    mark = re.fullmatch(r"3\.50<sup>(.)</sup>", adapt)[1]
    assert f"- <sup>{mark}</sup> It was measured on NVIDIA H200 (cuda, 2 threads, bfloat16)." in text
    assert " 1.50 |" in text and " 2.50 |" in text


@pytest.mark.parametrize("form", READABLE)
def test_body_that_others_have_trained_is_marked(results, form):
    def text():
        return " ".join(FORMATS[form](read_results(results.store)).split())

    results.add(0.8)
    note = "Others pre-trained the body on ImageNet-1k, so it has seen test classes."
    assert note not in text()
    results.add(0.9, body={"version": 1, "architecture": "resnet18-imagenet", "pretrained": "ImageNet-1k"})
    assert note in text()


@pytest.mark.parametrize("form", READABLE)
def test_networks_are_named_where_they_differ(results, form):
    def text():
        return " ".join(FORMATS[form](read_results(results.store)).split())

    results.add(0.8, method="reptile")
    assert "The network is" not in text()
    results.add(0.9, body={"version": 1, "architecture": "resnet12"})
    assert "The network is resnet12." in text() and "The network is conv4." in text()


def test_every_table_marks_what_must_be_known_of_a_method_and_says_what_data_are_a_part(results):
    body = {"version": 1, "architecture": "resnet18-imagenet", "pretrained": "ImageNet-1k"}
    part = {"images": 300, "published": 600, "classes": {"test": 5}, "images_per_class": {"test": [60, 60]}}
    for dataset in ("cifar-fs", "mini-imagenet"):
        for way, seed in itertools.product((5, 20), range(3)):
            results.add_latency(results.add(0.9 + seed / 100, dataset=dataset, way=way, seed=seed, data=part), 1.0, 1.0)
            for accuracy, method in ((0.8, "prototypes"), (0.7, "ridge")):
                own = {"dataset": dataset, "way": way, "seed": seed, "method": method, "body": body, "data": part}
                results.add_latency(results.add(accuracy + seed / 50, **own), 1.0, 1.0)
    rows = read_results(results.store).rows
    shown = lay_out(analyses(rows))
    shown.append(lay_out_differences(rows[:6], ["ridge"], ["prototypes"]))
    tables = [(sheet, table) for sheet in shown for table in sheet.tables]
    assert {table.heading for _, table in tables} == {OVERVIEW, ACCURACY, COST, DIFFERENCES, DIAGNOSTICS, RANKS}
    for sheet, table in tables:
        assert any(note.startswith("The data are only a part of") for note in sheet.general_notes("", "", table)), (
            table.heading
        )
        place = [column.name for column in table.columns].index("method")
        (mark,) = [mark for note, mark in sheet.notes.marked.items() if note.startswith("Others pre-trained the body")]
        for block in table.blocks:
            for line in block.rows:
                ((piece,),) = (line[place],)
                assert (mark in piece.marks) == (not piece.text.startswith("lt-di")), (table.heading, piece)
