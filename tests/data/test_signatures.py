"""When a bank is taken for that of a folder."""

import os

import pytest

from benchmark.data.signatures import folders_signature, tree_signature


@pytest.mark.parametrize("signature", [tree_signature, folders_signature])
def test_link_that_comes_to_lead_elsewhere_changes_the_signature(tmp_path, signature):
    """Neither sizes nor times may tell."""
    home = tmp_path / "set"
    found = []
    for target in ("one", "two"):
        (home / ".hidden" / target).mkdir(parents=True, exist_ok=True)
    for target in ("one", "two", "one"):
        (home / "train").unlink(missing_ok=True)
        (home / "train").symlink_to(f".hidden/{target}")
        for path in (home / ".hidden/one", home / ".hidden/two", home / ".hidden", home / "train", home):
            os.utime(path, (0, 0), follow_symlinks=False)
        found.append(signature(home))
    assert found[0] == found[2] != found[1]


@pytest.mark.parametrize("signature", [tree_signature, folders_signature])
def test_names_need_not_be_text(tmp_path, signature):
    """Archives of other systems leave names in other encodings."""
    found = []
    for name in (b"caf\xe9", b"caf\xe8"):
        home = tmp_path / str(len(found))
        (home / os.fsdecode(name)).mkdir(parents=True)
        for path in (home / os.fsdecode(name), home):
            os.utime(path, (0, 0))
        (home / os.fsdecode(name) / "a.png").touch()
        os.utime(home / os.fsdecode(name) / "a.png", (0, 0))
        os.utime(home / os.fsdecode(name), (0, 0))
        found.append(signature(home))
    assert found[0] != found[1]
