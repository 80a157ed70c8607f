"""Mini-ImageNet in the other layouts in which people have it, and copies that are nearly in one of them."""

import os
import pickle

import pytest

from benchmark.data import catalogue
from benchmark.data.sources.mini_imagenet import CSV, FOLDERS, PICKLES
from methods.errors import UserError
from tests.data.mini_imagenet import ORDER, PER_CLASS, SPLIT, check_content, edit, grey, write_lists, write_pickles


@pytest.fixture
def root(tmp_path, picture):
    write_lists(tmp_path / "mini-imagenet", picture)
    return tmp_path


@pytest.fixture
def pickled(tmp_path, monkeypatch):
    write_pickles(tmp_path / "mini-imagenet", monkeypatch)
    return tmp_path


@pytest.fixture
def parts(tmp_path, picture):
    """As trees of parts have it, with two images of each class."""
    for part, folder in FOLDERS.items():
        for name in ORDER[part]:
            for number in range(PER_CLASS[part]):
                picture(tmp_path / "mini-imagenet" / folder / name / f"{number}.jpg", (grey(name),) * 3)
    return tmp_path


@pytest.fixture
def classes(parts):
    """The same without parts."""
    home = parts / "mini-imagenet"
    for folder in FOLDERS.values():
        for path in (home / folder).iterdir():
            path.rename(home / path.name)
        (home / folder).rmdir()
    return parts


@pytest.fixture
def other_pickles(pickled):
    """As Ren et al. call them; of a content that nobody published."""
    home = pickled / "mini-imagenet"
    (home / "mini-imagenet-cache-validation.pkl").rename(home / "mini-imagenet-cache-val.pkl")
    for name in PICKLES:
        if (home / name).exists():
            (home / name).write_bytes(pickle.dumps(pickle.loads((home / name).read_bytes()), 3))
    return pickled


@pytest.mark.parametrize("layout", ["parts", "classes", "other_pickles"])
def test_classes_and_images(layout, request):
    check_content(catalogue.locate("mini-imagenet", request.getfixturevalue(layout)))


def test_class_in_the_wrong_part(parts, assert_refused):
    home = parts / "mini-imagenet"
    (home / "train" / SPLIT.train[0]).rename(home / "test" / SPLIT.train[0])
    assert_refused("mini-imagenet", parts, repr(str(home / "train")), "must have 64 classes", "has 63")


@pytest.mark.parametrize("place", ["val", f"val/{SPLIT.validation[3]}"])
def test_missing_folder_of_a_part(parts, assert_refused, place):
    (parts / "mini-imagenet" / place).rename(parts / "kept")
    lacking = parts / "mini-imagenet" / "val"
    assert_refused("mini-imagenet", parts, str(lacking), "incomplete" if place == "val" else "has 15")


def test_missing_class_folder(classes, assert_refused):
    (classes / "mini-imagenet" / SPLIT.test[3]).rename(classes / "kept")
    assert_refused("mini-imagenet", classes, f"there is no {str(classes / 'mini-imagenet' / SPLIT.test[3])!r}")


@pytest.mark.parametrize("name", ["mini-imagenet-cache-val.pkl", "mini-imagenet-cache-test.pkl"])
def test_hostile_pickle_of_unknown_checksum_runs_nothing(other_pickles, assert_refused, name):
    class Hostile:
        def __reduce__(self):
            return os.system, (f"touch {other_pickles / 'RAN'}",)

    (other_pickles / "mini-imagenet" / name).write_bytes(pickle.dumps(Hostile(), 2))
    assert_refused("mini-imagenet", other_pickles, name, "to be run")
    assert not (other_pickles / "RAN").exists()


NEAR = {
    "val.csv": "valid.csv",
    "train.csv": "Train.csv",
    "images": "Images",
    "mini-imagenet-cache-test.pkl": "mini_imagenet_cache_test.pkl",
}


@pytest.mark.parametrize("name", NEAR)
def test_file_that_is_called_nearly_so_is_named(request, assert_refused, name):
    root = request.getfixturevalue("pickled" if name.endswith("pkl") else "root")
    near = root / "mini-imagenet" / NEAR[name]
    near.with_name(name).rename(near)
    assert_refused("mini-imagenet", root, f"but {str(near)!r}: rename it to {name!r}")


@pytest.mark.parametrize("name", ["mini_imagenet", "miniImageNet", "Mini-ImageNet"])
def test_folder_that_is_called_nearly_so_is_named(root, name):
    (root / "mini-imagenet").rename(root / name)
    with pytest.raises(UserError, match=f"{name}': rename it to 'mini-imagenet'"):
        catalogue.locate("mini-imagenet", root)


def test_data_folder_that_is_the_data_set_is_named(root):
    with pytest.raises(UserError, match=r"that folder is the data set itself: name the one above it with --data$"):
        catalogue.locate("mini-imagenet", root / "mini-imagenet")
    (root / "mini-imagenet").rename(root / "copy")
    with pytest.raises(UserError, match=r"name the one above it with --data, and call this one 'mini-imagenet'$"):
        catalogue.locate("mini-imagenet", root / "copy")


def test_folder_that_lies_too_deep_is_named(root, assert_refused):
    """As archives do that hold a folder of their own name."""
    home = root / "mini-imagenet"
    home.rename(root / "kept")
    home.mkdir()
    (root / "kept").rename(home / "mini-imagenet")
    assert_refused(
        "mini-imagenet", root, f"all of it is in {str(home / 'mini-imagenet')!r}: move it up to {str(home)!r}"
    )


def test_images_in_folders_of_their_classes(root):
    """Named with the folder."""
    expected = catalogue.locate("mini-imagenet", root).fingerprint()
    for name in CSV.values():
        edit(root / "mini-imagenet" / name, into_folders(root / "mini-imagenet/images"))
    assert catalogue.locate("mini-imagenet", root).fingerprint() == expected


def into_folders(images, *, named=True):
    def change(lines):
        header, *rows = lines
        for row in rows:
            file, name = row.split(",")
            (images / name).mkdir(exist_ok=True)
            (images / file).rename(images / name / file)
        return [header, *(f"{row.split(',')[1]}/{row}" for row in rows)] if named else lines

    return change


def test_images_in_folders_that_their_names_lack(root, assert_refused):
    """Each is named with where it is, and how many more there are."""
    images = root / "mini-imagenet/images"
    edit(root / "mini-imagenet/test.csv", into_folders(images, named=False))
    first = f"{SPLIT.test[0]}00000000.jpg"
    there = repr(str(images / SPLIT.test[0] / first))
    assert_refused("mini-imagenet", root, repr(str(images / first)), "is not there", f"and there is {there}", "40 more")


@pytest.mark.parametrize("suffix", [".JPEG", ".JPG", ".jpeg"])
def test_image_of_another_suffix_is_named(root, assert_refused, suffix):
    file = root / "mini-imagenet/images" / f"{SPLIT.train[3]}00000001.jpg"
    file.rename(file.with_suffix(suffix))
    found = repr(str(file.with_suffix(suffix)))
    assert_refused("mini-imagenet", root, repr(str(file)), "line 9 of", "is not there", f"and there is {found}")


def test_hidden_image(root, assert_refused, picture):
    picture(root / "mini-imagenet/images/.x.jpg")
    edit(root / "mini-imagenet/test.csv", lambda lines: [*lines, f".x.jpg,{SPLIT.test[0]}"])
    assert_refused("mini-imagenet", root, "'.x.jpg' in line 62 of", "is the name of a hidden file")
