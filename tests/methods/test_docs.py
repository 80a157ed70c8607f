"""Every method has its page."""

import re
from dataclasses import fields, replace
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


def page_and_those_it_refers_to(name):
    folder = ROOT / "docs" / "methods"
    page = (folder / f"{name}.md").read_text()
    return page + "".join((folder / other).read_text() for other in re.findall(r"\]\(([\w-]+\.md)\)", page))


@pytest.mark.parametrize("name", registry.names())
def test_page_explains_every_hyperparameter(name):
    """Itself, or a page that it refers to."""
    text = page_and_those_it_refers_to(name)
    known = [field.name for field in fields(registry.load(name).Hyperparameters)]
    assert [each for each in known if f"`{each}`" not in text] == []


@pytest.mark.parametrize("name", registry.names())
def test_page_names_every_choice_of_a_hyperparameter(name):
    """In a table's row for it. Which choices there are is read off the message that refuses another one."""
    rows = [line for line in page_and_those_it_refers_to(name).splitlines() if line.startswith("|")]
    settings = registry.load(name).Hyperparameters()
    for field in fields(settings):
        if isinstance(getattr(settings, field.name), str):
            with pytest.raises(ValueError, match="'other' is none of ") as refused:
                replace(settings, **{field.name: "other"})
            own = "".join(row for row in rows if f"`{field.name}`" in row.split("|")[1])
            choices = str(refused.value).partition(" is none of ")[2].split(", ")
            assert [each for each in choices if f"`{each}`" not in own] == []
