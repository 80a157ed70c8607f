"""Mini-ImageNet, from Ravi & Larochelle's csv files and from the pickles that learn2learn fetches too."""

import os
import pickle
import tracemalloc

import numpy as np
import pytest

from benchmark.data import catalogue
from benchmark.data.sources.mini_imagenet import CSV, MiniImageNet
from tests.data.mini_imagenet import (
    CLASSES,
    ORDER,
    SPLIT,
    check_content,
    edit,
    grey,
    publish,
    write_lists,
    write_pickles,
)


@pytest.fixture
def root(tmp_path, picture):
    write_lists(tmp_path / "mini-imagenet", picture)
    return tmp_path


@pytest.fixture
def pickled(tmp_path, monkeypatch):
    write_pickles(tmp_path / "mini-imagenet", monkeypatch)
    return tmp_path


@pytest.mark.parametrize("layout", ["root", "pickled"])
def test_classes_and_images(layout, request):
    check_content(catalogue.locate("mini-imagenet", request.getfixturevalue(layout)))


def test_packing_holds_no_more_than_a_few_images(root):
    """Of 2,040, which take 43 MB together."""
    home = root / "mini-imagenet"
    for name in CSV.values():
        header, *lines = (home / name).read_text().splitlines()
        copies = [f"{number}-{line}" for line in lines for number in range(9)]
        for copy in copies:
            file = copy.split(",")[0]
            os.link(home / "images" / file.split("-")[1], home / "images" / file)
        (home / name).write_text("\n".join([header, *lines, *copies]) + "\n")
    located = catalogue.locate("mini-imagenet", root)
    tracemalloc.start()
    try:
        images = located.bank().images
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert images.shape[0] == 2_040
    assert peak < images.nbytes / 5


def test_split_is_64_16_20_classes_of_imagenet_with_their_names():
    assert [len(names) for names in ORDER.values()] == [64, 16, 20]
    assert len(set(CLASSES)) == 100
    assert MiniImageNet().words("n02099601") == "golden retriever"
    assert len({MiniImageNet().words(name) for name in CLASSES}) == 100


@pytest.mark.parametrize("name", ["train.csv", "val.csv", "test.csv", "images"])
def test_missing_file(root, assert_refused, name):
    (root / "mini-imagenet" / name).rename(root / "kept")
    assert_refused("mini-imagenet", root, f"there is no {str(root / 'mini-imagenet' / name)!r}", "to get it:")
    assert MiniImageNet().missing(root) == root / "mini-imagenet" / name


def test_missing_image(root, assert_refused):
    file = root / "mini-imagenet/images" / f"{SPLIT.train[3]}00000001.jpg"
    file.unlink()
    assert_refused("mini-imagenet", root, repr(str(file)), "line 9 of", "train.csv", "take the line out")


def test_what_is_no_file_is_not_waited_for(root, assert_refused):
    file = root / "mini-imagenet/images" / f"{SPLIT.train[3]}00000001.jpg"
    file.unlink()
    os.mkfifo(file)
    assert_refused("mini-imagenet", root, f"{str(file)!r} is no file")


def test_image_that_is_named_twice(root, assert_refused):
    edit(root / "mini-imagenet/test.csv", lambda lines: [*lines, lines[1]])
    assert_refused("mini-imagenet", root, "line 62 of", "test.csv", "a second time")


@pytest.mark.parametrize("name", ["../train.csv", "/etc/passwd", "images/x.jpg", ""])
def test_name_that_leads_elsewhere(root, assert_refused, name):
    edit(root / "mini-imagenet/val.csv", lambda lines: [*lines, f"{name},{SPLIT.validation[0]}"])
    assert_refused("mini-imagenet", root, "line 18 of", "val.csv")


def test_missing_class(root, assert_refused):
    gone = SPLIT.train[5]
    edit(root / "mini-imagenet/train.csv", lambda lines: [line for line in lines if gone not in line])
    assert_refused("mini-imagenet", root, "train.csv", "must have 64 classes", "has 63", f"{gone!r} is missing")


def test_test_class_among_the_training_ones(root, assert_refused, picture):
    picture(root / "mini-imagenet/images/leak.jpg")
    edit(root / "mini-imagenet/train.csv", lambda lines: [*lines, f"leak.jpg,{SPLIT.test[0]}"])
    assert_refused("mini-imagenet", root, "has 65", f"{SPLIT.test[0]!r} is not one of them")


@pytest.mark.parametrize("line", ["only-one-field", "three,whole,fields"])
def test_line_that_is_none(root, assert_refused, line):
    edit(root / "mini-imagenet/train.csv", lambda lines: [*lines, line])
    assert_refused("mini-imagenet", root, "Line 130 of", line)


