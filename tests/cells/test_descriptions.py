"""What methods say of themselves is asked once, and again when anything changes that it depends on."""

import sys
from importlib.metadata import EntryPoint

import pytest

from benchmark.cells import descriptions, profiles
from benchmark.cells.descriptions import describe
from methods import registry
from methods.errors import UserError
from methods.profiles import PROFILE_NAMES, InputSizes

SMALL, LARGE = InputSizes((28, 28, 1), 64, 5, 1), InputSizes((84, 84, 3), 1600, 5, 1)
METHOD = '''
"""A method of somebody else that scales."""
from dataclasses import dataclass, replace
from methods.interface import Method

@dataclass(frozen=True)
class Settings:
    steps: int = 10
    widths: tuple[int, ...] = (3, 4)

class Mine(Method):
    Hyperparameters = Settings

    @classmethod
    def scaled(cls, settings, profile, inputs):
        return replace(settings, steps=5) if inputs.features > 500 else settings

    def adapt(self, task):
        ...

    def predict(self, state, query):
        ...
'''


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache folder of its own."""
    monkeypatch.setenv("LTDI_BENCH_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def mine(tmp_path):
    """The path of a method file."""
    file = tmp_path / "mine.py"
    file.write_text(METHOD)
    return file


@pytest.fixture
def loads(monkeypatch):
    """The names of methods that are imported from here on."""
    found, load = [], registry.load
    monkeypatch.setattr(registry, "load", lambda name: found.append(name) or load(name))
    return found


def test_methods_of_others_scale_too(mine):
    described = describe(str(mine))
    assert described.scaled("cpu", SMALL) == {"steps": 10, "widths": [3, 4]}
    assert described.scaled("cpu", LARGE) == {"steps": 5, "widths": [3, 4]}


def test_a_method_is_imported_for_a_new_question_only(mine, loads):
    described = describe(str(mine))
    first = described.scaled("cpu", LARGE)
    assert len(loads) == 2
    descriptions._scaled.cache_clear()  # as in the next process
    assert describe(str(mine)).scaled("cpu", LARGE) == first
    assert len(loads) == 2
    described.scaled("cpu", SMALL)
    described.scaled("paper", LARGE)
    assert len(loads) == 4


def test_methods_that_do_not_scale_are_not_asked(loads):
    described = describe("ridge")
    assert described.scaled("cpu", LARGE) == described.hyperparameters["cpu"]
    assert loads == ["ridge"]


def test_changed_methods_and_profiles_are_asked_again(mine, loads, monkeypatch):
    describe(str(mine)).scaled("cpu", LARGE)
    mine.write_text(METHOD.replace("steps=5", "steps=6"))
    assert describe(str(mine)).scaled("cpu", LARGE)["steps"] == 6
    before = len(loads)
    monkeypatch.setitem(profiles.PROFILES, "other", profiles.get("cpu"))
    describe(str(mine))
    assert len(loads) == before + 1


def test_a_method_that_changes_after_it_was_described_is_refused(mine):
    described = describe(str(mine))
    mine.write_text(METHOD.replace("steps=5", "steps=6"))
    with pytest.raises(UserError, match=r"mine.py' was changed since this run began; run the command again"):
        described.scaled("cpu", LARGE)


def test_what_is_no_setting_is_refused(mine):
    mine.write_text(METHOD.replace("replace(settings, steps=5)", "{'steps': 5}"))
    with pytest.raises(UserError, match="mine: scaled must give a Settings, as it was given, not a dict"):
        describe(str(mine)).scaled("cpu", LARGE)


def test_answers_cannot_be_changed_by_who_gets_them(mine):
    described = describe(str(mine))
    described.scaled("cpu", LARGE)["steps"] = 99
    assert described.scaled("cpu", LARGE)["steps"] == 5


def test_every_profile_of_the_harness_is_one_of_the_contract():
    assert {*profiles.PROFILES} == {*PROFILE_NAMES} - {"check"}


def test_the_sources_of_a_package_are_part_of_the_fingerprint(tmp_path, monkeypatch):
    """Its author may change an installed package without raising its version."""
    package = tmp_path / "their_package"
    package.mkdir()
    (package / "__init__.py").write_text("raise ImportError('looking at the sources must import nothing')")
    module = package / "theirs.py"
    module.write_text(METHOD)
    monkeypatch.syspath_prepend(str(tmp_path))
    point = EntryPoint("theirs", "their_package.theirs:Mine", registry.METHODS.group)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point])
    before, other = registry.fingerprint("theirs"), registry.fingerprint("ridge")
    assert registry.fingerprint("theirs") == before
    module.write_text(METHOD + "\n")
    sys.path_importer_cache.clear()
    assert registry.fingerprint("theirs") != before
    assert registry.fingerprint("ridge") == other
