"""The conformance kit: every method of the project passes, and each kind of mistake is found."""

import pytest

from benchmark.running.conformance import check_method
from methods import registry


def ready(name):
    """The method, skipped where a package that it requires is not installed."""
    return pytest.param(name, marks=[getattr(pytest.mark, package) for package in registry.load(name).requires])


@pytest.mark.parametrize("name", [ready(name) for name in registry.names()])
def test_every_method_keeps_to_the_contract(name):
    broken = [finding for finding in check_method(name) if not finding.passed]
    assert not broken


BROKEN = {
    "answers": "return query.x[..., :2]",
    "learns": "return torch.zeros(*query.x.shape[:2], 5)",
    "same seed, same answer": "return LOGITS + 1e-3 * torch.rand(1, generator=FRESH)",
    "batch size changes nothing": "return LOGITS + 0.1 * LOGITS.mean(0, keepdim=True)",
    "ignores query labels": "return LOGITS if query.y is None else torch.nn.functional.one_hot(query.y, 5).float()",
    "queries are independent": "return LOGITS - LOGITS.mean(1, keepdim=True)",
    "equivariant to labels": "return LOGITS * torch.arange(1, 6)",
}
BROKEN_FIT = {
    "meta-trains": "yield Progress(1, 1, float('nan'))",
    "saves and loads": "self.scale = 2.0; yield Progress(1, 1, 0.0)",
}


@pytest.mark.parametrize("check", [*BROKEN, *BROKEN_FIT])
def test_each_mistake_is_found(check, tmp_path):
    code = BROKEN.get(check, "return LOGITS").replace("LOGITS", "self.scale * cosine_logits(state, query.x)")
    code = code.replace("FRESH", "torch.Generator().manual_seed(id(self) % 2**31)")
    file = tmp_path / "broken.py"
    file.write_text(f'''
"""A broken method."""
import torch
from methods.interface import Method, Progress
from methods.support import class_means, cosine_logits

class Broken(Method):
    scale = 1.0

    def fit(self, context):
        {BROKEN_FIT.get(check, "yield Progress(1, 1, 0.0)")}

    def adapt(self, task):
        return class_means(task, task.support.x)

    def predict(self, state, query):
        {code}
''')
    found = {finding.check: finding.passed for finding in check_method(str(file))}
    assert found[check] is False


@pytest.mark.parametrize(
    ("adapt", "check"),
    [("return 1 / 0", "answers"), ("assert len(task.seeds) > 1; return task", "goes through every check")],
)
def test_an_error_is_a_finding_that_says_where(adapt, check, tmp_path):
    file = tmp_path / "broken.py"
    file.write_text(f'''"""A broken method."""
from methods.interface import Method
from methods.support import class_means, cosine_logits

class Broken(Method):
    def adapt(self, task):
        {adapt}

    def predict(self, task, query):
        return cosine_logits(class_means(task, task.support.x), query.x)
''')
    *_, last = check_method(str(file))
    assert (last.check, last.passed) == (check, False)
    assert last.detail.endswith("Error: division by zero (broken.py, line 7)" if check == "answers" else "line 7)")


@pytest.mark.parametrize(
    ("fit", "predict", "check", "detail"),
    [
        ("self.scale = 2.0", "return cosine_logits(state, query.x)", "meta-trains", "fit must yield Progress"),
        ("yield from ()", "return cosine_logits(state, query.x) * float('nan')", "answers", "NaN or infinite"),
        (
            "self.kept = 2.0; yield from ()",
            "return cosine_logits(state, query.x) * self.kept",
            "saves and loads",
            "has no attribute 'kept'",
        ),
    ],
)
def test_what_is_wrong_is_said(fit, predict, check, detail, tmp_path):
    file = tmp_path / "broken.py"
    file.write_text(f'''"""A broken method."""
from methods.interface import Method
from methods.support import class_means, cosine_logits

class Broken(Method):
    def fit(self, context):
        {fit}

    def adapt(self, task):
        return class_means(task, task.support.x)

    def predict(self, state, query):
        {predict}
''')
    (found,) = (finding for finding in check_method(str(file)) if not finding.passed)
    assert found.check == check and detail in found.detail


def test_remembered_classes_are_found(tmp_path):
    """A method that knows the classes from elsewhere stays above chance when support labels are shuffled."""
    file = tmp_path / "cheat.py"
    file.write_text('''
"""Looks for the class in the support set's place instead of in its label."""
from methods.interface import Method
from methods.support import cosine_logits

class Cheat(Method):
    def adapt(self, task):
        return task.support.x

    def predict(self, state, query):
        return cosine_logits(state, query.x)
''')
    found = {finding.check: finding.passed for finding in check_method(str(file))}
    assert found["learns"] and not found["shuffled labels give chance"]


@pytest.mark.parametrize(
    ("code", "check", "detail"),
    [
        (
            "def fit(self, context):\n        context.train.examples(torch.zeros(1, 1).long()).mask.sum()\n"
            "        yield Progress(1, 1, 0.0)",
            "learns from examples without a mask",
            "'NoneType' object has no attribute 'sum' (broken.py, line 10)",
        ),
        (
            "@classmethod\n    def scaled(cls, settings, profile, inputs):\n"
            "        return {} if inputs.pixels > 10_000 else settings",
            "has settings for every profile",
            "TypeError: scaled gives a dict, not a Hyperparameters",
        ),
        ("PROFILES = {'paper': {'stpes': 1}}", "has settings for every profile", "unexpected keyword argument 'stpes'"),
    ],
)
def test_what_only_some_runs_would_show_is_found(code, check, detail, tmp_path):
    """Sources without masks, large images, other profiles."""
    file = tmp_path / "broken.py"
    file.write_text(f'''"""A broken method."""
import torch
from methods.interface import Method, Progress
from methods.support import class_means, cosine_logits

class Broken(Method):
    scale = 1.0

    {code}

    def adapt(self, task):
        return class_means(task, task.support.x)

    def predict(self, state, query):
        return cosine_logits(state, query.x)
''')
    if "fit" not in code:
        file.write_text(file.read_text() + "\n    def fit(self, context):\n        yield Progress(1, 1, 0.0)\n")
    (found,) = (finding for finding in check_method(str(file)) if not finding.passed)
    assert found.check == check and detail in found.detail
