"""FGVC-Aircraft's lists and photographs."""

import numpy as np
import pytest
from PIL import Image
from torchvision import datasets

from benchmark.data import catalogue

VARIANTS = [f"F/A-{number:02d} Hornet" for number in range(100)]
GROUPS = ("train", "val", "test")


@pytest.fixture
def root(tmp_path):
    """One photograph a class and part, of a grey that says which, above a white banner of 20 rows."""
    home = tmp_path / "fgvc-aircraft-2013b/data"
    (home / "images").mkdir(parents=True)
    (home / "variants.txt").write_text("\n".join(VARIANTS) + "\n")
    for part, group in enumerate(GROUPS):
        lines = []
        for number, name in enumerate(VARIANTS):
            photograph = np.full((104, 84, 3), number + 50 * part, np.uint8)
            photograph[84:] = 255
            Image.fromarray(photograph).save(home / "images" / f"{part}{number:06d}.jpg", quality=100)
            lines.append(f"{part}{number:06d} {name}")
        (home / f"images_variant_{group}.txt").write_text("\n".join(lines) + "\n")
    return tmp_path


@pytest.fixture
def home(root):
    return root / "fgvc-aircraft-2013b/data"


def test_photographs_without_banner_in_their_parts(root):
    located = catalogue.locate("aircraft", root)
    bank = located.bank(verify=True)
    assert bank.class_names == tuple(VARIANTS)
    for part, units in enumerate(located.units("official").values()):
        assert units.counts.tolist() == [1] * 100
        wrong = bank.images[units.images].astype(int) - (np.arange(100) + 50 * part)[:, None, None, None]
        assert np.abs(wrong).max() <= 1


@pytest.mark.parametrize("name", ["images", "variants.txt", "images_variant_val.txt"])
def test_missing_file(root, home, assert_refused, name):
    (home / name).rename(root / "kept")
    assert_refused("aircraft", root, f"there is no {str(home / name)!r}", "ltdi-bench data download aircraft")


def test_missing_photograph(root, home, assert_refused):
    (home / "images/1000004.jpg").unlink()
    assert_refused("aircraft", root, "1000004.jpg", "line 5 of", "images_variant_val.txt", "take the line out")


def test_photograph_of_two_parts(root, home, assert_refused):
    with (home / "images_variant_test.txt").open("a") as file:
        file.write(f"0000000 {VARIANTS[0]}\n")
    assert_refused("aircraft", root, "line 101 of", "images_variant_test.txt", "a second time")


def test_class_without_photographs(root, home, assert_refused):
    lines = (home / "images_variant_train.txt").read_text().splitlines()
    (home / "images_variant_train.txt").write_text("\n".join(lines[1:]))
    assert_refused("aircraft", root, "images_variant_train.txt", "must have 100 classes", "has 99", VARIANTS[0])


def test_class_that_does_not_exist(root, home, assert_refused):
    lines = (home / "images_variant_train.txt").read_text()
    (home / "images_variant_train.txt").write_text(lines.replace(VARIANTS[7], "Zeppelin"))
    assert_refused("aircraft", root, "images_variant_train.txt", VARIANTS[7])


def test_wrong_number_of_classes(root, home, assert_refused):
    (home / "variants.txt").write_text("707\n727\n")
    assert_refused("aircraft", root, "variants.txt", "must name 100 classes, but names 2")


@pytest.mark.parametrize("content", [b"", b"\xff\xfe"])
def test_list_that_is_none(root, home, assert_refused, content):
    (home / "images_variant_test.txt").write_bytes(content)
    assert_refused("aircraft", root, repr(str(home / "images_variant_test.txt")), "get it again")


def test_corrupt_photograph(root, home, assert_refused):
    file = home / "images/2000099.jpg"
    file.write_bytes(file.read_bytes()[:300])
    assert_refused("aircraft", root, repr(str(file)), "not a readable image")


def test_grey_photograph(root, home):
    name = VARIANTS[60]
    Image.open(home / "images/1000060.jpg").convert("L").save(home / "images/1000060.jpg", quality=100)
    located = catalogue.locate("aircraft", root)
    bank, units = located.bank(), located.units("official")["validation"]
    (image,) = bank.images[units.images[units.classes == bank.class_names.index(name)]]
    assert np.abs(image.astype(int) - 110).max() <= 1


@pytest.mark.parametrize("place", ["images", "variants.txt", "images/0000000.jpg"])
def test_link_that_leads_out(root, assert_refused, lead_out, place):
    home = root / "fgvc-aircraft-2013b/data"
    lead_out(home / place, home)
    assert_refused("aircraft", root, repr(str(home / place)), "leads out of its data set")


def test_download_is_torchvisions(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(datasets.FGVCAircraft, "__init__", lambda self, root, download: asked.append(root))
    catalogue.get("aircraft").download(tmp_path)
    assert asked == [str(tmp_path)]
