"""The lists and photographs of Oxford-IIIT Pets."""

import numpy as np
import pytest
from torchvision import datasets

from benchmark.data import catalogue

BREEDS = [f"great_breed_{chr(97 + number // 26)}{chr(97 + number % 26)}" for number in range(37)]


@pytest.fixture
def root(tmp_path, picture):
    """Ten photographs a breed for training and one for tests, which is brighter."""
    home = tmp_path / "oxford-iiit-pet"
    (home / "annotations").mkdir(parents=True)
    for group, numbers, more in (("trainval", range(1, 11), 0), ("test", range(11, 12), 100)):
        lines = []
        for breed, name in enumerate(BREEDS):
            for number in numbers:
                picture(home / f"images/{name}_{number}.jpg", (2 * breed + more,) * 3, (120, 90))
                lines.append(f"{name}_{number} {breed + 1} 1 1\n")
        (home / f"annotations/{group}.txt").write_text("".join(lines))
    (home / f"images/{BREEDS[0]}_100.mat").touch()  # as there
    return tmp_path


def test_photographs_and_parts(root):
    located = catalogue.locate("pets", root)
    bank = located.bank(verify=True)
    assert bank.class_names == tuple(BREEDS)
    units = located.units("official")
    assert [set(of.counts.tolist()) for of in units.values()] == [{9}, {1}, {1}]
    for part, more in (("train", 0), ("validation", 0), ("test", 100)):
        expected = 2 * bank.labels[units[part].images] + more
        assert np.abs(bank.images[units[part].images].mean((1, 2, 3)) - expected).max() <= 1
    assert located.dataset.words(BREEDS[0]) == "great breed aa"


def test_breed_that_is_missing_from_a_part(root, assert_refused):
    file = root / "oxford-iiit-pet/annotations/test.txt"
    file.write_text("".join(file.read_text().splitlines(keepends=True)[1:]))
    assert_refused("pets", root, repr(str(file)), "must have 37 breeds, but has 36")


@pytest.mark.parametrize("line", ["Abyssinian 1 1 1", "Abyssinian_1 1 1", "1", "_1 1 1 1"])
def test_line_that_is_none(root, assert_refused, line):
    file = root / "oxford-iiit-pet/annotations/trainval.txt"
    file.write_text(file.read_text() + line + "\n")
    assert_refused("pets", root, "Line 371 of", repr(line), "must be like 'Abyssinian_100 1 1 1'")


def test_missing_photograph(root, assert_refused):
    file = root / f"oxford-iiit-pet/images/{BREEDS[3]}_2.jpg"
    file.unlink()
    assert_refused("pets", root, repr(str(file)), "line 32 of", "trainval.txt")


@pytest.mark.parametrize("name", ["images", "annotations/test.txt"])
def test_missing_file(root, assert_refused, name):
    (root / "oxford-iiit-pet" / name).rename(root / "kept")
    assert_refused("pets", root, f"there is no {str(root / 'oxford-iiit-pet' / name)!r}", "data download pets")


def test_corrupt_photograph(root, assert_refused):
    file = root / f"oxford-iiit-pet/images/{BREEDS[36]}_11.jpg"
    file.write_bytes(b"not found")
    assert_refused("pets", root, repr(str(file)), "not a readable image")


def test_grey_photograph(root, picture):
    picture(root / f"oxford-iiit-pet/images/{BREEDS[36]}_11.jpg", (172,) * 3, (120, 90), mode="L")
    located = catalogue.locate("pets", root)
    image = located.bank().images[located.units("official")["test"].images[36]]
    assert np.abs(image.astype(int) - 172).max() <= 1


def test_breeds_that_differ_between_the_parts(root, assert_refused):
    """By their numbers, every breed after it would be tested as another one."""
    file = root / "oxford-iiit-pet/annotations/test.txt"
    file.write_text(file.read_text().replace(f"{BREEDS[3]}_11 ", "great_breed_zz_11 "))
    (root / f"oxford-iiit-pet/images/{BREEDS[3]}_11.jpg").rename(root / "oxford-iiit-pet/images/great_breed_zz_11.jpg")
    assert_refused("pets", root, repr(str(file)), "those of trainval.txt", f"{BREEDS[3]!r} is missing")


@pytest.mark.parametrize("place", ["images", "annotations", "annotations/test.txt"])
def test_link_that_leads_out(root, assert_refused, lead_out, place):
    home = root / "oxford-iiit-pet"
    lead_out(home / place, home)
    assert_refused("pets", root, repr(str(home / place)), "leads out of its data set")


def test_download_is_torchvisions(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(datasets.OxfordIIITPet, "__init__", lambda self, root, download: asked.append(root))
    catalogue.get("pets").download(tmp_path)
    assert asked == [str(tmp_path)]
