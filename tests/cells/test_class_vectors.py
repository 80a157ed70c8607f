"""Class vectors: what files may look like, and what is said of those that do not."""

import io
import zipfile

import numpy as np
import pytest

from benchmark.cells.class_vectors import letters, read
from methods.errors import UserError

WORDS = ["golden retriever", "Arctic fox", "school_bus"]
VECTORS = np.arange(1, 10, dtype=np.float32).reshape(3, 3) / 8


@pytest.fixture(params=["csv", "npz"])
def file(request, tmp_path):
    """The same vectors in both formats."""
    path = tmp_path / f"vectors.{request.param}"
    if request.param == "npz":
        np.savez(path, words=np.array(WORDS), vectors=VECTORS)
    else:
        lines = [f'"{word}",{",".join(map(str, row))}' for word, row in zip(WORDS, VECTORS, strict=True)]
        path.write_text("\n".join(lines) + "\n")
    return path


def test_both_formats_give_the_same(file):
    vectors = read(file)
    assert vectors.size == 3
    np.testing.assert_array_equal(vectors.of(["School Bus", "arctic-fox"]), VECTORS[[2, 1]])


def test_fingerprint_is_that_of_the_vectors(file, tmp_path):
    before = read(file).fingerprint
    other = tmp_path / "other.npz"
    np.savez(other, words=np.array(WORDS), vectors=VECTORS)
    assert read(other).fingerprint == before
    np.savez(other, words=np.array(WORDS), vectors=VECTORS + 1)
    assert read(other).fingerprint != before


def test_missing_words_are_named(file):
    with pytest.raises(UserError, match=r"no vector for 2 of 3 classes \('tench', 'wok'\)"):
        read(file).of(["tench", "arctic fox", "wok"])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it is empty"),
        ("fox\n", "its first line has no numbers"),
        ("fox,1,2\nbus,1\n", "line 2 has 1 numbers, the first one 2"),
        ("fox,1,2\nbus,1,two\n", "line 2: could not convert"),
        ("fox,1,2\nFOX,1,3\n", "two vectors for 'fox'"),
        ("fox,1,nan\n", "must be finite"),
        ("fox,0,0\n", "not zero"),
        ("fox,1,1e39\n", "must be finite"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_damaged_csv(tmp_path, text, message):
    path = tmp_path / "vectors.csv"
    path.write_text(text)
    with pytest.raises(UserError, match=message):
        read(path)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"words": np.array(["fox"])}, "there is no 'vectors"),
        ({"words": np.array(["fox"]), "vectors": np.ones((2, 3))}, r"vectors \(2, 3\)"),
        ({"words": np.array([1.0]), "vectors": np.ones((1, 3))}, "words are float64"),
        ({"words": np.array(["fox"], dtype=object), "vectors": np.ones((1, 3))}, "allow_pickle=False"),
        ({"words": np.array(["fox"]), "vectors": np.full((1, 3), 1e39)}, "must be finite"),
        ({"words": np.array(["fox"]), "vectors": np.full((1, 3), 1j)}, "vectors are complex128, not numbers"),
    ],
)
@pytest.mark.filterwarnings("error")
def test_damaged_npz(tmp_path, arrays, message):
    path = tmp_path / "vectors.npz"
    np.savez(path, **arrays)
    with pytest.raises(UserError, match=message):
        read(path)


def npy(shape, size):
    """The file of an array that says it is of this shape, and has less content."""
    content = io.BytesIO()
    np.lib.format.write_array_header_1_0(content, {"descr": "<f4", "fortran_order": False, "shape": shape})
    return content.getvalue() + bytes(size)


def zipped(**members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            archive.writestr(name.replace("_npy", ".npy"), member)
    return content.getvalue()


def broken():
    """An archive whose compressed content is damaged."""
    content = bytearray(zipped(words_npy=np.random.default_rng(0).bytes(10_000)))
    content[60:90] = b"\xff" * 30
    return bytes(content)


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 nothing",
        b"",
        npy((3, 4), 48),
        npy((2**50,), 0),
        zipped(words_npy=npy((2**50,), 0), vectors_npy=npy((1,), 4)),
        zipped(words_npy=npy((3,), 0), vectors_npy=npy((1,), 4)),
        zipped(words="fox", vectors="1"),
        broken(),
    ],
    ids=["start", "empty", "npy", "huge npy", "huge", "short", "texts", "broken"],
)
def test_what_is_no_archive_of_vectors(tmp_path, content):
    path = tmp_path / "vectors.npz"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"holds no class vectors \(.+\); give a CSV file"):
        read(path)


def test_archive_may_name_what_is_no_text(tmp_path):
    path = tmp_path / "vectors.npz"
    np.savez(path, words=np.array(["fox\ud800", "owl"]), vectors=np.eye(2))
    assert read(path).of(["owl"]).tolist() == [[0, 1]]


def test_csv_as_excel_writes_it(tmp_path):
    """With a byte-order mark."""
    path = tmp_path / "vectors.csv"
    path.write_bytes("fox,1,2\n".encode("utf-8-sig"))
    assert read(path).of(["fox"]).tolist() == [[1, 2]]


def test_letters_know_names_that_share_words():
    fox, red_fox, bus = letters().of(["arctic fox", "Red-fox", "school bus"])
    assert fox @ red_fox > 0.2 > fox @ bus
    np.testing.assert_allclose(np.linalg.norm([fox, red_fox, bus], axis=1), 1, rtol=1e-6)
