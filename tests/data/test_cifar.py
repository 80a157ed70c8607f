"""CIFAR-10 and CIFAR-100, from the archives and from trees, and the few-shot sets made of them."""

import hashlib
import os
import pickle

import numpy as np
import pytest
from torchvision import datasets

from benchmark.data import catalogue
from benchmark.data.sources.cifar_fs import CifarFs
from benchmark.data.sources.fc100 import Fc100
from methods.errors import UserError


def fine_names():
    split = Fc100().split("oreshkin")
    return sorted([*split.train, *split.validation, *split.test])


TEN = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]


def planes(label, number):
    """A row of an archive: red is the class, green the number of the image, blue rises from left to right."""
    image = np.zeros((3, 32, 32), np.uint8)
    image[0], image[1], image[2] = label, number % 256, np.arange(32)
    return image.reshape(-1)


def batch(labels, key, start=0):
    rows = np.stack([planes(label, start + number) for number, label in enumerate(labels)])
    return {"data": rows, key: list(labels), "filenames": ["x"] * len(labels)}


def publish(monkeypatch, archive, home):
    """Make the checksums of these files the published ones."""
    md5 = {path.name: hashlib.md5(path.read_bytes()).hexdigest() for path in home.iterdir()}
    monkeypatch.setattr(archive, "meta", {**archive.meta, "md5": md5[archive.meta["filename"]]})
    for name in ("train_list", "test_list"):
        monkeypatch.setattr(archive, name, [[file, md5[file]] for file, _ in getattr(archive, name)])


@pytest.fixture
def ten(tmp_path, monkeypatch):
    """CIFAR-10's archive with 4 images a class in each of five batches, and 3 for tests."""
    home = tmp_path / "cifar-10-batches-py"
    home.mkdir()
    contents = {"batches.meta": {"label_names": TEN}, "test_batch": batch([*range(10)] * 3, "labels", 100)}
    contents |= {f"data_batch_{i}": batch([*range(10)] * 4, "labels", 40 * (i - 1)) for i in range(1, 6)}
    for name, content in contents.items():
        (home / name).write_bytes(pickle.dumps(content, 2))
    publish(monkeypatch, datasets.CIFAR10, home)
    return tmp_path


@pytest.fixture
def hundred(tmp_path, monkeypatch):
    """CIFAR-100's archive with 2 images a class, and 1 for tests."""
    home = tmp_path / "cifar-100-python"
    home.mkdir()
    contents = {
        "meta": {"fine_label_names": fine_names(), "coarse_label_names": ["x"]},
        "train": {**batch([*range(100)] * 2, "fine_labels"), "coarse_labels": [0] * 200},
        "test": {**batch([*range(100)], "fine_labels", 200), "coarse_labels": [0] * 100},
    }
    for name, content in contents.items():
        (home / name).write_bytes(pickle.dumps(content, 2))
    publish(monkeypatch, datasets.CIFAR100, home)
    return tmp_path


@pytest.fixture
def tree(tmp_path, picture):
    """CIFAR-100 as a tree; training images are red, those for tests green."""
    for name in fine_names():
        picture(tmp_path / "cifar100/train" / name / "0.png", (200, 0, 0), (32, 32))
        picture(tmp_path / "cifar100/test" / name / "0.png", (0, 200, 0), (32, 32))
    return tmp_path


def test_archive_of_ten_classes(ten):
    located = catalogue.locate("cifar10", ten)
    bank = located.bank(verify=True)
    assert bank.class_names == tuple(TEN)
    assert bank.counts.tolist() == [23] * 10
    assert (bank.images[:, 0, 0, 0] == bank.labels).all()
    assert (bank.images[:, 5, :, 2] == np.arange(32)).all()
    numbers = bank.images[..., 1].max((1, 2)).reshape(10, 23)
    assert (numbers[:, :20] < 200).all()
    assert (np.diff(numbers, axis=1) > 0).all()
    units = located.units("official")
    assert {part: set(of.counts.tolist()) for part, of in units.items()} == {
        "train": {18},
        "validation": {2},
        "test": {3},
    }
    assert (bank.images[units["test"].images][..., 1].max((1, 2)) >= 100).all()
    assert located.extent("official")["images"] == 230
    assert located.extent("official")["published"] == 60_000


def test_archive_of_a_hundred_classes(hundred):
    located = catalogue.locate("cifar100", hundred)
    assert located.bank(verify=True).class_names == tuple(fine_names())
    assert located.extent("official")["images_per_class"]["test"] == [1, 1]


def test_archive_comes_before_a_tree(hundred, tree):
    assert catalogue.locate("cifar100", hundred).bank().counts.tolist() == [3] * 100


def test_tree(tree):
    located = catalogue.locate("cifar100", tree)
    bank = located.bank(verify=True)
    units = located.units("official")
    assert len(bank.labels) == 200
    assert (bank.images[units["test"].images] == (0, 200, 0)).all()


