"""PACS and DomainNet: the same classes in several domains."""

import shutil

import numpy as np
import pytest

from benchmark.data import catalogue
from benchmark.data.parts import Part
from benchmark.data.sources import domainnet, pacs
from benchmark.data.sources.domainnet import DomainNet
from benchmark.data.sources.pacs import Pacs

CLASSES = ["dog", "elephant", "giraffe", "guitar", "horse", "house", "person"]
IMAGES = 10


def fill(home, domains, picture):
    """Ten images a class and domain: red is the domain, green the class, blue the image."""
    for domain, folder in enumerate(domains):
        for number, name in enumerate(CLASSES):
            for image in range(IMAGES):
                picture(home / folder / name / f"{image:04d}.png", (domain, number, image))


@pytest.fixture
def root(tmp_path, picture):
    fill(tmp_path / "pacs", pacs.DOMAINS, picture)
    return tmp_path


@pytest.fixture(params=["pacs", "domainnet"])
def copy(request, tmp_path, picture, monkeypatch):
    """Either data set's name and folder; DomainNet has as few classes as PACS here."""
    monkeypatch.setattr(DomainNet, "class_count", len(CLASSES))
    home = tmp_path / request.param
    fill(home, catalogue.get(request.param).domains, picture)
    return request.param, home


@pytest.mark.parametrize("target", Pacs.splits)
def test_target_is_a_domain_of_its_own_and_choices_are_made_on_other_images(root, target):
    located = catalogue.locate("pacs", root)
    bank = located.bank(verify=True)
    units = located.units(target)
    colours = {part: bank.images[of.images][:, 0, 0] for part, of in units.items()}
    unseen = pacs.DOMAINS.index(target)
    assert set(colours["test"][:, 0]) == {unseen}
    for part, images in (("train", 7), ("validation", 3)):
        assert set(colours[part][:, 0]) == set(range(4)) - {unseen}
        assert set(colours[part][:, 1]) == set(range(7))
        assert units[part].counts.tolist() == [images] * 21
        assert units[part].widest == 7
        drawn = np.repeat(units[part].groups * 10 + units[part].classes, units[part].counts)
        assert np.array_equal(drawn, colours[part][:, 0] * 10 + colours[part][:, 1])
    seen, held_out = (set(map(tuple, colours[part].tolist())) for part in ("train", "validation"))
    assert not seen & held_out
    assert len(seen | held_out) == 3 * 7 * IMAGES


def test_every_class_is_one_class_in_all_domains(root):
    located = catalogue.locate("pacs", root)
    part = Part.of(located.bank(), located.units("sketch")["train"])
    assert len(part.counts) == 21
    assert part.class_count == 7
    pixels = part.pixels(np.arange(len(part.images)))[:, :, 0, 0].numpy()
    assert np.array_equal(part.labels, pixels[:, 1])


def test_other_name_of_the_folder(root):
    (root / "pacs").rename(root / "PACS")
    assert catalogue.locate("pacs", root).bank().counts.tolist() == [40] * 7


def test_extent_counts_images_per_class_and_domain(root):
    found = catalogue.locate("pacs", root).extent("photo")
    assert found["images_per_class"] == {"train": [7, 7], "validation": [3, 3], "test": [10, 10]}
    assert found["classes"] == {"train": 7, "validation": 7, "test": 7}
    assert (found["images"], found["published"]) == (280, 9_991)


def test_missing_domain(copy, assert_refused):
    name, home = copy
    (home / "sketch").rename(home / "drawing")
    assert_refused(name, home.parent, f"there is no {str(home / 'sketch')!r}", catalogue.get(name).source)


def test_class_that_one_domain_lacks(copy, assert_refused):
    name, home = copy
    shutil.rmtree(home / "sketch/dog")
    assert_refused(name, home.parent, repr(str(home / "sketch")), "must have 7 class folders, but has 6")


def test_class_that_is_called_otherwise_in_one_domain(copy, assert_refused):
    name, home = copy
    (home / "sketch/dog").rename(home / "sketch/hound")
    assert_refused(name, home.parent, "as other folders of", "rename its folder")


def test_empty_class(copy, assert_refused):
    name, home = copy
    for file in (home / "sketch/house").iterdir():
        file.unlink()
    assert_refused(name, home.parent, repr(str(home / "sketch/house")), "is empty")


def test_grey_image(copy, picture):
    name, home = copy
    picture(home / "sketch/house/0000.png", (9, 9, 9), mode="L")
    images = catalogue.locate(name, home.parent).bank().images
    assert images.shape == (len(catalogue.get(name).domains) * 7 * IMAGES, 84, 84, 3)
    assert (images == 9).all((1, 2, 3)).any()


def test_corrupt_and_foreign_files(copy, assert_refused):
    name, home = copy
    file = home / "sketch/house/0001.png"
    content = file.read_bytes()
    file.write_bytes(content[:60])
    assert_refused(name, home.parent, repr(str(file)), "not a readable image")
    file.write_bytes(content)
    (home / "sketch/house/list.txt").touch()
    assert_refused(name, home.parent, "list.txt", "is no image file")


def test_file_in_the_place_of_a_domain(copy, assert_refused):
    name, home = copy
    shutil.rmtree(home / "sketch")
    (home / "sketch").touch()
    assert_refused(name, home.parent, repr(str(home / "sketch")), "is no folder")


@pytest.mark.parametrize("place", ["sketch", "sketch/dog"])
def test_link_that_leads_out(copy, assert_refused, lead_out, place):
    name, home = copy
    lead_out(home / place, home)
    assert_refused(name, home.parent, repr(str(home / place)), "leads out of its data set")


def test_domainnet_is_read_alike(tmp_path, picture, monkeypatch):
    monkeypatch.setattr(DomainNet, "class_count", 2)
    for domain in domainnet.DOMAINS:
        for name in ("The_Eiffel_Tower", "bat"):
            for image in range(10):
                picture(tmp_path / "domain_net" / domain / name / f"{image}.jpg", size=(8, 8))
    located = catalogue.locate("domainnet", tmp_path)
    assert located.extent("sketch")["classes"] == {"train": 0, "validation": 0, "test": 0}  # all are too small
    monkeypatch.setattr(DomainNet, "fewest", 3)
    assert located.extent("sketch")["images_per_class"] == {"train": [7, 7], "validation": [3, 3], "test": [10, 10]}
    monkeypatch.setattr(DomainNet, "fewest", 4)
    assert located.extent("sketch")["classes"] == {"train": 2, "validation": 0, "test": 2}
    assert set(DomainNet.splits) == set(domainnet.DOMAINS)
    assert located.dataset.words("The_Eiffel_Tower") == "The Eiffel Tower"
    before = located.dataset.signature(tmp_path)
    (tmp_path / "domain_net/real/bat/9.jpg").unlink()
    assert located.dataset.signature(tmp_path) != before
