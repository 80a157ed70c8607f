"""Omniglot: small trees that are wrong in one way each, and the real data where they are."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmark.data import catalogue
from benchmark.data.sources import omniglot
from benchmark.data.sources.omniglot import Omniglot
from methods.errors import UserError

CHARACTERS = [
    "images_background/Greek/character01",
    "images_background/Greek/character02",
    "images_evaluation/Tengwar/character01",
]
SIZES = {"800-400-423": (800, 400, 423), "1200-423": (1100, 100, 423), "vinyals": (1028, 172, 423)}
REAL = Path(os.environ.get("LTDI_BENCH_TEST_DATA") or "nowhere")


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A data folder with an Omniglot of three characters; drawing d of character c is of grey 20 c + d."""
    monkeypatch.setattr(omniglot, "CLASSES", len(CHARACTERS))
    for number, character in enumerate(CHARACTERS):
        folder = tmp_path / "omniglot-py" / character
        folder.mkdir(parents=True)
        for drawing in range(20):
            Image.new("L", (105, 105), 20 * number + drawing).save(folder / f"{drawing:02d}.png")
    return tmp_path


def assert_refused(root, cache, *parts):
    """One line that holds all `parts`, and nothing of a bank in the cache."""
    with pytest.raises(UserError) as raised:
        catalogue.locate("omniglot", root).bank()
    assert "\n" not in str(raised.value)
    for part in parts:
        assert part in str(raised.value)
    banks = cache / "banks"
    assert not banks.exists() or list(banks.iterdir()) == []


def test_drawings_are_packed_with_their_class(root):
    bank = catalogue.locate("omniglot", root).bank(verify=True)
    assert bank.class_names == ("Greek/character01", "Greek/character02", "Tengwar/character01")
    assert bank.counts.tolist() == [20] * 3
    assert bank.images.shape == (60, 28, 28, 1)
    assert np.array_equal(bank.images[:, 14, 14, 0], 255 - np.arange(60))


def test_black_ink_becomes_bright(root):
    file = root / "omniglot-py" / CHARACTERS[0] / "00.png"
    paper = np.full((105, 105), 255, np.uint8)
    paper[:53, :53] = 0
    Image.fromarray(paper).convert("1").save(file)
    image = catalogue.locate("omniglot", root).bank().images[0, ..., 0]
    assert (image[:14, :14] == 255).all()
    assert (image[15:] == 0).all()
    assert (image[:, 15:] == 0).all()


def test_absent_and_present(root, tmp_path):
    assert Omniglot().present(root)
    assert not Omniglot().present(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="ltdi-bench data download omniglot"):
        catalogue.locate("omniglot", tmp_path / "elsewhere")


@pytest.mark.parametrize("part", ["images_background", "images_evaluation"])
def test_missing_part(root, cache, part):
    (root / "omniglot-py" / part).rename(root / "kept")
    assert_refused(root, cache, repr(str(root / "omniglot-py" / part)))


@pytest.mark.parametrize("layout", ["omniglot/python", "omniglot"])
def test_other_layouts(root, layout):
    expected = catalogue.locate("omniglot", root).fingerprint()
    (root / layout).parent.mkdir(exist_ok=True)
    (root / "omniglot-py").rename(root / layout)
    assert catalogue.locate("omniglot", root).fingerprint() == expected


def test_every_fault_is_named(root, cache):
    """In one pass, up to twenty; of the others it says how many there are."""
    damaged = [root / "omniglot-py" / CHARACTERS[0] / f"{number:02d}.png" for number in range(20)]
    damaged += [root / "omniglot-py" / CHARACTERS[2] / f"{number:02d}.png" for number in (0, 7, 19)]
    for file in damaged:
        file.write_bytes(b"damaged")
    assert_refused(
        root, cache, "23 things are wrong", "is not a readable image", *(repr(str(f)) for f in damaged[:20]), "3 more"
    )
    (damaged[0].with_name("one.txt")).touch()
    (damaged[-1].with_name("two.txt")).touch()
    assert_refused(root, cache, "2 things are wrong", "is no image file", "one.txt", "two.txt")


def test_too_few_drawings(root, cache):
    (root / "omniglot-py" / CHARACTERS[1] / "07.png").unlink()
    assert_refused(root, cache, repr(str(root / "omniglot-py" / CHARACTERS[1])), "has 19")


def test_too_many_drawings(root, cache):
    folder = root / "omniglot-py" / CHARACTERS[1]
    (folder / "copy.png").write_bytes((folder / "00.png").read_bytes())
    assert_refused(root, cache, repr(str(folder)), "has 21")


@pytest.mark.parametrize(
    "place", [f"{CHARACTERS[2]}/notes.txt", "images_background/Greek/notes.txt", "images_evaluation/notes.txt"]
)
def test_foreign_file(root, cache, place):
    (root / "omniglot-py" / place).write_text("foreign")
    assert_refused(root, cache, repr(str(root / "omniglot-py" / place)), "move it away")