@pytest.mark.parametrize("header", ["", "label,filename", "n01532829.jpg,n01532829"])
def test_wrong_header(root, assert_refused, header):
    edit(root / "mini-imagenet/train.csv", lambda lines: [header, *lines[1:]])
    assert_refused("mini-imagenet", root, "train.csv", "must begin with the line 'filename,label'")


def test_csv_that_is_none(root, assert_refused):
    (root / "mini-imagenet/train.csv").write_bytes(b"\xff\xfe\x00")
    assert_refused("mini-imagenet", root, "train.csv", "not a readable csv file")


@pytest.mark.parametrize("kept", [0, 100, 600])
def test_corrupt_image(root, assert_refused, noisy, kept):
    file = noisy(root / "mini-imagenet/images" / f"{SPLIT.test[3]}00000001.jpg")
    file.write_bytes(file.read_bytes()[:kept])
    assert_refused("mini-imagenet", root, repr(str(file)), "not a readable image")


def test_grey_image_and_one_of_another_size_are_like_others(root, picture):
    name = SPLIT.train[0]
    picture(root / "mini-imagenet/images" / f"{name}00000000.jpg", (grey(name),) * 3, mode="L")
    picture(root / "mini-imagenet/images" / f"{name}00000001.jpg", (grey(name),) * 3, size=(500, 333))
    bank = catalogue.locate("mini-imagenet", root).bank()
    of_class = bank.images[bank.labels == bank.class_names.index(name)]
    assert np.abs(of_class.astype(int) - grey(name)).max() <= 1


@pytest.mark.parametrize("place", ["images", "train.csv", f"images/{SPLIT.train[0]}00000000.jpg"])
def test_link_that_leads_out(root, assert_refused, lead_out, place):
    home = root / "mini-imagenet"
    lead_out(home / place, home)
    assert_refused("mini-imagenet", root, repr(str(home / place)), "leads out of its data set")


def test_link_that_leads_out_of_a_pickle(pickled, assert_refused, lead_out):
    file = pickled / "mini-imagenet/mini-imagenet-cache-test.pkl"
    lead_out(file, file.parent)
    assert_refused("mini-imagenet", pickled, repr(str(file)), "leads out of its data set")


def test_file_in_the_place_of_the_images(root, assert_refused):
    folder = root / "mini-imagenet/images"
    folder.rename(root / "kept")
    folder.touch()
    assert_refused("mini-imagenet", root, repr(str(folder)), "is no folder")


def test_csv_as_excel_writes_it(root):
    """With a byte-order mark."""
    expected = catalogue.locate("mini-imagenet", root).fingerprint()
    file = root / "mini-imagenet/train.csv"
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert catalogue.locate("mini-imagenet", root).fingerprint() == expected


def test_signature_changes_with_the_files(root):
    found = {MiniImageNet().signature(root)}
    os.utime(root / "mini-imagenet/images" / f"{SPLIT.train[0]}00000000.jpg", (0, 0))
    found.add(MiniImageNet().signature(root))
    (root / "mini-imagenet/val.csv").write_text("changed")
    found.add(MiniImageNet().signature(root))
    assert len(found) == 3


def test_changed_pickle_is_refused(pickled, assert_refused):
    file = pickled / "mini-imagenet/mini-imagenet-cache-test.pkl"
    file.write_bytes(file.read_bytes() + b" ")
    assert_refused("mini-imagenet", pickled, repr(str(file)), "is not the published file")


def test_hostile_pickle_runs_nothing(pickled, assert_refused, monkeypatch):
    class Hostile:
        def __reduce__(self):
            return os.system, (f"touch {pickled / 'RAN'}",)

    file = pickled / "mini-imagenet/mini-imagenet-cache-train.pkl"
    file.write_bytes(pickle.dumps(Hostile(), 2))
    publish(monkeypatch, file.parent)
    assert_refused("mini-imagenet", pickled, repr(str(file)), "to be run")
    assert not (pickled / "RAN").exists()


@pytest.mark.parametrize(
    "content",
    [
        [],
        {"image_data": np.zeros((2, 84, 84, 3), np.uint8)},
        {"image_data": np.zeros((2, 84, 84, 3), np.uint8), "class_dict": {"n1": [0, 5]}},
        {"image_data": np.zeros((2, 80, 80, 3), np.uint8), "class_dict": {"n1": [0, 1]}},
    ],
)
def test_pickle_of_something_else_is_refused(pickled, assert_refused, monkeypatch, content):
    file = pickled / "mini-imagenet/mini-imagenet-cache-train.pkl"
    file.write_bytes(pickle.dumps(content))
    publish(monkeypatch, file.parent)
    assert_refused("mini-imagenet", pickled, repr(str(file)), "does not hold images and their classes")
