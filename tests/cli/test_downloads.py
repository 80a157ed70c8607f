"""Downloads: there whole or not at all, and what is interrupted goes on."""

import http.client
import zipfile

import pytest

from benchmark.data.sources.omniglot import Omniglot

PARTS = ("images_background", "images_evaluation")


def fetch(self, root):
    """As torchvision does: an archive, and a folder of each part."""
    for part in PARTS:
        (root / "omniglot-py" / part).mkdir(parents=True, exist_ok=True)
        (root / "omniglot-py" / part / "new").touch()
        (root / "omniglot-py" / f"{part}.zip").touch()


def fails_with(error, *parts):
    def download(self, root):
        for part in parts:
            (root / "omniglot-py" / part).mkdir(parents=True, exist_ok=True)
        if parts:
            (root / "omniglot-py" / "images.zip").touch()
        raise error

    return download


@pytest.fixture
def download(ltdi_bench, monkeypatch, tmp_path):
    """download(how): `data download omniglot` into tmp_path, by a downloader that does that."""

    def call(how, root=tmp_path):
        monkeypatch.setattr(Omniglot, "download", how)
        return ltdi_bench("data", "download", "omniglot", "--data", root)

    return call


def seen(folder):
    return sorted(path.name for path in folder.iterdir())


def test_data_are_fetched_to_the_data_folder(download, tmp_path):
    done = download(fetch)
    assert (done.code, done.out) == (0, f"omniglot is in {tmp_path}.\n")
    assert seen(tmp_path) == ["omniglot-py"]
    assert download(fails_with(OSError("again"))).out == "omniglot is already present.\n"


ERRORS = [
    OSError("no network\nsecond line"),
    RuntimeError("File not found or corrupted."),
    http.client.IncompleteRead(b"x", 9),
    zipfile.BadZipFile("File is not a zip file"),
    EOFError("early"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("parts", [(), PARTS[:1]])
def test_download_that_fails_leaves_no_mine(download, ltdi_bench, tmp_path, error, parts):
    """What there is of it is hidden: no command takes it for a data set."""
    done = download(fails_with(error, *parts))
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.startswith(f"Error: omniglot could not be downloaded to {str(tmp_path)!r}: ")
    assert seen(tmp_path) == ([".omniglot.download"] if parts else [])
    listed = ltdi_bench("data", "list", "--data", tmp_path).out
    assert "omniglot         missing; to get it: ltdi-bench data download omniglot" in listed
    planned = ltdi_bench("run", "fewshot", "--methods=ridge", "--data", tmp_path, "--dry-run", "--ways=5")
    assert "quickstart" in planned.err
    done = download(fetch)
    assert (done.code, seen(tmp_path)) == (0, ["omniglot-py"])


@pytest.mark.parametrize("error", [KeyboardInterrupt()])
def test_interrupted_download_goes_on(download, tmp_path, error):
    assert download(fails_with(error, PARTS[0])).code == 130
    (tmp_path / ".omniglot.download/omniglot-py" / PARTS[0] / "kept").touch()
    assert download(fetch).code == 0
    assert seen(tmp_path / "omniglot-py" / PARTS[0]) == ["kept", "new"]


def test_what_an_earlier_version_left_counts_as_absent(download, ltdi_bench, tmp_path):
    (tmp_path / "omniglot-py").mkdir()
    assert "omniglot         missing" in ltdi_bench("data", "list", "--data", tmp_path).out
    (tmp_path / "omniglot-py" / "images_background.zip").write_bytes(b"half")
    (tmp_path / "omniglot-py" / ".DS_Store").touch()
    assert "omniglot         missing" in ltdi_bench("data", "list", "--data", tmp_path).out
    assert download(fetch).code == 0


def test_incomplete_copy_is_filled_up(download, tmp_path):
    """What was there stays."""
    mine = tmp_path / "omniglot-py" / PARTS[0]
    mine.mkdir(parents=True)
    (mine / "mine").touch()
    assert download(fetch).code == 0
    assert seen(mine) == ["mine", "new"]
    assert (tmp_path / "omniglot-py" / PARTS[1]).is_dir()


def test_downloader_that_takes_a_half_for_the_whole_begins_anew(download, tmp_path):
    """As those do that look at the folder alone."""

    def only_where_nothing_is(self, root):
        if not (root / "omniglot-py").exists():
            fetch(self, root)

    assert download(fails_with(OSError("late"), PARTS[0])).code == 2
    assert download(only_where_nothing_is).code == 0


def test_download_that_gives_an_incomplete_copy_is_no_success(download, tmp_path):
    done = download(lambda self, root: (root / "omniglot-py" / PARTS[0]).mkdir(parents=True))
    assert (done.code, done.out) == (2, "")
    assert "is incomplete: there is no omniglot-py/images_evaluation in it; try again later" in done.err
    assert seen(tmp_path) == []


def test_users_data_folder_is_made_only_for_data(download, cache, monkeypatch):
    import platformdirs

    home = cache.parent / "share" / "ltdi-bench"
    monkeypatch.setattr(platformdirs, "user_data_dir", lambda name: str(home))
    monkeypatch.setenv("LTDI_BENCH_DATA", "")
    assert not home.exists()
    from benchmark.data import catalogue, downloads
    from methods.errors import UserError

    monkeypatch.setattr(Omniglot, "download", fails_with(OSError("x")))
    with pytest.raises(UserError):
        downloads.download(catalogue.get("omniglot"), home)
    assert not home.exists()