@pytest.mark.parametrize(
    "place", ["images_background", "images_background/Greek", CHARACTERS[1], f"{CHARACTERS[2]}/07.png"]
)
def test_link_that_leads_out(root, cache, lead_out, place):
    home = root / "omniglot-py"
    lead_out(home / place, home)
    assert_refused(root, cache, repr(str(home / place)), "leads out of its data set")


def test_links_are_followed_where_the_user_says_so(root, lead_out, monkeypatch):
    expected = catalogue.locate("omniglot", root).fingerprint()
    folder = root / "omniglot-py" / CHARACTERS[1]
    lead_out(folder, root / "omniglot-py")
    monkeypatch.setenv("LTDI_BENCH_FOLLOW_LINKS", "1")
    assert catalogue.locate("omniglot", root).fingerprint() == expected
    before = Omniglot().signature(root)
    (folder / "00.png").write_bytes((folder / "01.png").read_bytes())
    assert Omniglot().signature(root) != before


def test_the_data_set_itself_may_be_a_link(root, lead_out):
    lead_out(root / "omniglot-py", root / "omniglot-py")
    assert len(catalogue.locate("omniglot", root).bank().images) == 60


def test_folder_in_the_place_of_a_drawing(root, cache):
    file = root / "omniglot-py" / CHARACTERS[0] / "03.png"
    file.unlink()
    file.mkdir()
    assert_refused(root, cache, repr(str(file)), "is no image file", "has 19 drawings")


@pytest.mark.parametrize("kept", [0, 10, 0.5, 0.8])
def test_truncated_image(root, cache, kept):
    file = root / "omniglot-py" / CHARACTERS[2] / "19.png"
    content = file.read_bytes()
    file.write_bytes(content[: int(kept * len(content)) if isinstance(kept, float) else kept])
    assert_refused(root, cache, repr(str(file)), "not a readable image")


@pytest.mark.parametrize("place", [4, 20, 45, 60])
def test_corrupt_image(root, cache, place):
    file = root / "omniglot-py" / CHARACTERS[0] / "00.png"
    content = bytearray(file.read_bytes())
    content[place] ^= 0xFF
    file.write_bytes(content)
    assert_refused(root, cache, repr(str(file)), "not a readable image")


def test_wrong_number_of_characters(root, cache, monkeypatch):
    monkeypatch.setattr(omniglot, "CLASSES", 4)
    assert_refused(root, cache, repr(str(root / "omniglot-py")), "must have 4 characters", "has 3")


def test_signature_changes_with_the_files(root):
    found = {Omniglot().signature(root)}
    file = root / "omniglot-py" / CHARACTERS[0] / "00.png"
    os.utime(file, (0, 0))
    found.add(Omniglot().signature(root))
    file.write_bytes(file.read_bytes() + b"0")
    os.utime(file, (0, 0))
    found.add(Omniglot().signature(root))
    file.rename(file.with_name("other.png"))
    found.add(Omniglot().signature(root))
    assert len(found) == 4
    assert Omniglot().signature(root) in found


@pytest.mark.parametrize("size", [(105, 105), (28, 28)])
def test_deep_greys_and_transparent_paper(root, size):
    """Ink is dark, paper is bright, whatever the file's mode."""
    folder = root / "omniglot-py" / CHARACTERS[0]
    deep = np.full(size, 65535, np.uint16)
    deep[: size[0] // 2] = 0
    Image.fromarray(deep).save(folder / "00.png")
    clear = np.zeros((*size, 4), np.uint8)
    clear[: size[0] // 2, :, 3] = 255
    Image.fromarray(clear).save(folder / "01.png")
    images = catalogue.locate("omniglot", root).bank().images
    for image in images[:2]:
        assert (image[:13] == 255).all()
        assert (image[15:] == 0).all()


@pytest.mark.parametrize("name", SIZES)
def test_split_has_its_sizes_and_names_every_class_once(name):
    parts = Omniglot().split(name)
    assert (len(parts.train), len(parts.validation), len(parts.test)) == SIZES[name]
    assert len({*parts.train, *parts.validation, *parts.test}) == 1623


def test_all_splits_are_tested():
    assert set(Omniglot.splits) == set(SIZES)


@pytest.mark.skipif(not Omniglot().complete(REAL), reason="LTDI_BENCH_TEST_DATA names no folder with omniglot-py")
def test_real_data():
    located = catalogue.locate("omniglot", REAL)
    bank = located.bank(verify=True)
    assert len(bank.class_names) == 1623
    assert (bank.counts == 20).all()
    assert bank.images.shape == (32460, 28, 28, 1)
    assert len({name.split("/")[0] for name in bank.class_names}) == 50
    assert (bank.images.reshape(len(bank.images), -1).max(1) > 100).all()
    assert np.median(bank.images) == 0
    assert 0.02 < np.mean(bank.images > 127) < 0.2
    for name, sizes in SIZES.items():
        numbers = located.class_numbers(name)
        assert tuple(len(numbers[part]) for part in ("train", "validation", "test")) == sizes
        assert sorted(np.concatenate(list(numbers.values()))) == list(range(1623))
