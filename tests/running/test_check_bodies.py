"""The conformance kit for bodies: those of the project pass, and each kind of mistake is found."""

import pytest

from benchmark.bodies import architectures
from benchmark.running.conformance import body, check_body
from methods.errors import UserError

TRAINED_HERE = [name for name in architectures.names() if not name.endswith("-imagenet")]


@pytest.mark.parametrize("name", TRAINED_HERE)
def test_every_body_keeps_to_the_contract(name, monkeypatch):
    monkeypatch.setattr(body, "SHAPES", ((28, 28, 1), (32, 32, 3)))  # larger ones take half a minute
    found = list(check_body(name))
    assert [finding for finding in found if not finding.passed] == []
    assert len(found) == 14


BODY = '''"""A body with a mistake."""
import torch
from torch import nn
from benchmark.bodies.architecture import Architecture, Network

class Flat(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.layer, self.idle = nn.Linear(size, 8), nn.Linear(2, 2)
        {init}

    def forward(self, x):
        y = self.layer(x.flatten(1)) + 0 * self.idle.weight.sum() + 0 * self.idle.bias.sum()
        {forward}

class Broken(Architecture):
    summary = "broken"

    def features(self, recipe, image_shape):
        return {features}

    def network(self, recipe, image_shape):
        height, width, channels = image_shape
        return Network(Flat(height * width * channels), (height, width), 8)
'''
RIGHT = {"init": "pass", "forward": "return y", "features": "8"}
MISTAKES = {
    "makes features": {"features": "9"},
    "tells images apart": {"forward": "return y.mean() + 0 * y + torch.arange(8)"},
    "batch size changes nothing": {"forward": "return y - y.mean(0)"},
    "same image, same features": {"forward": "return y + torch.rand_like(y)"},
    "same seed, same network": {"init": "self.start = float(torch.rand(1, generator=torch.Generator().manual_seed("
        "id(self) % 2**31)))", "forward": "return y * self.start"},
    "saves and loads": {"init": "self.other = torch.randn(8)", "forward": "return y + self.other"},
    "can be trained": {"forward": "return self.layer(x.flatten(1))"},
}  # fmt: skip


def found(tmp_path, **changes):
    file = tmp_path / "broken.py"
    file.write_text(BODY.format(**{**RIGHT, **changes}))
    return {finding.check: finding for finding in check_body(str(file))}


def test_a_body_without_a_mistake_passes(tmp_path):
    assert all(finding.passed for finding in found(tmp_path).values())


@pytest.mark.parametrize("check", MISTAKES)
def test_each_mistake_is_found(check, tmp_path):
    findings = found(tmp_path, **MISTAKES[check])
    assert not findings[f"28x28x1: {check}"].passed
    assert not findings[f"84x84x3: {check}"].passed


def test_an_error_is_a_finding_that_says_where(tmp_path):
    last = found(tmp_path, forward="return y @ y")["28x28x1: goes through every check"]
    assert not last.passed
    assert "RuntimeError: mat1 and mat2 shapes cannot be multiplied" in last.detail
    assert last.detail.endswith("(broken.py, line 14)")


def test_a_shape_that_a_body_refuses_is_no_mistake():
    findings = {finding.check: finding for finding in check_body("timm:convnext_atto")}
    assert "cannot see images of 28x28x1" in findings["28x28x1: refuses such images"].detail
    assert findings["84x84x3: makes features"].passed


def test_a_body_that_refuses_every_shape_is_an_error(tmp_path):
    file = tmp_path / "broken.py"
    refusing = "from methods.errors import UserError\n        raise UserError('too small')"
    file.write_text(BODY.format(**{**RIGHT, "init": refusing}))
    with pytest.raises(UserError, match="too small"):
        list(check_body(str(file)))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("conv5", "Unknown method, data set or body 'conv5'. Did you mean 'conv4'? Allowed: "),
        ("missing.py", "There is no method, data set or body file 'missing.py'"),
        (
            "plain.py",
            "'plain.py' defines no method, data set or body; it needs a class that derives from Method or DataSet or",
        ),
    ],
)
def test_what_cannot_be_checked_is_one_line(ltdi_bench, tmp_path, monkeypatch, name, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plain.py").write_text("WORD = 1\n")
    done = ltdi_bench("check", name)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"Error: {said}")
    assert done.err.count("\n") == 1


def test_a_failed_check_is_said_and_ends_with_1(ltdi_bench, tmp_path):
    file = tmp_path / "broken.py"
    file.write_text(BODY.format(**{**RIGHT, "forward": "return y - y.mean(0)"}))
    done = ltdi_bench("check", file)
    assert done.code == 1
    assert "FAIL  28x28x1: batch size changes nothing " in done.out
    assert done.out.endswith(f"The body {file} fails 2 checks.\n")
