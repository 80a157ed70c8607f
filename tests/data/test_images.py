"""Image files as people have them, decoded to RGB of one size."""

import numpy as np
import pytest
from PIL import Image

from benchmark.data.images import decode, decode_bytes
from methods.errors import UserError


def decoded(path, size=8, **options):
    (image,) = decode([path], size, **options)
    assert image.shape == (size, size, 3)
    assert image.dtype == np.uint8
    return image


def save(path, pixels, mode=None, **options):
    Image.fromarray(pixels, mode).save(path, **options)
    return path


def test_image_of_the_right_size_is_unchanged(tmp_path):
    pixels = np.random.default_rng(0).integers(256, size=(8, 8, 3), dtype=np.uint8)
    assert np.array_equal(decoded(save(tmp_path / "a.png", pixels)), pixels)


def test_middle_of_the_longer_side_is_kept(tmp_path):
    pixels = np.zeros((8, 24, 3), np.uint8)
    pixels[:, 8:16] = (10, 200, 90)
    for turned in (pixels, pixels.transpose(1, 0, 2)):
        assert (decoded(save(tmp_path / "a.png", turned)) == (10, 200, 90)).all()


@pytest.mark.parametrize("size", [(80, 120), (5, 7)])
def test_any_size_becomes_the_one_asked_for(tmp_path, size):
    found = decoded(save(tmp_path / "a.png", np.full((*size, 3), 77, np.uint8)))
    assert (found == 77).all()


def test_large_jpeg_is_about_what_a_small_one_is(tmp_path, picture):
    colour = (200, 40, 90)
    assert np.abs(decoded(picture(tmp_path / "a.jpg", colour, (1000, 900))).astype(int) - colour).max() < 4


@pytest.mark.parametrize("mode", ["L", "1", "P", "CMYK", "I;16", "LA", "RGBA"])
def test_other_modes_become_rgb(tmp_path, mode):
    file = tmp_path / ("a.jpg" if mode == "CMYK" else "a.png")
    grey = Image.new("L", (8, 8), 255)
    image = Image.fromarray(np.full((8, 8), 65535, np.uint16)) if mode == "I;16" else grey.convert("RGB").convert(mode)
    image.save(file)
    found = decoded(file)
    assert (found[..., 0] == found[..., 2]).all()
    if mode != "I;16":
        assert found.min() > 250


def test_transparent_becomes_white(tmp_path):
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[:4, :, 3] = 255
    found = decoded(save(tmp_path / "a.png", pixels))
    assert (found[:4] == 0).all()
    assert (found[4:] == 255).all()


def test_transparent_palette_becomes_white(tmp_path):
    image = Image.new("RGB", (8, 8), "red").quantize(2)
    image.save(tmp_path / "a.png", transparency=image.getpixel((0, 0)))
    assert (decoded(tmp_path / "a.png") == 255).all()


def test_banner_is_cut_off(tmp_path):
    pixels = np.full((28, 20, 3), 50, np.uint8)
    pixels[20:] = 255
    assert (decoded(save(tmp_path / "a.png", pixels), banner=8) == 50).all()


def test_images_are_decoded_one_by_one(tmp_path, picture):
    images = decode([picture(tmp_path / "a.png"), tmp_path / "absent.png"], 8)
    next(images)
    with pytest.raises(UserError, match=r"absent\.png' is not a readable image"):
        next(images)


@pytest.mark.parametrize("suffix", ["jpg", "png"])
@pytest.mark.parametrize("kept", [0, 10, 0.5, 0.9])
def test_truncated_file_is_an_error_that_names_it(tmp_path, noisy, suffix, kept):
    file = noisy(tmp_path / f"a.{suffix}")
    content = file.read_bytes()
    file.write_bytes(content[: int(kept * len(content)) if isinstance(kept, float) else kept])
    with pytest.raises(UserError) as raised:
        decoded(file)
    assert str(raised.value) == f"{str(file)!r} is not a readable image; replace it with the original file."


@pytest.mark.parametrize(
    "content", [b"<html>not found</html>", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b"BM" + b"\xff" * 60]
)
def test_file_that_is_no_image_is_an_error(tmp_path, content):
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(UserError, match="not a readable image"):
        decoded(tmp_path / "a.jpg")


def test_image_that_would_fill_the_memory_is_an_error(tmp_path, picture, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    with pytest.raises(UserError, match="not a readable image"):
        decoded(picture(tmp_path / "a.png", size=(40, 40)))


def test_content_of_a_file_is_decoded_as_the_file(tmp_path, noisy):
    file = noisy(tmp_path / "a.png")
    assert np.array_equal(decode_bytes(file.read_bytes(), 8, "here"), decoded(file))
    with pytest.raises(UserError, match="here is not a readable image"):
        decode_bytes(b"nothing", 8, "here")
