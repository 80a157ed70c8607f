"""What systems leave in folders is passed over by every reader, and changes nothing."""

import shutil

import pytest

from benchmark.data import catalogue
from benchmark.data.junk import is_junk
from benchmark.data.sources import omniglot
from benchmark.data.sources.mini_imagenet import CLASSES, CSV, MiniImageNet

JUNK = [".DS_Store", "._x.png", "Thumbs.db", "thumbs.db", "desktop.ini", "__MACOSX", ".ipynb_checkpoints", "@eaDir"]


def tree(root, picture, *folders):
    for folder in folders:
        for number in range(2):
            picture(root / folder / f"{number}.png")


def an_omniglot(root, picture, monkeypatch):
    monkeypatch.setattr(omniglot, "CLASSES", 2)
    monkeypatch.setattr(omniglot, "DRAWINGS", 2)
    tree(root, picture, *(f"omniglot-py/images_{part}/Greek/character01" for part in ("background",)))
    tree(root, picture, "omniglot-py/images_evaluation/Tengwar/character01")


def a_pacs(root, picture, monkeypatch):
    domains = ("art_painting", "cartoon", "photo", "sketch")
    tree(root, picture, *(f"pacs/{domain}/class{number}" for domain in domains for number in range(7)))


def a_mini_imagenet_of_parts(root, picture, monkeypatch):
    split = MiniImageNet().split("ravi")
    parts = {"train": split.train, "val": split.validation, "test": split.test}
    tree(root, picture, *(f"mini-imagenet/{part}/{name}" for part, names in parts.items() for name in names))


def a_mini_imagenet_of_classes(root, picture, monkeypatch):
    tree(root, picture, *(f"mini-imagenet/{name}" for name in CLASSES))


def a_mini_imagenet_of_lists(root, picture, monkeypatch):
    split = MiniImageNet().split("ravi")
    for part, file in CSV.items():
        names = getattr(split, part)
        for name in names:
            picture(root / "mini-imagenet/images" / f"{name}.png")
        lines = ["filename,label", *(f"{name}.png,{name}" for name in names)]
        (root / "mini-imagenet" / file).write_text("\n".join(lines))


def a_tiered_imagenet(root, picture, monkeypatch):
    split = catalogue.get("tiered-imagenet").split("ren")
    parts = {"train": split.train, "val": split.validation, "test": split.test}
    for part, names in parts.items():
        for name in names:
            picture(root / "tiered-imagenet" / part / name / "0.png", size=(4, 4))


def an_imagenet(root, picture, monkeypatch):
    tree(root, picture, *(f"imagenet/train/{name}" for name in CLASSES[:3]))


def a_cifar10(root, picture, monkeypatch):
    tree(root, picture, *(f"cifar10/{part}/class{number}" for part in ("train", "test") for number in range(10)))


READERS = [
    ("omniglot", an_omniglot),
    ("pacs", a_pacs),
    ("mini-imagenet", a_mini_imagenet_of_parts),
    ("mini-imagenet", a_mini_imagenet_of_classes),
    ("mini-imagenet", a_mini_imagenet_of_lists),
    ("tiered-imagenet", a_tiered_imagenet),
    ("imagenet", an_imagenet),
    ("cifar10", a_cifar10),
]


@pytest.mark.parametrize(("name", "make"), READERS, ids=[make.__name__ for _, make in READERS])
def test_every_reader_passes_over_junk(name, make, tmp_path, picture, monkeypatch):
    make(tmp_path, picture, monkeypatch)
    before = catalogue.locate(name, tmp_path)
    expected = before.fingerprint()
    for folder in [path for path in tmp_path.rglob("*") if path.is_dir()][:40]:
        for number, junk in enumerate(JUNK):
            (folder / junk).mkdir(exist_ok=True) if number % 5 == 0 else (folder / junk).write_bytes(b"junk")
    shutil.rmtree(before.folder)
    assert catalogue.locate(name, tmp_path).fingerprint() == expected


@pytest.mark.parametrize("name", JUNK)
def test_junk(name):
    assert is_junk(name)


@pytest.mark.parametrize("name", ["cat", "x.png", "thumbs", "n01532829", "macosx", "desktop"])
def test_no_junk(name):
    assert not is_junk(name)