@pytest.mark.parametrize(
    ("dataset", "sizes"), [(CifarFs(), (64, 16, 20)), (Fc100(), (60, 20, 20))], ids=["cifar-fs", "fc100"]
)
def test_few_shot_sets_have_the_classes_of_their_lists_with_all_images(tree, dataset, sizes):
    located = catalogue.locate(dataset.name, tree)
    (split,) = dataset.splits
    assert located.folder == catalogue.locate("cifar100", tree).folder
    units = located.units(split)
    assert tuple(len(units[part].counts) for part in units) == sizes
    assert sorted(np.concatenate([of.classes for of in units.values()])) == list(range(100))
    assert all((of.counts == 2).all() for of in units.values())
    assert not dataset.turned_classes


def test_no_superclass_of_fc100_is_in_two_parts():
    """Of the twenty, fish and flowers stand for the others."""
    split = Fc100().split("oreshkin")
    for alike in ({"aquarium_fish", "flatfish", "ray", "shark", "trout"}, {"orchid", "poppy", "rose", "sunflower"}):
        assert sum(alike <= set(part) for part in (split.train, split.validation, split.test)) == 1


@pytest.mark.parametrize(
    ("root", "name", "archive", "file"),
    [
        ("ten", "cifar10", datasets.CIFAR10, "cifar-10-batches-py/data_batch_3"),
        ("hundred", "cifar100", datasets.CIFAR100, "cifar-100-python/train"),
        ("hundred", "cifar-fs", datasets.CIFAR100, "cifar-100-python/test"),
        ("hundred", "fc100", datasets.CIFAR100, "cifar-100-python/meta"),
    ],
)
def test_hostile_archive_is_refused(request, assert_refused, monkeypatch, root, name, archive, file):
    root = request.getfixturevalue(root)

    class Hostile:
        def __reduce__(self):
            return os.system, (f"touch {root / 'RAN'}",)

    file = root / file
    file.write_bytes(pickle.dumps({"data": Hostile()}, 2))
    assert_refused(name, root, repr(str(file)), "is not the published file")
    publish(monkeypatch, archive, file.parent)
    assert_refused(name, root, repr(str(file)), "to be run")
    assert not (root / "RAN").exists()


def test_changed_archive_is_refused(ten, assert_refused):
    file = ten / "cifar-10-batches-py/test_batch"
    file.write_bytes(file.read_bytes() + b" ")
    assert_refused("cifar10", ten, repr(str(file)), "MD5")


@pytest.mark.parametrize(
    "content", [{"data": np.zeros((2, 7), np.uint8), "labels": [0, 1]}, {"labels": [0]}, [], batch([12], "labels")]
)
def test_archive_that_holds_something_else_is_refused(ten, assert_refused, monkeypatch, content):
    file = ten / "cifar-10-batches-py/data_batch_1"
    file.write_bytes(pickle.dumps(content, 2))
    publish(monkeypatch, datasets.CIFAR10, file.parent)
    assert_refused("cifar10", ten, repr(str(file.parent)))


def test_missing_file_of_an_archive(ten, assert_refused):
    file = ten / "cifar-10-batches-py/data_batch_2"
    file.unlink()
    assert_refused("cifar10", ten, repr(str(file)), "incomplete", "ltdi-bench data download cifar10")


def test_missing_class_of_a_tree(tree, assert_refused):
    (tree / "cifar100/test/apple").rename(tree / "apple")
    assert_refused("cifar100", tree, repr(str(tree / "cifar100/test")), "must have 100 class folders, but has 99")


def test_empty_class_of_a_tree(tree, assert_refused):
    (tree / "cifar100/train/apple/0.png").unlink()
    assert_refused("cifar-fs", tree, repr(str(tree / "cifar100/train/apple")), "is empty")


@pytest.mark.parametrize(("layout", "place"), [("tree", "cifar100/train"), ("hundred", "cifar-100-python/test")])
def test_link_that_leads_out(request, assert_refused, lead_out, layout, place):
    file = request.getfixturevalue(layout) / place
    lead_out(file, file.parent)
    assert_refused("cifar100", file.parent.parent, repr(str(file)), "leads out of its data set")


def test_grey_and_corrupt_images_of_a_tree(tree, assert_refused, noisy, picture):
    picture(tree / "cifar100/train/apple/1.png", (9, 9, 9), (32, 32), mode="L")
    bank = catalogue.locate("cifar100", tree).bank()
    assert (bank.images[1] == 9).all()
    file = noisy(tree / "cifar100/train/bear/1.jpg")
    file.write_bytes(file.read_bytes()[:900])
    with pytest.raises(UserError, match="not a readable image"):
        catalogue.locate("cifar100", tree).bank()


def test_download_is_torchvisions(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(datasets.CIFAR100, "__init__", lambda self, root, download: asked.append((root, download)))
    catalogue.get("cifar100").download(tmp_path)
    assert asked == [(str(tmp_path), True)]
