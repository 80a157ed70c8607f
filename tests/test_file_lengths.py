"""A file of code holds one idea; none has more than 350 lines."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LONGEST = 350  # lines


def too_long(root: Path) -> dict[str, int]:
    """The files of code below a folder that are longer than allowed, with their numbers of lines."""
    files = [*root.glob("*.py"), *(f for room in ("benchmark", "methods", "tests", "docs") for f in code(root / room))]
    lengths = {str(file.relative_to(root)): len(file.read_text(encoding="utf-8").splitlines()) for file in files}
    return {name: lines for name, lines in lengths.items() if lines > LONGEST}


def code(folder: Path) -> list[Path]:
    return [file for ending in ("*.py", "*.js") for file in folder.rglob(ending)]


def test_no_file_of_code_is_longer_than_allowed():
    assert too_long(ROOT) == {}


@pytest.mark.parametrize("name", ["benchmark/room/long.py", "benchmark/report/assets/long.js", "setup.py"])
def test_a_longer_file_is_found(tmp_path, name):
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("# one\n" * LONGEST)
    assert too_long(tmp_path) == {}
    (tmp_path / name).write_text("# one\n" * (LONGEST + 1))
    assert too_long(tmp_path) == {name: LONGEST + 1}
