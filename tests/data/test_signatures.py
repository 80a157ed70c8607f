"""When a bank is taken for that of a folder."""

import os

import pytest

from benchmark.data.dataset import tree_signature
from benchmark.data.layouts import folders_signature


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
