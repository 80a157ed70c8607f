"""Packed images: written whole or not at all, and not trusted afterwards."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from benchmark.data.bank import fingerprint, open_bank, pack, read_meta
from methods.errors import UserError

SHAPE = (5, 4, 3)
LABELS = np.repeat([0, 1, 2], [4, 2, 3])
NAMES = ("a", "b", "c")
FINGERPRINT = "2201955c03da16cd"
IMAGES = np.random.default_rng(0).integers(256, size=(9, *SHAPE), dtype=np.uint8)


def packed(folder, images=IMAGES, labels=LABELS, names=NAMES):
    pack(folder, 9, SHAPE, iter(images), labels, names)
    return folder


@pytest.fixture
def folder(tmp_path):
    return packed(tmp_path / "banks" / "bank")


def test_bank_holds_what_was_packed(folder):
    bank = open_bank(folder, verify=True)
    assert np.array_equal(bank.images, IMAGES)
    assert np.array_equal(bank.labels, LABELS)
    assert bank.class_names == NAMES
    assert bank.counts.tolist() == [4, 2, 3]
    assert bank.fingerprint == read_meta(folder)["fingerprint"]


def test_groups_are_counted_and_part_of_the_fingerprint(folder, tmp_path):
    groups = np.array([0, 0, 1, 1, 0, 1, 1, 1, 1])
    found = [read_meta(folder)]
    for number, (of, names) in enumerate([(groups, ("x", "y")), (groups, ("x", "z")), (groups * 0, ("x", "y"))]):
        pack(tmp_path / str(number), 9, SHAPE, iter(IMAGES), LABELS, NAMES, of, names)
        open_bank(tmp_path / str(number), verify=True)
        found.append(read_meta(tmp_path / str(number)))
    assert found[0]["counts"] == [[4], [2], [3]]
    assert found[1]["counts"] == [[2, 2], [1, 1], [0, 3]]
    assert found[1]["group_names"] == ["x", "y"]
    assert len({meta["fingerprint"] for meta in found}) == 4


def test_groups_out_of_order_are_refused(tmp_path):
    groups = np.array([0, 1, 0, 1, 0, 1, 1, 1, 1])
    with pytest.raises(ValueError, match="groups within labels"):
        pack(tmp_path / "bank", 9, SHAPE, iter(IMAGES), LABELS, NAMES, groups, ("x", "y"))


def test_fingerprint_of_a_bank_without_groups_never_changes(folder):
    """Records are named by it."""
    assert read_meta(folder)["fingerprint"].startswith(FINGERPRINT)


def test_full_disk_is_an_error_that_names_another_way(tmp_path, monkeypatch):
    monkeypatch.setattr("benchmark.data.bank.shutil.disk_usage", lambda path: SimpleNamespace(free=500))
    with pytest.raises(UserError, match=r"Packing takes 0\.0 GB, but .* has 0\.0 GB left; .*LTDI_BENCH_CACHE"):
        packed(tmp_path / "bank")
    assert list(tmp_path.iterdir()) == []


def test_images_are_mapped_not_read(folder):
    assert isinstance(open_bank(folder).images, np.memmap)
    assert not open_bank(folder).images.flags.writeable


def test_fingerprint_depends_on_all_there_is_and_on_nothing_else(folder, tmp_path):
    again = packed(tmp_path / "again")
    assert read_meta(again)["fingerprint"] == read_meta(folder)["fingerprint"]
    image, label = IMAGES.copy(), LABELS.copy()
    image[8, 4, 3, 2] ^= 1
    label[4] = 0
    others = [packed(tmp_path / "image", images=image), packed(tmp_path / "label", labels=label)]
    others.append(packed(tmp_path / "name", names=("a", "b", "d")))
    found = {read_meta(other)["fingerprint"] for other in [folder, *others]}
    assert len(found) == 4


def test_fingerprint_covers_images_beyond_the_first_chunk():
    images = np.zeros((10_000, 1, 1, 1), np.uint8)
    labels = np.zeros(10_000, np.int32)
    before = fingerprint(images, labels, ("a",))
    images[-1] = 1
    assert fingerprint(images, labels, ("a",)) != before


@pytest.mark.parametrize("error", [KeyboardInterrupt, UserError])
def test_interrupted_packing_leaves_nothing(tmp_path, error):
    def items():
        yield from IMAGES[:4]
        raise error("stop")

    with pytest.raises(error):
        packed(tmp_path / "bank", images=items())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("count", [8, 10])
def test_as_many_images_as_labels_or_nothing(tmp_path, count):
    """An image that is missing would be a black one."""
    with pytest.raises((ValueError, IndexError)):
        packed(tmp_path / "bank", images=np.resize(IMAGES, (count, *SHAPE)))
    assert list(tmp_path.iterdir()) == []


def assert_damaged(folder, verify=False):
    with pytest.raises(UserError) as raised:
        open_bank(folder, verify=verify)
    assert str(raised.value) == (f"The packed images in {str(folder)!r} are damaged; delete that folder and run again.")


@pytest.mark.parametrize("file", ["images.npy", "labels.npy", "bank.json"])
@pytest.mark.parametrize("size", [0, 5, -1, None])
def test_truncated_or_missing_file_is_an_error_that_names_the_folder(folder, file, size):
    content = (folder / file).read_bytes()
    (folder / file).unlink()
    if size is not None:
        (folder / file).write_bytes(content[:size])
    assert_damaged(folder)


@pytest.mark.parametrize("part", ["format", "class_names", "group_names", "counts", "shape", "fingerprint"])
def test_incomplete_meta_file_is_an_error(folder, part):
    meta = read_meta(folder)
    del meta[part]
    (folder / "bank.json").write_text(json.dumps(meta))
    assert_damaged(folder)
    with pytest.raises(UserError, match="damaged"):
        read_meta(folder)


@pytest.mark.parametrize("content", ["[]", "null", '"text"', '{"format": 0}'])
def test_foreign_meta_file_is_an_error(folder, content):
    (folder / "bank.json").write_text(content)
    assert_damaged(folder)
    with pytest.raises(UserError, match="damaged"):
        read_meta(folder)


def test_files_that_do_not_belong_together_are_an_error(folder):
    np.save(folder / "labels.npy", LABELS[:-1].astype(np.int32))
    assert_damaged(folder)


def test_changed_pixel_is_found_by_verifying(folder):
    with (folder / "images.npy").open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)[0]
        file.seek(-1, 2)
        file.write(bytes([last ^ 1]))
    open_bank(folder)
    assert_damaged(folder, verify=True)
