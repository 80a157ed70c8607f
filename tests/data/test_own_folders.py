"""Folders of images of the user's own: parts, splits, what is guessed, and what is wrong with them."""

import numpy as np
import pytest
from PIL import Image

from benchmark.data import catalogue
from benchmark.data.dataset import ClassSplit, ImageSplit
from methods.errors import UserError


@pytest.fixture
def tree(tmp_path):
    """tree(folder, classes, ...): a folder of class folders with images of random blocks."""

    def write(folder, classes, images=3, size=(40, 32), mode="RGB", suffix=".png", black_and_white=False):
        rng = np.random.default_rng(0)
        for name in classes:
            (tmp_path / folder / name).mkdir(parents=True)
            for number in range(images):
                pixels = rng.integers(256, size=(*size[::-1], 3), dtype=np.uint8)
                if black_and_white:
                    pixels = np.repeat(np.uint8(255) * (pixels[..., :1] > 200), 3, axis=-1)
                Image.fromarray(pixels).convert(mode).save(tmp_path / folder / name / f"{number}{suffix}")
        return tmp_path / folder

    return write


def named(count, prefix="class"):
    return [f"{prefix}{number:02}" for number in range(count)]


def located(path, root=None):
    return catalogue.locate(f"folder:{path}", root or path)


def test_classes_in_the_folder_itself_are_split_by_a_seed(tree):
    data = located(tree("my flowers", named(20)))
    assert data.dataset.name == "folder:my-flowers"
    assert data.dataset.splits == ("seeded",)
    split = data.dataset.split("seeded")
    assert isinstance(split, ClassSplit)
    assert [len(part) for part in (split.train, split.validation, split.test)] == [10, 5, 5]
    assert sorted(split.train + split.validation + split.test) == named(20)
    assert split.train != tuple(named(20)[:10])
    assert located(data.dataset.path).dataset.split("seeded") == split
    assert data.bank().images.shape == (60, 32, 32, 3)


def test_a_path_is_looked_for_here_and_in_the_data_folder(tree, tmp_path, monkeypatch):
    tree("data/sets/flowers", named(4))
    monkeypatch.chdir(tmp_path)
    here, there = located("data/sets/flowers"), located("sets/flowers", tmp_path / "data")
    assert here.dataset.name == there.dataset.name == "folder:flowers"
    assert here.fingerprint() == there.fingerprint()
    assert here.folder.name.startswith("folder-flowers-")


def test_parts_of_other_classes_are_a_split_of_classes(tree):
    for part, count in (("train", 6), ("val", 3), ("test", 4)):
        folder = tree(f"flowers/{part}", named(count, part))
    data = located(folder.parent)
    assert data.dataset.splits == ("given",)
    split = data.dataset.split("given")
    assert split == ClassSplit(tuple(named(6, "train")), tuple(named(3, "val")), tuple(named(4, "test")))
    assert {part: len(units.counts) for part, units in data.units("given").items()} == {
        "train": 6,
        "validation": 3,
        "test": 4,
    }


def test_without_val_a_quarter_of_the_training_classes_is_held_out(tree):
    tree("flowers/train", named(8, "train"))
    split = located(tree("flowers/test", named(4, "test")).parent).dataset.split("given")
    assert (len(split.train), len(split.validation), split.test) == (6, 2, tuple(named(4, "test")))
    assert sorted(split.train + split.validation) == named(8, "train")


def test_parts_of_the_same_classes_are_a_split_of_images(tree):
    tree("flowers/train", named(8), images=10)
    data = located(tree("flowers/test", named(8), images=4).parent)
    assert data.dataset.splits == ("official", "seeded")
    assert isinstance(data.dataset.split("official"), ImageSplit)
    counts = {part: units.counts.tolist() for part, units in data.units("official").items()}
    assert counts == {"train": [9] * 8, "validation": [1] * 8, "test": [4] * 8}
    assert data.units("seeded")["train"].counts.tolist() == [14] * 4


def test_val_is_the_test_part_where_there_is_no_other(tree):
    tree("flowers/train", named(8, "train"))
    split = located(tree("flowers/val", named(4, "val")).parent).dataset.split("given")
    assert split.test == tuple(named(4, "val"))


