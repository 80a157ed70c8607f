"""TieredImageNet, as a tree and as its authors' pickles."""

import io
import os
import pickle
import shutil

import numpy as np
import pytest
from PIL import Image

from benchmark.data import catalogue
from benchmark.data.pickles import read_pickle
from benchmark.data.sources import tiered_imagenet
from benchmark.data.sources.tiered_imagenet import FOLDERS, TieredImageNet
from benchmark.data.wordnet import imagenet_words

SPLIT = TieredImageNet().split("ren")
CLASSES = {part: getattr(SPLIT, part) for part in FOLDERS}
EVERY = [name for names in CLASSES.values() for name in names]


def colour(name):
    number = EVERY.index(name)
    return number % 256, number // 256, 77


def png(name):
    content = io.BytesIO()
    Image.new("RGB", (84, 84), colour(name)).save(content, "png")
    return np.frombuffer(content.getvalue(), np.uint8)[:, None]


def assert_colours(bank):
    expected = np.array([colour(bank.class_names[label]) for label in bank.labels])
    assert (bank.images == expected[:, None, None]).all()


@pytest.fixture
def tree(tmp_path, picture):
    for part, names in CLASSES.items():
        for name in names:
            picture(tmp_path / "tiered-imagenet" / FOLDERS[part] / name / "0.png", colour(name))
    return tmp_path


@pytest.fixture
def pickled(tmp_path):
    """Two images a class, the classes in turn; classes go by their names, as there."""
    home = tmp_path / "tiered-imagenet"
    home.mkdir()
    words = {name: f"name of {name}" for name in imagenet_words()}
    words["n02012849"] = words["n03126707"] = "crane"  # a bird and a machine
    (home / "synsets.txt").write_text("\n".join(words) + "\n")
    (home / "class_names.txt").write_text("\n".join(words.values()) + "\n")
    for part, folder in FOLDERS.items():
        names = CLASSES[part]
        labels = {"label_specific": np.array([*range(len(names))] * 2), "label_general": np.zeros(2 * len(names))}
        labels |= {"label_specific_str": [words[name] for name in names], "label_general_str": ["x"]}
        (home / f"{folder}_labels.pkl").write_bytes(pickle.dumps(labels, 2))
        (home / f"{folder}_images_png.pkl").write_bytes(pickle.dumps([png(name) for name in names * 2], 2))
    return tmp_path


def test_tree(tree):
    located = catalogue.locate("tiered-imagenet", tree)
    assert_colours(located.bank(verify=True))
    assert [len(units.counts) for units in located.units("ren").values()] == [351, 97, 160]


def test_pickles(pickled):
    located = catalogue.locate("tiered-imagenet", pickled)
    bank = located.bank(verify=True)
    assert_colours(bank)
    assert bank.counts.tolist() == [2] * 608
    assert located.extent("ren")["classes"] == {"train": 351, "validation": 97, "test": 160}


def test_parts_are_disjoint():
    assert len(set(EVERY)) == 608
    assert set(EVERY) <= imagenet_words().keys()


def test_class_in_the_wrong_part(tree, assert_refused):
    home = tree / "tiered-imagenet"
    (home / "train" / SPLIT.train[0]).rename(home / "test" / SPLIT.train[0])
    assert_refused("tiered-imagenet", tree, repr(str(home / "train")), "must have 351 classes", "has 350")


def test_empty_class(tree, assert_refused):
    folder = tree / "tiered-imagenet/val" / SPLIT.validation[9]
    (folder / "0.png").unlink()
    assert_refused("tiered-imagenet", tree, repr(str(folder)), "is empty")


def test_grey_and_corrupt_images_of_a_tree(tree, assert_refused, picture):
    name = SPLIT.validation[9]
    file = picture(tree / "tiered-imagenet/val" / name / "0.png", (99,) * 3, mode="L")
    bank = catalogue.locate("tiered-imagenet", tree).bank()
    assert (bank.images[bank.labels == bank.class_names.index(name)] == 99).all()
    shutil.rmtree(catalogue.locate("tiered-imagenet", tree).folder)
    file.write_bytes(file.read_bytes()[:60])
    assert_refused("tiered-imagenet", tree, repr(str(file)), "not a readable image")


@pytest.mark.parametrize(
    ("layout", "place"),
    [
        ("tree", "test"),
        ("tree", f"val/{SPLIT.validation[9]}"),
        ("pickled", "synsets.txt"),
        ("pickled", "val_labels.pkl"),
    ],
)
def test_link_that_leads_out(request, assert_refused, lead_out, layout, place):
    root = request.getfixturevalue(layout)
    home = root / "tiered-imagenet"
    lead_out(home / place, home)
    assert_refused("tiered-imagenet", root, repr(str(home / place)), "leads out of its data set")


