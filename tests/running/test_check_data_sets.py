"""The conformance kit for data sets: small ones pass, and each kind of mistake is found."""

import pytest

from benchmark.running.conformance import check_data_set
from methods.errors import UserError

DATA = '''"""A data set that may have a mistake."""
import itertools
import numpy as np
from benchmark.data.dataset import ClassSplit, DataSet, ImageSplit, Listing, Selection

NAMES = tuple(f"class {{number}}" for number in range(6))
CALLS = itertools.count()


class Own(DataSet):
    summary = "noise"
    kind = {kind!r}
    image_shape = (16, 16, 1)
    splits = ("default",)
    class_count = {class_count}

    def present(self, root):
        return True

    def signature(self, root):
        return {signature}

    def read(self, root):
        rng = np.random.default_rng({seed})
        images = (rng.integers(256, size={shape}, dtype=np.uint8) * {scale} for _ in range(30))
        return Listing({labels}, {names}, images)

    def split(self, name):
        return {split}

    def words(self, class_name):
        return {words}
'''
RIGHT = {
    "kind": "characters",
    "class_count": "6",
    "signature": "'1'",
    "seed": "0",
    "shape": "(16, 16, 1)",
    "scale": "1",
    "labels": "np.repeat(np.arange(6), 5)",
    "names": "NAMES",
    "split": "ClassSplit(NAMES[:2], NAMES[2:4], NAMES[4:])",
    "words": "class_name",
}
MISTAKES = {
    "same files, same signature": {"signature": "str(next(CALLS))"},
    "says what it holds": {"kind": "drawings"},
    "can be packed": {"labels": "np.repeat(np.arange(6), 5)[::-1]"},
    "classes have names of their own": {"names": "('class 0',) + NAMES[:5]", "split": "ClassSplit(('class 1',"
        " 'class 2'), ('class 3',), ('class 4',))"},
    "every class has images": {"labels": "np.repeat(np.arange(5), 6)"},
    "has as many classes as it says": {"class_count": "7"},
    "same files, same images": {"seed": "None"},
    "images differ": {"scale": "0"},
    "classes have plain names": {"words": "''"},
    "default: same split every time": {"split": "ClassSplit(NAMES[:2], *np.random.default_rng().permutation(NAMES[2:]"
        ").reshape(2, 2).tolist())"},
    "default: every part has classes": {"split": "ClassSplit(NAMES[:3], NAMES[3:], ())"},
    "default: parts share no class": {"split": "ClassSplit(NAMES[:3], NAMES[2:4], NAMES[4:])"},
    "default: parts share no image": {"split": "ImageSplit(Selection(share=(0, 0.6)), Selection(share=(0.4, 0.8)),"
        " Selection(share=(0.8, 1)))"},
}  # fmt: skip


def found(tmp_path, **changes):
    (tmp_path / "own.py").write_text(DATA.format(**{**RIGHT, **changes}))
    return {finding.check: finding for finding in check_data_set(str(tmp_path / "own.py"), tmp_path)}


def test_a_data_set_without_a_mistake_passes(tmp_path):
    findings = found(tmp_path)
    assert [finding for finding in findings.values() if not finding.passed] == []
    assert set(findings) == set(MISTAKES)


@pytest.mark.parametrize("check", MISTAKES)
def test_each_mistake_is_found(check, tmp_path):
    assert not found(tmp_path, **MISTAKES[check])[check].passed


@pytest.mark.parametrize("changes", [{"shape": "(8, 8, 1)"}, {"labels": "np.repeat(np.arange(6), 4)"}])
def test_what_cannot_be_packed_is_a_finding(changes, tmp_path):
    *_, last = found(tmp_path, **changes).values()
    assert (last.check, last.passed) == ("can be packed", False)


def test_an_error_is_a_finding_that_says_where(tmp_path):
    *_, last = found(tmp_path, words="1 / 0").values()
    assert (last.check, last.passed) == ("goes through every check", False)
    assert last.detail == "ZeroDivisionError: division by zero (own.py, line 32)"


def test_files_that_are_not_in_order_are_an_error(tmp_path):
    with pytest.raises(UserError, match="has a class 'class 9' that"):
        found(tmp_path, split="ClassSplit(('class 9',), NAMES[2:4], NAMES[4:])")


def test_the_command_tells_a_data_set_from_a_method(ltdi_bench, dots, tmp_path):
    found(tmp_path)
    done = ltdi_bench("check", tmp_path / "own.py")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith(f"The data set {tmp_path / 'own.py'} keeps the contract.\n")
    assert "The data set dots " in ltdi_bench("check", "dots").out
    found(tmp_path, scale="0")
    assert ltdi_bench("check", tmp_path / "own.py").code == 1
