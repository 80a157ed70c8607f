"""Folders of folders of images, and what people leave in them."""

from pathlib import Path

import pytest

from benchmark.data.signatures import tree_signature
from benchmark.data.trees import check_classes, read_tree
from methods.errors import UserError

GROUPS = {"one": "first", "two": "second"}
FILES = ["first/cat/2.jpg", "first/cat/1.PNG", "first/dog/1.jpeg", "second/cat/1.jpg", "second/dog/1.jpg"]


@pytest.fixture
def home(tmp_path):
    """Names are all that is looked at: the files are empty."""
    for file in FILES:
        path = tmp_path / "set" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "set"


def refused(home):
    with pytest.raises(UserError) as raised:
        read_tree(home, GROUPS)
    assert "\n" not in str(raised.value)
    return str(raised.value)


def test_files_are_found_by_class_and_group_and_sorted(home):
    found = read_tree(home, GROUPS)
    names = {key: [Path(file).name for file in files] for key, files in found.items()}
    assert names == {
        ("cat", "one"): ["1.PNG", "2.jpg"],
        ("dog", "one"): ["1.jpeg"],
        ("cat", "two"): ["1.jpg"],
        ("dog", "two"): ["1.jpg"],
    }
    assert all(Path(file).is_file() for files in found.values() for file in files)


def test_every_fault_is_named(home):
    (home / "first/list.csv").touch()
    (home / "first/cat/notes.txt").touch()
    (home / "second/dog/1.jpg").unlink()
    found = refused(home)
    assert found.startswith("3 things are wrong. ")
    for place in ("first/list.csv", "first/cat/notes.txt", "second/dog"):
        assert repr(str(home / place)) in found


def test_empty_class(home):
    (home / "second/dog/1.jpg").unlink()
    assert refused(home) == f"The class folder {str(home / 'second/dog')!r} is empty; restore its images."


@pytest.mark.parametrize("place", ["first/cat/notes.txt", "second/dog/1.jpg.part", "first/cat/more.jpg/"])
def test_what_is_no_image(home, place):
    (home / place).mkdir() if place.endswith("/") else (home / place).touch()
    assert "is no image file (.jpg, .jpeg, .png, .bmp); move it away" in refused(home)
    assert repr(str(home / place)) in refused(home)


def test_file_among_the_classes(home):
    (home / "first/list.csv").touch()
    assert refused(home) == f"{str(home / 'first/list.csv')!r} is no folder of a class; move it away."


@pytest.mark.parametrize("place", ["first/cat/3.jpg", "first/fox", "second/cat/3.jpg"])
def test_link_that_leads_out(home, tmp_path, place):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/1.jpg").touch()
    (home / place).symlink_to(tmp_path / "secret" / ("" if place.endswith("fox") else "1.jpg"))
    assert refused(home) == (
        f"{str(home / place)!r} is a link that leads out of its data set; replace it with what it leads to, or set "
        "LTDI_BENCH_FOLLOW_LINKS=1 to follow such links."
    )


@pytest.mark.parametrize("place", ["first/cat/3.jpg", "first/fox"])
def test_link_that_leads_out_is_followed_where_the_user_says_so(home, tmp_path, monkeypatch, place):
    (tmp_path / "else").mkdir()
    (tmp_path / "else/1.jpg").touch()
    (home / place).symlink_to(tmp_path / "else" / ("" if place.endswith("fox") else "1.jpg"))
    monkeypatch.setenv("LTDI_BENCH_FOLLOW_LINKS", "0")
    assert "leads out" in refused(home)
    monkeypatch.setenv("LTDI_BENCH_FOLLOW_LINKS", "1")
    before = tree_signature(home)
    assert len(read_tree(home, GROUPS)["fox" if place.endswith("fox") else "cat", "one"]) > 0
    (tmp_path / "else/1.jpg").write_text("changed")
    assert tree_signature(home) != before
    (tmp_path / "else/1.jpg").unlink()
    assert "empty" in refused(home) or "leads nowhere" in refused(home)


def test_link_that_leads_to_a_folder_above_has_an_end(home, monkeypatch):
    monkeypatch.setenv("LTDI_BENCH_FOLLOW_LINKS", "1")
    (home / "first/cat/again").symlink_to(home)
    assert tree_signature(home)
    assert "is no image file" in refused(home)


def test_link_to_nothing(home):
    (home / "first/cat/3.jpg").symlink_to("gone.jpg")
    assert "3.jpg' is a link that leads nowhere" in refused(home)


def test_link_within_the_data_set_is_a_file_like_others(home):
    (home / "first/cat/3.jpg").symlink_to("1.PNG")
    assert len(read_tree(home, GROUPS)["cat", "one"]) == 3


def test_the_data_set_itself_may_be_a_link(home, tmp_path):
    (tmp_path / "link").symlink_to(home)
    assert len(read_tree(tmp_path / "link", GROUPS)) == 4


def test_every_group_must_have_the_same_number_of_classes(home):
    found = read_tree(home, GROUPS)
    check_classes(found, GROUPS, 2, home)
    with pytest.raises(UserError, match=r"first' must have 3 class folders, but has 2\."):
        check_classes(found, GROUPS, 3, home)
    (home / "second/dog").rename(home / "second/fox")
    with pytest.raises(UserError, match="first' has no class 'fox', as other folders"):
        check_classes(read_tree(home, GROUPS), GROUPS, 2, home)