def test_hostile_images_run_nothing(pickled):
    """Its pictures are found all the same."""

    class Hostile:
        def __reduce__(self):
            return os.system, (f"touch {pickled / 'RAN'}",)

    file = pickled / "tiered-imagenet/val_images_png.pkl"
    file.write_bytes(pickle.dumps([Hostile(), *(png(name) for name in SPLIT.validation * 2)], 2))
    assert_colours(catalogue.locate("tiered-imagenet", pickled).bank())
    assert not (pickled / "RAN").exists()


def test_hostile_labels_are_refused(pickled, assert_refused):
    class Hostile:
        def __reduce__(self):
            return os.system, (f"touch {pickled / 'RAN'}",)

    file = pickled / "tiered-imagenet/val_labels.pkl"
    file.write_bytes(pickle.dumps({"label_specific": Hostile()}, 2))
    assert_refused("tiered-imagenet", pickled, repr(str(file)), "to be run")
    assert not (pickled / "RAN").exists()


def test_fewer_images_than_labels(pickled, assert_refused):
    file = pickled / "tiered-imagenet/test_images_png.pkl"
    file.write_bytes(pickle.dumps([png(name) for name in SPLIT.test], 2))
    assert_refused("tiered-imagenet", pickled, repr(str(file)), "holds 160 images for 320 labels")


def test_corrupt_picture_in_a_pickle(pickled, assert_refused):
    file = pickled / "tiered-imagenet/test_images_png.pkl"
    file.write_bytes(pickle.dumps([png(name)[:90] for name in SPLIT.test * 2], 2))
    assert_refused("tiered-imagenet", pickled, "An image in", repr(str(file)), "not a readable image")


@pytest.mark.parametrize("content", [[], {"label_specific": [0]}, {"label_specific": [9], "label_specific_str": ["x"]}])
def test_labels_that_are_none(pickled, assert_refused, content):
    file = pickled / "tiered-imagenet/train_labels.pkl"
    file.write_bytes(pickle.dumps(content))
    assert_refused("tiered-imagenet", pickled, repr(str(file)), "does not hold labels")


def labels(change=lambda numbers: numbers, names=SPLIT.train):
    numbers = change(np.array([*range(len(names))] * 2))
    return {"label_specific": numbers, "label_specific_str": [f"name of {name}" for name in names]}


@pytest.mark.parametrize(
    "change", [lambda n: n + 0.5, lambda n: n - 1, lambda n: n / 0 * n, lambda n: n[None], lambda n: [str(n)]]
)
def test_labels_that_are_no_class_numbers(pickled, assert_refused, change):
    file = pickled / "tiered-imagenet/train_labels.pkl"
    with np.errstate(all="ignore"):
        file.write_bytes(pickle.dumps(labels(change), 2))
    assert_refused("tiered-imagenet", pickled, repr(str(file)), "does not hold labels")


def test_class_without_an_image_in_the_pickles(pickled, assert_refused):
    file = pickled / "tiered-imagenet/train_labels.pkl"
    content = labels(lambda numbers: np.where(numbers == 7, 8, numbers))
    content["label_specific_str"] = read_pickle(file, None)["label_specific_str"]
    file.write_bytes(pickle.dumps(content, 2))
    assert_refused("tiered-imagenet", pickled, repr(str(file)), "has 350", f"{SPLIT.train[7]!r} is missing")


@pytest.mark.parametrize("name", ["synsets.txt", "class_names.txt"])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content[:70], f"give '{min(SPLIT.train)}' no name of its own"),
        (lambda content: b"\xff" + content, "is not a readable list"),
        (lambda content: b"", "is empty"),
    ],
)
def test_names_that_are_none(pickled, assert_refused, name, change, message):
    file = pickled / "tiered-imagenet" / name
    file.write_bytes(change(file.read_bytes()))
    assert_refused("tiered-imagenet", pickled, repr(name)[1:], message, "again")


def test_two_classes_of_one_name(pickled, assert_refused):
    file = pickled / "tiered-imagenet/class_names.txt"
    file.write_text(file.read_text().replace(SPLIT.test[1], SPLIT.test[0]))
    assert_refused("tiered-imagenet", pickled, "class_names.txt", "no name of its own")


@pytest.mark.parametrize("name", ["synsets.txt", "val_labels.pkl", "train_images_png.pkl"])
def test_missing_file(pickled, assert_refused, name):
    (pickled / "tiered-imagenet" / name).unlink()
    assert_refused("tiered-imagenet", pickled, f"there is no {str(pickled / 'tiered-imagenet' / name)!r}")


def test_download(pickled, serve, monkeypatch, tmp_path_factory):
    """It needs no package beyond the project's own."""
    content = {f"tiered-imagenet-{path.name}": path.read_bytes() for path in (pickled / "tiered-imagenet").iterdir()}
    monkeypatch.setattr(tiered_imagenet, "RECORD", f"{serve(content).url}/tiered-imagenet-")
    root = tmp_path_factory.mktemp("new")
    TieredImageNet().download(root)
    assert TieredImageNet().complete(root)
    new, old = (catalogue.locate("tiered-imagenet", of).fingerprint() for of in (root, pickled))
    assert new == old