def test_kind_size_and_colours_are_guessed_and_said(tree):
    photographs = located(tree("flowers", named(4), size=(120, 100))).dataset
    assert (photographs.kind, photographs.image_shape) == ("photographs", (84, 84, 3))
    assert photographs.notice.startswith(
        "folder:flowers is taken for photographs, 84x84 in colours (guessed: kind, size, channels); say otherwise in "
    )
    small = located(tree("small", named(4), size=(40, 20))).dataset
    assert (small.kind, small.image_shape) == ("photographs", (20, 20, 3))
    grey = located(tree("x-rays", named(4), mode="L")).dataset
    assert (grey.kind, grey.image_shape) == ("photographs", (32, 32, 1))
    drawn = located(tree("letters", named(4), size=(50, 50), black_and_white=True)).dataset
    assert (drawn.kind, drawn.image_shape) == ("characters", (28, 28, 1))


def test_what_the_user_says_is_not_guessed(tree):
    folder = tree("flowers", named(4))
    plain = located(folder)
    (folder / "dataset.toml").write_text('kind = "characters"\nsize = 20\nchannels = 1\n')
    data = located(folder)
    assert (data.dataset.kind, data.dataset.image_shape, data.dataset.notice) == ("characters", (20, 20, 1), None)
    assert data.bank().images.shape == (12, 20, 20, 1)
    assert data.folder != plain.folder


def test_another_size_of_the_same_files_is_another_bank(tree):
    folder = tree("flowers", named(4))
    (folder / "dataset.toml").write_text("size = 20\n")
    stamp = (folder / "dataset.toml").stat()
    small = located(folder)
    assert small.bank().images.shape[1] == 20
    assert "guessed: kind, channels" in small.dataset.notice
    (folder / "dataset.toml").write_text("size = 24\n")
    import os

    os.utime(folder / "dataset.toml", ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
    assert located(folder).bank().images.shape[1] == 24


def spoil(folder, how):
    """Does one thing wrong to a folder of class folders."""
    if how == "image outside":
        (folder / "class00/0.png").rename(folder / "lost.png")
    elif how == "no image":
        (folder / "class00/notes.txt").write_text("notes")
    elif how == "empty class":
        (folder / "empty").mkdir()
    elif how == "damaged":
        (folder / "class01/1.png").write_bytes((folder / "class01/1.png").read_bytes()[:200])
    else:
        (folder / "dataset.toml").write_text(how)


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("image outside", "lost.png' lies in no folder of a class; move it into one"),
        ("no image", "notes.txt' is no image file"),
        ("empty class", "empty' is empty"),
        ("damaged", "1.png' is not a readable image"),
        ("knid = 'characters'", r"Unknown entry of '.*dataset.toml' 'knid'. Did you mean 'kind'\?"),
        ("kind = 'drawings'", "kind in '.*dataset.toml' must be 'characters' or 'photographs', not 'drawings'"),
        ("size = 4", "size in '.*' must be a whole number from 8 to 1024, not 4"),
        ("size = '84'", "size in '.*' must be a whole number from 8 to 1024, not '84'"),
        ("channels = true", "channels in '.*' must be 1 or 3, not True"),
        ("size 84", "dataset.toml' is no readable TOML"),
    ],
)
def test_what_is_wrong_is_one_line(tree, how, said):
    folder = tree("flowers", named(4))
    spoil(folder, how)
    with pytest.raises(UserError, match=said) as raised:
        located(folder).bank()
    assert "\n" not in str(raised.value)


def test_parts_that_share_some_classes_only_are_refused(tree):
    tree("flowers/train", named(6))
    folder = tree("flowers/test", named(4)).parent
    with pytest.raises(UserError, match="share the class 'class00', but its test part has no 'class04'"):
        located(folder).dataset.splits  # noqa: B018


def test_a_folder_beside_the_parts_is_refused(tree):
    for part in ("train", "test", "more"):
        folder = tree(f"flowers/{part}", named(4, part))
    with pytest.raises(UserError, match=r"more' lies beside the folders of the parts \(train, val, test\)"):
        located(folder.parent)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("folder:nowhere", "names a folder with a folder of images for each class, but there is none at 'nowhere' or "),
        ("folder:", "there is none at ''"),
        ("foldr:flowers", "Unknown format of data 'foldr'. Did you mean 'folder'?"),
        ("flowers", "Unknown data set 'flowers'. Allowed: FILE.py, aircraft, "),
        ("nowhere.py", "There is no data set file 'nowhere.py'"),
    ],
)
def test_what_is_not_there_is_one_line(tmp_path, name, said):
    with pytest.raises(UserError) as raised:
        catalogue.locate(name, tmp_path)
    assert said in str(raised.value) and "\n" not in str(raised.value)


def test_a_folder_with_one_class_is_refused(tree):
    with pytest.raises(UserError, match="must have a folder of images for each of two classes and more"):
        located(tree("flowers", named(1))).dataset.splits  # noqa: B018
