"""Small data sets on disk, and what every damage must lead to."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmark.data import catalogue
from methods.errors import UserError


@pytest.fixture
def assert_refused(cache):
    """assert_refused(name, root, *parts): packing ends in one line that holds all parts, and leaves nothing."""

    def check(name, root, *parts):
        with pytest.raises(UserError) as raised:
            catalogue.locate(name, root).bank()
        message = str(raised.value)
        assert "\n" not in message
        for part in parts:
            assert str(part) in message
        banks = cache / "banks"
        assert not banks.exists() or list(banks.iterdir()) == []

    return check


@pytest.fixture
def lead_out():
    """lead_out(path): moves a file or folder to beside its data set, and leaves a link in its place."""

    def move(path: Path, home: Path) -> None:
        elsewhere = home.with_name("elsewhere")
        path.rename(elsewhere)
        path.symlink_to(elsewhere)

    return move


@pytest.fixture
def picture():
    """picture(path, colour, size): writes an image file of one colour, in the format of its name."""

    def write(path: Path, colour=(0, 0, 0), size=(84, 84), mode="RGB") -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        options = {"quality": 100} if path.suffix.lower() in (".jpg", ".jpeg") else {}
        Image.new("RGB", size, colour).convert(mode).save(path, **options)
        return path

    return write


@pytest.fixture
def noisy(picture):
    """noisy(path): an image file that has something to damage."""

    def write(path: Path, size=(84, 84)) -> Path:
        picture(path)
        pixels = np.random.default_rng(0).integers(256, size=(*size, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
        return path

    return write
