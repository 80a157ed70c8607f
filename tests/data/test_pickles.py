"""Pickles give data and run nothing."""

import hashlib
import os
import pickle
import pickletools

import numpy as np
import pytest

from benchmark.data.pickles import blob_places, blobs, check_md5, read_pickle
from methods.errors import UserError

CONTENT = {
    "data": np.arange(12, dtype=np.uint8).reshape(3, 4),
    "labels": [1, 2, 3],
    "name": "text",
    "one": np.float64(2.5),
    "many": np.arange(5),
}


class Call:
    """Pickles to a call of anything."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def dumped(path, content, protocol=2):
    path.write_bytes(pickle.dumps(content, protocol))
    return path


def md5(path):
    return hashlib.md5(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("protocol", [0, 1, 2, 3, 4])
def test_plain_data_and_arrays_come_back(tmp_path, protocol):
    file = dumped(tmp_path / "a", CONTENT, protocol)
    found = read_pickle(file, md5(file))
    assert found.keys() == CONTENT.keys()
    assert all(np.array_equal(found[name], CONTENT[name]) for name in CONTENT)
    assert found["data"].dtype == np.uint8


def test_pickle_of_python_2_comes_back(tmp_path):
    """Bytes of Python 2 are read as Latin 1: those of an array as its numbers."""
    (tmp_path / "a").write_bytes(b"\x80\x02}q\x01(U\x04dataq\x02U\x03\x00\x80\xffu.")
    assert read_pickle(tmp_path / "a", None) == {"data": "\x00\x80\xff"}


@pytest.mark.parametrize("protocol", [0, 2, 4])
@pytest.mark.parametrize(
    "call",
    [
        Call(os.system, "touch RAN"),
        Call(eval, "open('RAN', 'w')"),
        Call(__import__, "os"),
        Call(np.load, "RAN"),
        Call(np.testing.assert_equal, 1, 1),
    ],
)
def test_hostile_pickle_runs_nothing(tmp_path, monkeypatch, call, protocol):
    monkeypatch.chdir(tmp_path)
    file = dumped(tmp_path / "a", {"data": call}, protocol)
    with pytest.raises(UserError) as raised:
        read_pickle(file, md5(file))
    assert f"{str(file)!r} asks for " in str(raised.value)
    assert "to be run, which no data set does; delete it" in str(raised.value)
    assert not (tmp_path / "RAN").exists()


def test_codec_other_than_that_of_bytes_is_refused(tmp_path):
    import codecs

    file = dumped(tmp_path / "a", Call(codecs.encode, "text", "rot13"))
    with pytest.raises(UserError, match="not a readable archive"):
        read_pickle(file, None)


def test_array_that_would_fill_the_memory_is_an_error(tmp_path):
    file = dumped(tmp_path / "a", Call(np.ndarray, (2**50,), "u1"))
    with pytest.raises(UserError, match="not a readable archive"):
        read_pickle(file, None)


def test_other_checksum_is_an_error_before_anything_is_read(tmp_path):
    file = dumped(tmp_path / "a", CONTENT)
    published = md5(file)
    file.write_bytes(b"x" + file.read_bytes()[1:])
    with pytest.raises(UserError) as raised:
        read_pickle(file, published)
    assert f"{str(file)!r} is not the published file (MD5 {md5(file)}, not {published})" in str(raised.value)
    check_md5(file, md5(file))


@pytest.mark.parametrize("kept", [0, 1, 20, -1])
def test_truncated_pickle_is_an_error(tmp_path, kept):
    file = dumped(tmp_path / "a", CONTENT)
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(UserError, match="is not a readable archive; delete it and get it again"):
        read_pickle(file, None)


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_blobs_are_found_without_unpickling(tmp_path, protocol, monkeypatch):
    blob = [b"MAGIC" + bytes([number, 255, 0]) * (100 * number + 1) for number in range(5)]
    content = [np.frombuffer(each, np.uint8) for each in blob]
    file = dumped(tmp_path / "a", [Call(os.system, "touch RAN"), "text", *content, b"other"], protocol)
    monkeypatch.chdir(tmp_path)
    places = blob_places(file, b"MAGIC")
    assert list(blobs(file, iter(places))) == blob
    assert list(blobs(file, iter(places[::-2]))) == blob[::-2]
    assert not (tmp_path / "RAN").exists()


def test_blobs_of_python_2_are_found(tmp_path):
    blob = b"MAGIC\xff\x00"
    (tmp_path / "a").write_bytes(b"\x80\x02]q\x01(U\x07" + blob + b"T\x07\x00\x00\x00" + blob + b"e.")
    assert [op.name for op, *_ in pickletools.genops((tmp_path / "a").read_bytes())].count("BINSTRING") == 1
    places = blob_places(tmp_path / "a", b"MAGIC")
    assert list(blobs(tmp_path / "a", iter(places))) == [blob, blob]


@pytest.mark.parametrize("content", [b"", b"\x80\x02]q\x01(U\x07abc", b"\xff\xff"])
def test_blobs_of_a_damaged_pickle_are_an_error(tmp_path, content):
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(UserError, match="is not a readable archive"):
        blob_places(tmp_path / "a", b"MAGIC")
