"""What the keys of planned cells tell apart."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmark.data import catalogue
from benchmark.data.catalogue import Located
from benchmark.system.keys import digest
from methods.errors import UserError
from tests.planning.plans import plan, plan_one


def test_keys_differ_by_every_option(dots, monkeypatch):
    monkeypatch.setattr(Located, "fingerprint", lambda located: "fingerprint")
    cells = [
        plan_one("ridge"),
        plan_one("prototypes"),
        plan_one("ridge", datasets=["glyphs"]),
        plan_one("ridge", split="few"),
        plan_one("ridge", ways=(4,)),
        plan_one("ridge", shots=(2,)),
        plan("ridge", seeds=2)[-1],
        plan_one("ridge", profile="cpu"),
        plan_one("ridge", changes=[("ridge", "penalty", "3")]),
    ]
    assert len({digest(cell.key()) for cell in cells}) == len(cells)
    assert digest(plan_one("ridge").key()) == digest(cells[0].key())


def test_keys_differ_by_every_part_that_determines_a_result(dots):
    cell = plan_one("ridge")
    profile = cell.profile
    others = [
        replace(cell, suite="another"),
        replace(cell, method=replace(cell.method, version=2)),
        replace(cell, profile=replace(profile, body=replace(profile.body, learning_rate=1.0))),
        replace(cell, profile=replace(profile, views=3)),
        replace(cell, profile=replace(profile, episodes=7)),
        replace(cell, profile=replace(profile, queries=8)),
        replace(cell, profile=replace(profile, head_hidden=9)),
    ]
    assert len({digest(each.key()) for each in [cell, *others]}) == 8


@pytest.mark.parametrize("constant", ["benchmark.cells.cell.PROTOCOL", "benchmark.bodies.recipe.VERSION"])
def test_keys_differ_by_the_version_of_the_parts(dots, monkeypatch, constant):
    before = plan_one().key()
    monkeypatch.setattr(constant, 99)
    assert digest(plan_one().key()) != digest(before)


def test_keys_differ_by_the_data(dots):
    before = plan_one().key()
    located = catalogue.locate("dots", dots)
    meta = located.folder / "bank.json"
    meta.write_text(meta.read_text().replace(located.fingerprint(), "0" * 64))
    assert digest(plan_one().key()) != digest(before)


def test_key_does_not_change_where_a_default_is_given_in_full(dots):
    assert plan_one("ridge", changes=[("ridge", "penalty", "1.0")]).key() == plan_one("ridge").key()


def test_a_changed_method_file_is_another_cell(dots, mine):
    first = plan_one(mine)
    assert plan_one(mine).key() == first.key()
    Path(mine).write_text(Path(mine).read_text() + "\n# another thought\n")
    changed = plan_one(mine).key()
    assert changed != first.key() and changed | {"method_source": first.key()["method_source"]} == first.key()
    assert "method_source" not in plan_one("ridge").key()


def test_method_file_never_takes_the_records_of_a_method_of_the_same_name(dots, tmp_path):
    """Somebody's copy of ridge.py, changed, is another method."""
    file = tmp_path / "ridge.py"
    file.write_text('"""Changed."""\nfrom methods.controls.ridge import Ridge\n\nclass Mine(Ridge):\n    pass\n')
    try:
        cells = plan("ridge", str(file))
    except UserError:
        return  # to refuse it is fine as well
    assert len({digest(cell.key()) for cell in cells}) == 2
