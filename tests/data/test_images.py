"""Image files as people have them, decoded to RGB of one size."""

import struct
import zlib

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


RAMP = np.linspace(0, 255, 8).round().astype(np.uint8)[None].repeat(8, 0)


@pytest.mark.parametrize("mode", ["L", "P", "RGB", "RGBA", "LA"])
def test_greys_of_other_modes_stay_what_they_are(tmp_path, mode):
    Image.fromarray(RAMP).convert(mode).save(tmp_path / "a.png")
    assert (decoded(tmp_path / "a.png") == RAMP[..., None]).all()


@pytest.mark.parametrize("levels", [255, 65535])
def test_deep_grey_is_scaled(tmp_path, levels):
    """Not cut off: nearly all of it would be white."""
    deep = np.linspace(0, levels, 8).round().astype(np.uint16)[None].repeat(8, 0)
    found = decoded(save(tmp_path / "a.png", deep))
    assert np.abs(found.astype(int) - (deep / 257.0).round()[..., None]).max() == 0


def test_transparent_value_of_deep_grey_becomes_white(tmp_path):
    deep = np.array([[0, 1000], [2000, 65535]], np.uint16)
    Image.fromarray(deep).save(tmp_path / "a.png")
    insert(tmp_path / "a.png", b"tRNS", b"\x03\xe8")
    assert decoded(tmp_path / "a.png", 2)[..., 0].tolist() == [[0, 255], [8, 255]]


def test_deep_colours_are_scaled(tmp_path):
    """A PNG of 16 bits a channel, which Pillow cannot write."""
    rows = b"".join(b"\0" + bytes.fromhex("ffff 8000 0000") * 8 for _ in range(8))
    header = struct.pack(">IIBBBBB", 8, 8, 16, 2, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts))
    assert np.abs(decoded(tmp_path / "a.png").astype(int) - (255, 128, 0)).max() <= 1


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_shallow_grey_is_scaled(tmp_path, bits):
    Image.new("L", (8, 8), 255).convert("1").save(tmp_path / "a.png", bits=bits)
    assert (decoded(tmp_path / "a.png") == 255).all()


@pytest.mark.parametrize("colour", [(255, 255, 255), (0, 0, 0), (255, 0, 0), (0, 0, 255)])
def test_cmyk_becomes_rgb(tmp_path, colour):
    Image.new("RGB", (8, 8), colour).convert("CMYK").save(tmp_path / "a.jpg", quality=100)
    assert np.abs(decoded(tmp_path / "a.jpg").astype(int) - colour).max() < 6


@pytest.mark.parametrize("name", ["a.tiff", "a.jpg"])
def test_ycbcr_becomes_rgb(tmp_path, name):
    Image.new("RGB", (8, 8), (200, 40, 90)).convert("YCbCr").save(
        tmp_path / name, **{"quality": 100} if name == "a.jpg" else {}
    )
    assert np.abs(decoded(tmp_path / name).astype(int) - (200, 40, 90)).max() < 6


UNKNOWN = {
    "F": np.full((8, 8), 0.5, np.float32),
    "I": np.full((8, 8), 70000, np.int32),
    "I;16": np.full((8, 8), 4095, np.uint16),  # of a TIFF: of 12 bits or 16
    "I;16B": None,
    "LAB": None,
}


@pytest.mark.parametrize("mode", UNKNOWN)
def test_pixels_of_unknown_meaning_are_refused_by_name(tmp_path, mode):
    file = tmp_path / "a.png"  # by its name; Pillow looks at the content
    pixels = UNKNOWN[mode]
    (Image.new(mode, (8, 8)) if pixels is None else Image.fromarray(pixels)).save(file, "TIFF")
    with pytest.raises(UserError) as raised:
        decoded(file)
    assert str(raised.value) == (
        f"{str(file)!r} has pixels of mode {mode!r} (TIFF), which cannot be told as grey or colours; "
        "convert it to 8 bits."
    )


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "TIFF"])
def test_first_picture_of_several_is_taken(tmp_path, form):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue", "lime")]
    options = {"lossless": True} if form == "WEBP" else {}
    frames[0].save(tmp_path / "a.png", form, save_all=True, append_images=frames[1:], **options)
    assert (decoded(tmp_path / "a.png") == (255, 0, 0)).all()


def test_transparent_animation_becomes_white(tmp_path):
    frames = [Image.new("P", (8, 8), colour) for colour in (0, 1)]
    for frame in frames:
        frame.putpalette([255, 0, 0, 0, 0, 255])
    frames[0].save(tmp_path / "a.png", "GIF", save_all=True, append_images=frames[1:], transparency=0)
    assert (decoded(tmp_path / "a.png") == 255).all()


STORED = {
    1: lambda upright: upright,
    2: lambda upright: upright[:, ::-1],
    3: lambda upright: upright[::-1, ::-1],
    4: lambda upright: upright[::-1],
    5: lambda upright: upright.transpose(1, 0, 2),
    6: lambda upright: np.rot90(upright),  # to be turned clockwise
    7: lambda upright: upright[::-1, ::-1].transpose(1, 0, 2),
    8: lambda upright: np.rot90(upright, -1),
}


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize(("name", "options"), [("a.jpg", {"quality": 100}), ("a.png", {})])
def test_picture_is_turned_as_its_camera_was_held(tmp_path, orientation, name, options):
    upright = np.zeros((16, 16, 3), np.uint8)
    upright[:8, :8] = 250
    upright[8:, :8] = 120
    exif = Image.Exif()
    exif[0x0112] = orientation
    save(tmp_path / name, np.ascontiguousarray(STORED[orientation](upright)), exif=exif, **options)
    assert np.abs(decoded(tmp_path / name, 16).astype(int) - upright).max() < 12


def test_damaged_metadata_say_nothing_of_the_pixels(tmp_path):
    Image.new("RGB", (8, 8), (10, 200, 90)).save(tmp_path / "a.png", exif=b"Exif\0\0II*\0\xff\xff\xff\xff")
    assert (decoded(tmp_path / "a.png") == (10, 200, 90)).all()


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def insert(file, kind, content):
    """A chunk of a PNG, before its pixels."""
    before, rest = file.read_bytes().split(b"IDAT", 1)
    file.write_bytes(before[:-4] + chunk(kind, content) + before[-4:] + b"IDAT" + rest)


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


@pytest.mark.parametrize("count", [2, 20, 27])
def test_all_damaged_images_are_named_in_one_pass(tmp_path, picture, count):
    """Up to twenty. Nothing is given after the first of them: it would be taken for another's."""
    files = [picture(tmp_path / f"{number:02}.png") for number in range(40)]
    for file in files[10 : 10 + count]:
        file.write_bytes(b"damaged")
    images = decode(files, 8)
    assert [next(images).shape for _ in range(10)] == [(8, 8, 3)] * 10
    with pytest.raises(UserError) as raised:
        next(images)
    named = [file for file in files if repr(str(file)) in str(raised.value)]
    assert named == files[10 : 10 + min(count, 20)]
    assert str(raised.value).startswith(f"{count} things are wrong. Each is not a readable image; replace it with the")
    assert str(raised.value).endswith(" There are 7 more.") == (count == 27)


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
