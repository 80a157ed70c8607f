"""Files from the web, from a server on this machine: whole, checked, and gone on with."""

import hashlib

import pytest

from benchmark.data import fetching
from benchmark.data.fetching import fetch
from methods.errors import UserError

CONTENT = bytes(range(256)) * 40


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr(fetching, "CHUNK", 1000)


@pytest.fixture
def served(serve):
    return serve({"a.pkl": CONTENT})


@pytest.fixture
def target(tmp_path):
    return tmp_path / "deep" / "a.pkl"


def md5(content):
    return hashlib.md5(content).hexdigest()


@pytest.mark.parametrize("checked", [True, False])
def test_file_is_whole(served, target, checked):
    fetch(f"{served.url}/a.pkl", target, md5(CONTENT) if checked else None)
    assert target.read_bytes() == CONTENT
    assert list(target.parent.iterdir()) == [target]
    fetch(f"{served.url}/a.pkl", target)
    assert served.asked == ["a.pkl"]


@pytest.mark.parametrize("knows_ranges", [True, False])
def test_what_breaks_off_goes_on(served, target, knows_ranges):
    served.broken.append("a.pkl")
    served.knows_ranges = knows_ranges
    with pytest.raises(OSError, match=f"stopped after {len(CONTENT) // 2} of {len(CONTENT)} bytes"):
        fetch(f"{served.url}/a.pkl", target)
    assert not target.exists()
    served.broken.clear()
    fetch(f"{served.url}/a.pkl", target, md5(CONTENT))
    assert target.read_bytes() == CONTENT
    assert served.ranges == [None, f"bytes={len(CONTENT) // 2}-"]


def test_what_is_no_beginning_of_the_file_is_thrown_away(served, target):
    target.parent.mkdir()
    partial = target.with_name(".a.pkl.partial")
    partial.write_bytes(CONTENT + b"more")
    fetch(f"{served.url}/a.pkl", target, md5(CONTENT))
    assert target.read_bytes() == CONTENT
    target.unlink()
    partial.write_bytes(b"other" * 10)
    with pytest.raises(UserError, match="is not the published file"):
        fetch(f"{served.url}/a.pkl", target, md5(CONTENT))
    assert list(target.parent.iterdir()) == []
    fetch(f"{served.url}/a.pkl", target, md5(CONTENT))


def test_file_that_is_not_there(served, target):
    with pytest.raises(OSError, match=r"b\.pkl answers 404"):
        fetch(f"{served.url}/b.pkl", target)
    assert list(target.parent.iterdir()) == []


def test_server_that_is_not_there(target):
    with pytest.raises(OSError, match=r"a\.pkl cannot be reached"):
        fetch("http://127.0.0.1:9/a.pkl", target)


def test_changed_file(served, target):
    with pytest.raises(UserError, match=r"a\.pkl gave is not the published file \(MD5 .*, not 00\)"):
        fetch(f"{served.url}/a.pkl", target, "00")
    assert list(target.parent.iterdir()) == []
