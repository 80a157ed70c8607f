"""Pickles give data and run nothing."""

import hashlib
import os
import pickle
import pickletools
import subprocess
import sys

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


class Built(Call):
    """Pickles to a call whose result is then given a state."""

    def __init__(self, function, arguments, state):
        self.call = function, arguments, state


RECONSTRUCT, SCALAR = np.zeros(0).__reduce__()[0], np.float64(0).__reduce__()[0]
OBJECTS, NUMBERS = np.dtype("O"), np.dtype("u1")


READ = """
import sys
from pathlib import Path
from benchmark.data.pickles import read_pickle
print(read_pickle(Path(sys.argv[1]), None))
"""


def array_of(*state):
    return Built(RECONSTRUCT, (np.ndarray, (0,), b"b"), state)


def new_array(*arguments):
    """A pickle that makes an array without a call, by NEWOBJ."""
    return b"\x80\x02cnumpy\nndarray\n" + pickle.dumps(arguments, 2)[2:-1] + b"\x81."


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
    "array",
    [
        np.arange(6, dtype=">i2").reshape(2, 3),
        np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        np.array([[True], [False]]),
        np.array(["fox", "Fähre"]),
        np.array([b"fox", b"ox"]),
        np.array(1j),
        np.zeros((3, 1), np.float16),
    ],
    ids=lambda array: array.dtype.str,
)
def test_arrays_of_every_plain_type_come_back(tmp_path, array, protocol):
    found = read_pickle(dumped(tmp_path / "a", [array, *array.flat], protocol), None)
    assert found[0].shape == array.shape and found[0].dtype == array.dtype.newbyteorder("=")
    assert np.array_equal(found[0], array)
    assert found[1:] == array.ravel().tolist()


def test_array_of_python_2_comes_back(tmp_path):
    """Its content is text there, as in CIFAR's archives."""
    of = b"cnumpy\ndtype\n(U\x02u1K\x00K\x01tR(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    array = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR"
    (tmp_path / "a").write_bytes(b"\x80\x02" + array + b"(K\x01K\x02K\x02\x86" + of + b"\x89U\x04\x00\x7f\x80\xfftb.")
    assert np.array_equal(read_pickle(tmp_path / "a", None), [[0, 127], [128, 255]])


@pytest.mark.parametrize(
    "content",
    [
        Call(np.ndarray, (1,), "O", b"A" * 8),
        Call(np.ndarray, (2**50,), "u1"),
        new_array((1,), "O", b"A" * 8),
        np.array([1, "two"], dtype=object),
        np.zeros(2, "i4,f4"),
        np.zeros(2, [("a", "O")]),
        np.zeros(2, "M8[s]"),
        Call(np.dtype, "O8"),
        Call(np.dtype, ["u1", "O"]),
        Built(np.dtype, ("u1", False, True), (3, "|", None, ("a",), {"a": (NUMBERS, 0)}, 8, 8, 63)),
        Built(np.dtype, ("u1", False, True), (3, "|", (NUMBERS, (8,)), None, None, 8, 8, 63)),
        array_of(1, (1,), OBJECTS, False, [1]),
        array_of(1, (1,), "O8", False, b"A" * 8),
        array_of(1, (1000,), NUMBERS, False, b"short"),
        array_of(1, (-1, -5), NUMBERS, False, b"short"),
        array_of(1, (2**40, 2**40), NUMBERS, False, b""),
        array_of(1, (1,), NUMBERS, False, [1]),
        array_of(1, (1,) * 100, NUMBERS, False, b"x"),
        array_of(1),
        Call(RECONSTRUCT, list, (0,), b"b"),
        Call(SCALAR, OBJECTS, b"A" * 8),
        Call(SCALAR, np.dtype("f8"), b"short"),
        Call(SCALAR, np.dtype("f8"), b"A" * 16),
        Call(SCALAR, "f8", b"A" * 8),
    ],
)
def test_hostile_array_does_not_crash(tmp_path, content):
    """In a process of its own, which numpy would crash."""
    file = tmp_path / "a"
    file.write_bytes(content) if isinstance(content, bytes) else dumped(file, content)
    done = subprocess.run([sys.executable, "-c", READ, str(file)], capture_output=True, text=True, timeout=60)
    last = done.stderr.splitlines()[-1]
    assert done.returncode == 1 and last.startswith("methods.errors.UserError: ")
    assert last.endswith("delete it and get it again.") or "to be run" in last


@pytest.mark.parametrize("name", ["_codecs\nencode", "numpy\ndtype", "numpy\nndarray", "numpy.core.multiarray\nscalar"])
@pytest.mark.parametrize("state", [{"__defaults__": ()}, (None, {"__defaults__": ()}), (None, {"function": None})])
def test_pickle_changes_nothing_that_it_may_call(tmp_path, name, state):
    hostile = b"\x80\x02c" + name.encode() + b"\n" + pickle.dumps(state, 2)[2:-1] + b"b."
    (tmp_path / "hostile").write_bytes(hostile)
    with pytest.raises(UserError, match="not a readable archive"):
        read_pickle(tmp_path / "hostile", None)
    assert read_pickle(dumped(tmp_path / "a", CONTENT), None)["name"] == "text"


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
