"""Mini-ImageNet, from Ravi & Larochelle's csv files and from the pickles that learn2learn fetches."""

import hashlib
import os
import pickle
import sys
import tracemalloc
import types
from pathlib import Path

import numpy as np
import pytest

from benchmark.data import catalogue
from benchmark.data.sources import mini_imagenet
from benchmark.data.sources.mini_imagenet import CSV, PICKLES, MiniImageNet
from methods.errors import UserError

SPLIT = MiniImageNet().split("ravi")
ORDER = {part: getattr(SPLIT, part) for part in CSV}
CLASSES = [name for names in ORDER.values() for name in names]
PER_CLASS = {"train": 2, "validation": 1, "test": 3}


def grey(name):
    return 2 * CLASSES.index(name)


@pytest.fixture
def root(tmp_path, picture):
    """As on disk, with 2, 1 and 3 images a class, each as grey as its class's number says."""
    home = tmp_path / "mini-imagenet"
    for part, names in ORDER.items():
        rows = [(f"{name}{number:08d}.jpg", name) for name in names for number in range(PER_CLASS[part])]
        for file, name in rows:
            picture(home / "images" / file, (grey(name),) * 3)
        (home / CSV[part]).write_text("filename,label\n" + "".join(f"{file},{name}\n" for file, name in rows))
    return tmp_path


@pytest.fixture
def pickled(tmp_path, monkeypatch):
    """As learn2learn has it: the classes of a part in turn."""
    home = tmp_path / "mini-imagenet"
    home.mkdir()
    for (file, part), protocol in zip(zip(PICKLES, CSV, strict=True), (2, 4, 0), strict=True):
        names = ORDER[part] * PER_CLASS[part]
        content = {
            "image_data": np.stack([np.full((84, 84, 3), grey(name), np.uint8) for name in names]),
            "class_dict": {name: [i for i, other in enumerate(names) if other == name] for name in ORDER[part]},
        }
        (home / file).write_bytes(pickle.dumps(content, protocol))
    publish(monkeypatch, home)
    return tmp_path


def publish(monkeypatch, home):
    md5 = {name: hashlib.md5((home / name).read_bytes()).hexdigest() for name in PICKLES}
    monkeypatch.setattr(mini_imagenet, "PICKLES", md5)


@pytest.mark.parametrize("layout", ["root", "pickled"])
def test_classes_and_images(layout, request):
    located = catalogue.locate("mini-imagenet", request.getfixturevalue(layout))
    bank = located.bank(verify=True)
    assert bank.images.shape == (64 * 2 + 16 + 20 * 3, 84, 84, 3)
    expected = np.array([grey(bank.class_names[label]) for label in bank.labels])
    assert np.abs(bank.images.astype(int) - expected[:, None, None, None]).max() <= 1
    for part, units in located.units("ravi").items():
        assert [bank.class_names[number] for number in units.classes] == list(ORDER[part])
        assert set(units.counts.tolist()) == {PER_CLASS[part]}
    extent = located.extent("ravi")
    assert extent["images_per_class"] == {"train": [2, 2], "validation": [1, 1], "test": [3, 3]}
    assert (extent["images"], extent["published"]) == (204, 60_000)


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


def edit(file, change):
    lines = file.read_text().splitlines()
    file.write_text("\n".join(change(lines)) + "\n")


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


@pytest.fixture
def server(monkeypatch):
    """What learn2learn's downloader gives for each file, which is also what was published, and what was asked for."""
    content = {name: name.encode() for name in PICKLES}
    asked = []

    def download_file(url, target):
        asked.append(url.rsplit("/", 1)[1])
        Path(target).write_bytes(content[asked[-1]])

    module = types.ModuleType("learn2learn.data.utils")
    module.download_file = download_file
    for name in ("learn2learn", "learn2learn.data"):
        monkeypatch.setitem(sys.modules, name, types.ModuleType(name))
    monkeypatch.setitem(sys.modules, "learn2learn.data.utils", module)
    published = {name: hashlib.md5(each).hexdigest() for name, each in content.items()}
    monkeypatch.setattr(mini_imagenet, "PICKLES", published)
    return types.SimpleNamespace(content=content, asked=asked)


def test_download_is_learn2learns(server, tmp_path):
    there, *others = reversed(PICKLES)
    (tmp_path / "mini-imagenet").mkdir()
    (tmp_path / "mini-imagenet" / there).write_bytes(there.encode())
    MiniImageNet().download(tmp_path)
    assert set(server.asked) == set(others)
    found = {path.name: path.read_bytes() for path in (tmp_path / "mini-imagenet").iterdir()}
    assert found == {name: name.encode() for name in PICKLES}


def test_error_page_is_not_taken_for_the_data(server, tmp_path):
    server.content["mini-imagenet-cache-validation.pkl"] = b"<html>503"
    with pytest.raises(UserError, match=r"cache-validation\.pkl gave is not the published file .*; try again later"):
        MiniImageNet().download(tmp_path)
    assert [path.name for path in (tmp_path / "mini-imagenet").iterdir()] == ["mini-imagenet-cache-train.pkl"]
    assert not MiniImageNet().complete(tmp_path)


def test_download_refuses_a_changed_file_that_is_there(server, tmp_path):
    file = tmp_path / "mini-imagenet/mini-imagenet-cache-train.pkl"
    file.parent.mkdir()
    file.write_bytes(b"<html>503")
    with pytest.raises(UserError, match="is not the published file"):
        MiniImageNet().download(tmp_path)


def test_download_without_learn2learn_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "learn2learn", None)
    with pytest.raises(UserError, match=r"needs learn2learn.*'ltdi-bench\[learn2learn\]' && pip .* learn2learn$"):
        MiniImageNet().download(tmp_path)
