"""ImageNet's folders, whole or in part."""

import numpy as np
import pytest

from benchmark.data import catalogue
from benchmark.data.sources.imagenet import ImageNet
from methods.errors import UserError

SPLIT = ImageNet().split("classes")
SOME = [*SPLIT.train[:3], *SPLIT.validation[:2], SPLIT.test[0]]


@pytest.fixture
def root(tmp_path, picture):
    for number, name in enumerate(SOME):
        for image in range(number + 1):
            picture(tmp_path / "imagenet/train" / name / f"{name}_{image}.JPEG", (number,) * 3, (100, 120))
    return tmp_path


def test_split_has_every_class_once():
    sizes = [len(part) for part in (SPLIT.train, SPLIT.validation, SPLIT.test)]
    assert sizes == [800, 100, 100]
    assert len({*SPLIT.train, *SPLIT.validation, *SPLIT.test}) == 1000


def test_copy_with_few_classes_is_split_like_the_whole(root):
    located = catalogue.locate("imagenet", root)
    bank = located.bank(verify=True)
    assert bank.class_names == tuple(sorted(SOME))
    assert located.extent("classes") == {
        "images": 21,
        "published": 1_281_167,
        "classes": {"train": 3, "validation": 2, "test": 1},
        "images_per_class": {"train": [1, 3], "validation": [4, 5], "test": [6, 6]},
    }
    assert {bank.class_names[c] for c in located.units("classes")["train"].classes} == set(SPLIT.train[:3])


def test_words_are_those_of_wordnet():
    assert ImageNet().words("n01440764") == "tench"


def test_missing_folder(tmp_path, assert_refused):
    (tmp_path / "imagenet").mkdir()
    assert_refused("imagenet", tmp_path, f"is not in {str(tmp_path)!r}", "image-net.org")
    (tmp_path / "imagenet/train").mkdir()
    assert_refused("imagenet", tmp_path, "has no class folders", "image-net.org")


def test_folder_that_is_no_class(root, assert_refused):
    (root / "imagenet/train" / SOME[0]).rename(root / "imagenet/train/tench")
    assert_refused("imagenet", root, repr(str(root / "imagenet/train/tench")), "none of ImageNet's 1,000 classes")


def test_empty_class(root, assert_refused):
    (root / "imagenet/train" / SPLIT.test[5]).mkdir()
    assert_refused("imagenet", root, repr(str(root / "imagenet/train" / SPLIT.test[5])), "is empty")


def test_archive_that_was_not_unpacked(root, assert_refused):
    (root / "imagenet/train" / f"{SPLIT.test[5]}.tar").touch()
    assert_refused("imagenet", root, ".tar", "is no folder of a class")


def test_corrupt_image(root, assert_refused, noisy):
    file = noisy(root / "imagenet/train" / SOME[1] / "damaged.jpeg")
    file.write_bytes(file.read_bytes()[:700])
    assert_refused("imagenet", root, repr(str(file)), "not a readable image")


def test_grey_image(root, picture):
    picture(root / "imagenet/train" / SOME[4] / f"{SOME[4]}_0.JPEG", (99,) * 3, mode="L")
    bank = catalogue.locate("imagenet", root).bank()
    image = bank.images[bank.labels == bank.class_names.index(SOME[4])][0]
    assert np.abs(image.astype(int) - 99).max() <= 1


@pytest.mark.parametrize("place", ["train", f"train/{SOME[0]}", f"train/{SOME[0]}/{SOME[0]}_0.JPEG"])
def test_link_that_leads_out(root, assert_refused, lead_out, place):
    home = root / "imagenet"
    lead_out(home / place, home)
    assert_refused("imagenet", root, repr(str(home / place)), "leads out of its data set")


def test_signature_changes_when_files_come_or_go(root, picture):
    found = {ImageNet().signature(root)}
    picture(root / "imagenet/train" / SOME[0] / "new.jpeg")
    found.add(ImageNet().signature(root))
    (root / "imagenet/train" / SOME[0]).rename(root / "imagenet/train" / SPLIT.test[7])
    found.add(ImageNet().signature(root))
    assert len(found) == 3
    assert ImageNet().signature(root) in found


def test_cannot_be_downloaded(ltdi_bench, tmp_path):
    done = ltdi_bench("data", "download", "imagenet", "--data", tmp_path)
    assert done.code == 2
    assert "imagenet cannot be downloaded; put its classes into imagenet/train/" in done.err


def test_split_of_another_set_with_a_missing_class_is_an_error(root, monkeypatch):
    monkeypatch.setattr(ImageNet, "any_classes", False)
    with pytest.raises(UserError, match="lacks; restore its folder"):
        catalogue.locate("imagenet", root).units("classes")
