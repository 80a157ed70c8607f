"""Long trainings go on after an interruption, to the weights of an undisturbed one."""

from dataclasses import replace

import pytest
import torch

from benchmark.store import checkpoints
from benchmark.store.checkpoints import KeptTraining
from methods.algorithms.lv_di import LvDi
from methods.algorithms.metadiff import MetaDiff
from tests.methods.sources import context

SMALL = {"prepared_heads": 16, "steps": 9, "width": 16, "preparation_steps": 4, "tasks_per_step": 4}
CASES = {
    "joint": (LvDi, SMALL),
    "beside": (LvDi, SMALL | {"preparation": "beside"}),
    "reptile": (LvDi, SMALL | {"outer_loop": "reptile"}),
    "metadiff": (MetaDiff, {"steps": 9}),
}


def fit(case, of, training=None, until=None):
    """A fitted method, or one stopped at step `until`."""
    cls, settings = CASES[case]
    torch.manual_seed(0)
    method = cls(cls.for_profile("smoke", **settings))
    method.build(of.problem)
    progress = method.fit(of if training is None else replace(of, training=training))
    for report in progress:
        if report.step == until:
            progress.close()
    return method


@pytest.mark.parametrize("case", CASES)
def test_interrupted_training_ends_where_an_undisturbed_one_does(case, tmp_path, monkeypatch):
    monkeypatch.setattr(checkpoints, "INTERVAL", 0.0)
    of, file = context(), tmp_path / "training.pt"
    whole = fit(case, of)
    fit(case, of, KeptTraining(file), until=6)
    kept = KeptTraining(file)
    resumed = fit(case, of, kept)
    assert kept.earlier > 0
    for name, value in whole.state_dict().items():
        assert torch.equal(resumed.state_dict()[name], value), name
