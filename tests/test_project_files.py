"""The files around the code agree with each other and with the packages."""

import re
import tomllib
from importlib import resources
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PAGES = sorted(str(file.relative_to(ROOT)) for file in (ROOT / "docs").rglob("*.md"))


def pinned(extra):
    """The tool of an extra with its version."""
    (requirement,) = PROJECT["optional-dependencies"][extra]
    assert re.fullmatch(r"[a-z]+==[\d.]+", requirement), "pinned to one version"
    return requirement


@pytest.mark.parametrize("file", ["tox.ini", ".pre-commit-config.yaml"])
def test_ruff_is_the_same_one_everywhere(file):
    found = re.findall(r"ruff[=<>~]=[\d.]+", (ROOT / file).read_text())
    assert found and set(found) == {pinned("lint")}


def test_ci_runs_the_pinned_tools():
    script = (ROOT / ".ci" / "run").read_text()
    assert '".[lint,types]"' in script and "bin/mypy" in script and "bin/ruff check" in script
    assert not re.search(r"(ruff|mypy)[=<>~]=", script)
    assert pinned("types").startswith("mypy==")


def test_version_is_the_same_one_everywhere():
    assert f"\nversion: {PROJECT['version']}\n" in (ROOT / "CITATION.cff").read_text()
    newest = re.search(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)[1]
    assert newest == PROJECT["version"]


@pytest.mark.parametrize("package", ["benchmark", "methods"])
def test_types_are_for_those_who_import_too(package):
    assert resources.files(package).joinpath("py.typed").is_file()
    data = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    assert "py.typed" in data[package]


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", *PAGES])
def test_links_lead_to_files_and_headings(page):
    """Of a page to others of this repository."""
    file = ROOT / page
    for target, _, heading in re.findall(r"\]\((?!https?:)([^)#\s]*)(#([^)\s]*))?\)", file.read_text()):
        there = (file.parent / target).resolve() if target else file
        assert there.exists(), target
        if heading:
            titles = re.findall(r"^#+ (.*)$", there.read_text(), flags=re.MULTILINE)
            anchors = {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
            assert heading in anchors, f"{target}#{heading}"
