"""Data sets by name, and their banks in the cache."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmark.data import catalogue, sources
from benchmark.data.sources import glyphs
from benchmark.data.sources.omniglot import Omniglot
from benchmark.system import keys
from methods.errors import UserError

NEW = '''
"""Stripes."""
from dataclasses import replace

import numpy as np
from benchmark.data.dataset import ClassSplit, DataSet, Listing

class Stripes(DataSet):
    summary = "stripes"
    image_shape = (2, 2, 1)
    splits = ("only",)
    embedded = True

    def present(self, root):
        return True

    def signature(self, root):
        return "1"

    def read(self, root):
        images = np.arange(16, dtype=np.uint8).reshape(4, 2, 2, 1)
        return Listing(np.array([0, 0, 1, 2]), ("a", "b", "c"), iter(images))

    def split(self, name):
        return ClassSplit(("c",), ("a",), ("b",))
'''


def test_a_new_data_set_is_one_new_file(monkeypatch, tmp_path):
    assert "thin-stripes" not in catalogue.names()
    (tmp_path / "thin_stripes.py").write_text(NEW)
    monkeypatch.setattr(sources, "__path__", [*sources.__path__, str(tmp_path)])
    assert "thin-stripes" in catalogue.names()
    assert catalogue.get("thin-stripes").name == "thin-stripes"
    located = catalogue.locate("thin-stripes", tmp_path)
    assert located.bank(verify=True).counts.tolist() == [2, 1, 1]
    numbers = {part: found.tolist() for part, found in located.class_numbers("only").items()}
    assert numbers == {"train": [2], "validation": [0], "test": [1]}


def test_example_of_the_guide_is_complete(monkeypatch, tmp_path):
    """Drawn here: greys and colours of any size."""
    guide = (Path(__file__).parents[2] / "docs" / "adding-a-data-set.md").read_text()
    _, example = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    (tmp_path / "my_drawings.py").write_text(example)
    monkeypatch.setattr(sources, "__path__", [*sources.__path__, str(tmp_path)])
    for number in range(30):
        folder = tmp_path / "my-drawings" / "images" / f"class{number:02}"
        folder.mkdir(parents=True)
        Image.new("L", (9, 5), number).save(folder / "a.png")
        Image.new("RGB", (28, 40), (number, 0, 0)).save(folder / "b.png")
    located = catalogue.locate("my-drawings", tmp_path)
    assert located.bank(verify=True).counts.tolist() == [2] * 30
    assert {part: len(of) for part, of in located.class_numbers("default").items()} == {
        "train": 14,
        "validation": 8,
        "test": 8,
    }


def test_unknown_data_set_is_an_error_with_a_guess():
    with pytest.raises(UserError, match=r"Unknown data set 'glyhps'. Did you mean 'glyphs'\? Allowed: .*omniglot"):
        catalogue.get("glyhps")


def test_data_set_that_is_not_there_is_an_error_that_says_how_to_get_it(dots_known, tmp_path):
    with pytest.raises(UserError) as raised:
        catalogue.locate("dots", tmp_path)
    assert repr(str(tmp_path)) in str(raised.value)
    assert "ltdi-bench data download dots" in str(raised.value)


def test_bank_is_packed_once(dots, cache, monkeypatch):
    first = catalogue.locate("dots", dots).bank()
    assert list((cache / "banks").iterdir()) == [catalogue.locate("dots", dots).folder]
    monkeypatch.setattr(type(catalogue.get("dots")), "read", None)
    located = catalogue.locate("dots", dots)
    assert located.bank(verify=True).fingerprint == located.fingerprint() == first.fingerprint
    assert first.images.shape == (800, 16, 16, 1)
    assert (first.images[:, 0, 0, 0] == first.labels).all()


def test_fingerprint_packs_what_is_not_packed(dots):
    assert catalogue.locate("dots", dots).fingerprint() == catalogue.locate("dots", dots).bank().fingerprint


def test_changed_files_are_another_bank(dots):
    before = catalogue.locate("dots", dots)
    (dots / "dots.txt").write_text("second")
    after = catalogue.locate("dots", dots)
    assert before.folder != after.folder
    assert before.bank().fingerprint == after.bank().fingerprint  # the images are the same all the same


def test_same_files_elsewhere_are_the_same_bank(dots, tmp_path):
    (tmp_path / "dots.txt").write_text("first")
    assert catalogue.locate("dots", tmp_path).folder == catalogue.locate("dots", dots).folder


def test_interrupted_packing_leaves_nothing_and_is_repeated(dots, cache, monkeypatch):
    def interrupted(images, *_arguments, **_options):
        yield next(images)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(catalogue, "track", interrupted)
        catalogue.locate("dots", dots).bank()
    assert list((cache / "banks").iterdir()) == []
    assert catalogue.locate("dots", dots).bank(verify=True).counts.tolist() == [20] * 40


def test_damaged_bank_is_an_error_that_names_its_folder(dots):
    located = catalogue.locate("dots", dots)
    located.pack()
    (located.folder / "images.npy").write_bytes(b"damaged")
    with pytest.raises(UserError) as raised:
        located.bank()
    assert f"{str(located.folder)!r} are damaged; delete that folder" in str(raised.value)


def test_class_numbers_of_a_split_that_names_a_missing_class_are_an_error(dots, monkeypatch):
    """As when somebody renamed a folder of Omniglot: the number of classes is still right."""
    located = catalogue.locate("dots", dots)
    located.pack()
    meta = (located.folder / "bank.json").read_text()
    (located.folder / "bank.json").write_text(meta.replace("dot 07", "dot seven"))
    with pytest.raises(UserError, match="dot 07"):
        located.class_numbers("default")


def test_glyphs_are_packed_with_all_classes_of_their_split(monkeypatch, tmp_path):
    monkeypatch.setattr(glyphs, "DRAWINGS", 1)  # of 20, which take fifteen seconds
    located = catalogue.locate("glyphs", tmp_path)
    bank = located.bank(verify=True)
    assert (bank.counts == 1).all()
    numbers = np.concatenate(list(located.class_numbers("default").values()))
    assert sorted(numbers) == list(range(len(bank.class_names)))
    assert (bank.images.reshape(len(bank.images), -1).max(1) > 100).all()


def test_keys_say_what_a_split_consists_of(dots, monkeypatch):
    located = catalogue.locate("dots", dots)
    kind = type(located.dataset)
    before = located.split_key("default", "source_")
    assert before.keys() == {"source_split_content"}
    split = kind.split
    monkeypatch.setattr(kind, "split", lambda self, name: replace(split(self, name), test=("dot 39",)))
    assert located.split_key("default", "source_") != before


@pytest.mark.parametrize("split", Omniglot.splits)
def test_splits_that_came_before_keys_said_it_keep_their_keys(split, monkeypatch):
    content = Omniglot().split_content(split)
    assert keys.split_key("omniglot", split, content) == {}, "a changed list needs no entry: its results are new ones"
    assert keys.split_key("omniglot", split, "other") == {"split_content": "other"}
    monkeypatch.setattr(keys, "SPLITS", {})
    assert keys.split_key("omniglot", split, content) == {"split_content": content}
