"""Every method has its page."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from methods import registry

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", registry.names())
def test_method_has_a_page_and_a_line_in_the_readme(name):
    page = ROOT / "docs" / "methods" / f"{name}.md"
    assert page.is_file()
    assert f"methods/{name.replace('-', '_')}.py" in page.read_text().replace("algorithms/", "methods/").replace(
        "controls/", "methods/"
    )
    assert f"[`{name}`](docs/methods/{name}.md)" in (ROOT / "README.md").read_text()


@pytest.mark.parametrize("name", registry.names())
def test_page_explains_every_hyperparameter(name):
    """Itself, or a page that it refers to."""
    folder = ROOT / "docs" / "methods"
    page = (folder / f"{name}.md").read_text()
    text = page + "".join((folder / other).read_text() for other in re.findall(r"\]\(([\w-]+\.md)\)", page))
    known = [field.name for field in fields(registry.load(name).Hyperparameters)]
    assert [each for each in known if f"`{each}`" not in text] == []
