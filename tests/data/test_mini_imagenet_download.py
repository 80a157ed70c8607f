"""Mini-ImageNet from the web, from a server on this machine."""

import hashlib

import pytest

from benchmark.data.sources import mini_imagenet
from benchmark.data.sources.mini_imagenet import PICKLES, MiniImageNet
from methods.errors import UserError


@pytest.fixture
def published(serve, monkeypatch, tmp_path):
    """The server of the pickles, and what it has of each."""
    content = {name: name.encode() for name in PICKLES}
    monkeypatch.setattr(
        mini_imagenet, "PICKLES", {name: hashlib.md5(each).hexdigest() for name, each in content.items()}
    )
    server = serve(content)
    monkeypatch.setattr(mini_imagenet, "RECORD", server.url)
    return server


def test_download(published, tmp_path):
    """What is there is not fetched again."""
    there, *others = reversed(PICKLES)
    (tmp_path / "mini-imagenet").mkdir()
    (tmp_path / "mini-imagenet" / there).write_bytes(there.encode())
    MiniImageNet().download(tmp_path)
    assert set(published.asked) == set(others)
    found = {path.name: path.read_bytes() for path in (tmp_path / "mini-imagenet").iterdir()}
    assert found == {name: name.encode() for name in PICKLES}


def test_error_page_is_not_taken_for_the_data(published, tmp_path):
    published.content["mini-imagenet-cache-validation.pkl"] = b"<html>503"
    with pytest.raises(UserError, match=r"cache-validation\.pkl gave is not the published file .*; try again later"):
        MiniImageNet().download(tmp_path)
    assert [path.name for path in (tmp_path / "mini-imagenet").iterdir()] == ["mini-imagenet-cache-train.pkl"]
    assert not MiniImageNet().complete(tmp_path)


def test_download_refuses_a_changed_file_that_is_there(published, tmp_path):
    file = tmp_path / "mini-imagenet/mini-imagenet-cache-train.pkl"
    file.parent.mkdir()
    file.write_bytes(b"<html>503")
    with pytest.raises(UserError, match="is not the published file"):
        MiniImageNet().download(tmp_path)


def test_command_that_downloads(published, ltdi_bench, tmp_path):
    """It needs no package beyond the project's own."""
    published.broken.append("mini-imagenet-cache-test.pkl")
    done = ltdi_bench("data", "download", "mini-imagenet", "--data", tmp_path)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert not (tmp_path / "mini-imagenet").exists()
    published.broken.clear()
    done = ltdi_bench("data", "download", "mini-imagenet", "--data", tmp_path)
    assert (done.code, done.out) == (0, f"mini-imagenet is in {tmp_path}.\n")
    assert published.asked.count("mini-imagenet-cache-train.pkl") == 1
    assert MiniImageNet().complete(tmp_path)
