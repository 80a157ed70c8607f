"""A method file of somebody else."""

import pytest

from tests.planning.plans import METHOD


@pytest.fixture
def mine(tmp_path):
    """The path of a method file."""
    file = tmp_path / "my_method.py"
    file.write_text(METHOD)
    return str(file)
