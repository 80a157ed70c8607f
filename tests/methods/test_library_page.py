"""docs/library.md: its code runs as it is written, and it names every method that generates heads."""

import re
from pathlib import Path

import torch

import methods
from methods import registry
from methods.head_method import HeadMethod

PAGE = (Path(__file__).parents[2] / "docs" / "library.md").read_text(encoding="utf-8")


def test_the_code_runs_as_it_is_written(monkeypatch):
    use, loading = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len([line for line in use.splitlines() if line and not line.startswith("#")]) <= 10
    quick = {"prepared_heads": 32, "preparation_steps": 6, "steps": 3, "width": 16}
    monkeypatch.setattr(methods.LtDi, "PROFILES", {"smoke": quick})
    names = {}
    torch.manual_seed(0)
    exec(use, names)
    assert names["logits"].shape == (75, 5)
    weights, names["state"] = names["weights"], names["method"].state_dict()
    exec(loading, names)
    again = names["method"].generate_head(names["support_x"], names["support_y"])
    assert torch.equal(again, weights)


def test_every_method_that_generates_heads_is_named():
    classes = [methods.load(name) for name in registry.names()]
    rows = [line for line in PAGE.splitlines() if line.startswith("| `method.generate_head")]
    named = set(re.findall(r"`(\w+)`", " ".join(row.split("|")[2] for row in rows)))
    assert named == {cls.__name__ for cls in classes if issubclass(cls, HeadMethod)}
