"""Of several processes one makes a thing; its claim ends with it."""

import subprocess
import sys

import pytest

from benchmark.system.claims import Busy, claim, claimed

HOLD = """
import sys
from pathlib import Path
from benchmark.system.claims import claim
with claim(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the claim to tmp_path / "thing"."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "thing")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout.readline() == b"held\n"
    yield process
    process.kill()
    process.communicate()


def test_one_process_holds_a_claim(holder, tmp_path):
    thing = tmp_path / "thing"
    assert claimed(thing) and not claimed(tmp_path / "another")
    with pytest.raises(Busy) as busy, claim(thing, wait=False):
        pass
    assert busy.value.path == thing
    holder.communicate()  # it ends well
    with claim(thing, wait=False):
        assert claimed(thing)
    assert not claimed(thing) and list(tmp_path.iterdir()) == []


def test_a_claim_dies_with_its_owner(holder, tmp_path):
    holder.kill()
    holder.wait()
    with claim(tmp_path / "thing"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_method_that_catches_every_exception_does_not_catch_busy():
    assert not issubclass(Busy, Exception)
