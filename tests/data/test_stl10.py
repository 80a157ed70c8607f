"""STL-10's binary files."""

import numpy as np
import pytest
from torchvision import datasets

from benchmark.data import catalogue

NAMES = ["airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck"]


@pytest.fixture
def root(tmp_path):
    """Three training and two test images a class; red is the class, green rises downwards, blue to the right."""
    home = tmp_path / "stl10_binary"
    home.mkdir()
    (home / "class_names.txt").write_text("\n".join(NAMES) + "\n")
    for group, count in (("train", 3), ("test", 2)):
        labels = np.array([*range(1, 11)] * count, np.uint8)
        images = np.zeros((len(labels), 3, 96, 96), np.uint8)  # image, plane, column, row
        images[:, 0] = labels[:, None, None]
        images[:, 1] = np.arange(96)
        images[:, 2] = np.arange(96)[:, None]
        labels.tofile(home / f"{group}_y.bin")
        images.tofile(home / f"{group}_X.bin")
    return tmp_path


def test_images_and_parts(root):
    located = catalogue.locate("stl10", root)
    bank = located.bank(verify=True)
    assert bank.class_names == tuple(sorted(NAMES))
    assert bank.images.shape == (50, 96, 96, 3)
    assert [NAMES[image[0, 0, 0] - 1] for image in bank.images] == [bank.class_names[label] for label in bank.labels]
    assert (bank.images[:, :, 50, 1] == np.arange(96)).all()
    assert (bank.images[:, 50, :, 2] == np.arange(96)).all()
    assert located.units("official")["test"].counts.tolist() == [2] * 10


@pytest.mark.parametrize("name", ["train_X.bin", "test_y.bin", "class_names.txt"])
def test_missing_file(root, assert_refused, name):
    (root / "stl10_binary" / name).unlink()
    assert_refused("stl10", root, f"there is no {str(root / 'stl10_binary' / name)!r}", "data download stl10")


@pytest.mark.parametrize("size", [0, 5, -1])
@pytest.mark.parametrize("name", ["train_X.bin", "test_y.bin"])
def test_truncated_file(root, assert_refused, name, size):
    file = root / "stl10_binary" / name
    file.write_bytes(file.read_bytes()[:size])
    assert_refused(
        "stl10", root, repr(str(file.with_name(name.replace("y", "X")))), "must hold 27648 bytes for each of"
    )


@pytest.mark.parametrize("label", [0, 11])
def test_class_that_does_not_exist(root, assert_refused, label):
    file = root / "stl10_binary/train_y.bin"
    labels = np.fromfile(file, np.uint8)
    labels[4] = label
    labels.tofile(file)
    assert_refused("stl10", root, repr(str(file)), "classes from 1 to 10")


def test_class_without_an_image(root, assert_refused):
    file = root / "stl10_binary/test_y.bin"
    labels = np.fromfile(file, np.uint8)
    labels[labels == 4] = 5
    labels.tofile(file)
    assert_refused("stl10", root, repr(str(file)), "must have 10 classes", "'cat' is missing")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"cat dog", "must name 10 classes, but names 2"),
        (" ".join(["cat", *NAMES]).encode(), "must name 10 classes, but names 11 (10 different ones)"),
        (b"", "is empty"),
        ("\n".join(NAMES).encode("utf-16"), "is not a readable list"),
    ],
)
def test_class_names_that_are_none(root, assert_refused, content, message):
    file = root / "stl10_binary/class_names.txt"
    file.write_bytes(content)
    assert_refused("stl10", root, repr(str(file)), message, "get it again")


@pytest.mark.parametrize("place", ["class_names.txt", "train_X.bin", "test_y.bin"])
def test_link_that_leads_out(root, assert_refused, lead_out, place):
    home = root / "stl10_binary"
    lead_out(home / place, home)
    assert_refused("stl10", root, repr(str(home / place)), "leads out of its data set")


def test_folder_in_the_place_of_a_file(root, assert_refused):
    file = root / "stl10_binary/train_y.bin"
    file.unlink()
    file.mkdir()
    assert_refused("stl10", root, repr(str(file)), "is no file")


def test_download_is_torchvisions(monkeypatch, tmp_path):
    asked = []
    monkeypatch.setattr(datasets.STL10, "__init__", lambda self, root, **options: asked.append((root, options)))
    catalogue.get("stl10").download(tmp_path)
    assert asked == [(str(tmp_path), {"split": "train", "download": True})]
