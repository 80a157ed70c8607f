"""Whole runs on data of the user's own: a folder, a file of features, and a .py file."""

import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmark.report.reproduce import Commands

OWN = '''"""Rows of one brightness."""
import numpy as np

from benchmark.data.dataset import ClassSplit, DataSet, Listing

NAMES = tuple(f"stripe {{number:02}}" for number in range(24))


class Stripes(DataSet):
    summary = "rows of one brightness"
    image_shape = ({size}, {size}, 1)
    splits = ("default",)

    def present(self, root):
        return True

    def signature(self, root):
        return "1"

    def read(self, root):
        rows = np.random.default_rng(0).integers(256, size=(24, {size}, 1, 1)).astype(np.uint8)
        images = (row + np.zeros(({size}, 1), np.uint8) for row in rows for _ in range(20))
        return Listing(np.repeat(np.arange(24), 20), NAMES, images)

    def split(self, name):
        return ClassSplit(NAMES[:12], NAMES[12:18], NAMES[18:])
'''


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A folder in which all three lie, and which is the current one."""
    rng = np.random.default_rng(0)
    for number in range(24):
        folder = tmp_path / "my drawings" / f"class{number:02}"
        folder.mkdir(parents=True)
        block = np.kron(rng.integers(2, size=(4, 4)), np.ones((4, 4)))
        for image in range(20):
            noisy = 255 * np.clip(block + 0.05 * rng.normal(size=(16, 16)), 0, 1)
            Image.fromarray(noisy.astype(np.uint8)).save(folder / f"{image:02}.png")
    centres = rng.normal(size=(24, 1, 12))
    features = (centres + 0.3 * rng.normal(size=(24, 20, 12))).reshape(-1, 12)
    np.savez(tmp_path / "clip.npz", features=features, labels=np.repeat(np.arange(24), 20))
    (tmp_path / "my_stripes.py").write_text(OWN.format(size=16))
    monkeypatch.chdir(tmp_path)
    return tmp_path


OPTIONS = ("--ways=5", "--shots=1", "--seeds=1", "--profile=smoke", "--device=cpu")
LABELS = {
    "folder:my drawings": ("folder:my-drawings", "folder-my-drawings"),
    "features:clip.npz": ("features:clip.npz", "features-clip.npz"),
    "my_stripes.py": ("my-stripes", "my-stripes"),
}


@pytest.mark.parametrize("name", LABELS)
def test_a_run_from_plan_to_report(ltdi_bench, own, name):
    label, file = LABELS[name]
    run = ("run", "fewshot", "--methods=prototypes", "--datasets", name, *OPTIONS, "--results=found")
    assert ltdi_bench(*run, "--dry-run").out == f"missing  {label} 5-way 1-shot seed 0 prototypes\n"
    done = ltdi_bench(*run)
    assert done.code == 0, done.out + done.err
    (path,) = (own / "found" / "fewshot").iterdir()
    assert path.name.startswith(f"{file}-5w1s-prototypes-seed0-")
    record = json.loads(path.read_text())
    assert record["key"]["dataset"] == label
    assert record["result"]["accuracy_mean"] > 0.6, "chance is 0.2"
    assert str(own) not in path.read_text()
    assert ltdi_bench(*run).out.startswith("All 1 cells have records.")
    assert ltdi_bench(*run, "--dry-run").out.startswith("done ")
    report = ltdi_bench("report", "--results=found", "--format=markdown")
    assert report.code == 0 and f"fewshot: {label}" in report.out
    (latency,) = (own / "found" / "latency").iterdir()
    measured = json.loads(latency.read_text())["result"]
    assert (measured["ms_per_sample"] == measured["ms_per_sample_without_body"]) == name.startswith("features:")


def test_features_have_no_body(ltdi_bench, own, cache):
    done = ltdi_bench(
        "run", "fewshot", "--methods=prototypes", "--datasets=features:clip.npz", *OPTIONS, "--results=found"
    )
    assert done.err.startswith("features:clip.npz has 12 features an example: no body is trained.\n")
    assert "the body" not in done.err
    (path,) = (own / "found" / "fewshot").iterdir()
    body = json.loads(path.read_text())["key"]["body"]
    assert (body["architecture"], body["epochs"]) == ("none", 0)
    assert not (cache / "bodies").exists() and not (cache / "features").exists()
    notes = " ".join(ltdi_bench("report", "--results=found").out.split())
    assert "from features, one task at a time" in notes
    assert "but not the body" not in notes


def test_the_command_that_makes_a_record_again_finds_it(ltdi_bench, own):
    (own / "my-stripes.py").write_text((own / "my_stripes.py").read_text())
    names = ("my-stripes.py", "features:clip.npz")
    for name in names:
        run = ("run", "fewshot", "--methods=ridge", "--datasets", name, *OPTIONS, "--no-latency", "--results=found")
        assert ltdi_bench(*run).code == 0
    for path in (own / "found" / "fewshot").iterdir():
        _, *words = shlex.split(Commands().command(json.loads(path.read_text())["key"]))
        again = ltdi_bench(*words, "--seeds=1", "--first-seed=0", "--results=found", "--dry-run")
        assert again.out.startswith("done "), again


def test_methods_on_pixels_are_left_out_of_features(ltdi_bench, own):
    done = ltdi_bench("run", "fewshot", "--datasets=features:clip.npz", *OPTIONS, "--dry-run", "--results=found")
    assert "Left out on features:clip.npz, which has no pixels: classifier-baseline, meta-baseline, rep" in done.err
    assert "reptile" not in done.out and "lt-di" in done.out
    both = ltdi_bench(
        "run", "fewshot", "--datasets=features:clip.npz,my_stripes.py", *OPTIONS, "--dry-run", "--results=found"
    )
    assert [line.split()[1] for line in both.out.splitlines() if "reptile" in line] == ["my-stripes"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fewshot", "--methods=reptile"], "reptile learns from pixels, which features:clip.npz has none of; leave it"),
        (
            ["fewshot", "--body=resnet12"],
            "features:clip.npz has features, for which no body is trained; leave out --bod",
        ),
        (["fewshot", "--body-epochs=3"], "no body is trained; leave out --body-epochs."),
        (["cross-fitting"], "'cross-fitting' compares bodies, but features:clip.npz has features, which need none"),
        (["architectures"], "'architectures' compares bodies"),
        (["zeroshot", "--source=my_stripes.py"], "has no training and test images of the same classes"),
    ],
)
def test_what_features_cannot_do_is_one_line(ltdi_bench, own, arguments, said):
    done = ltdi_bench("run", *arguments, "--datasets=features:clip.npz", "--results=found")
    assert (done.code, done.out) == (2, "")
    assert said in done.err and done.err.count("\n") == 1


def test_two_that_would_be_recorded_as_one_are_refused(ltdi_bench, own):
    (own / "other").mkdir()
    (own / "my drawings").rename(own / "other" / "drawings")
    (own / "drawings").symlink_to(own / "other" / "drawings")
    done = ltdi_bench("run", "fewshot", "--datasets=folder:drawings,folder:other/drawings", "--results=found")
    assert done.err.endswith(
        "Two data sets would be recorded as 'folder:drawings'; rename the folder or file of one.\n"
    )


def test_a_file_called_like_a_data_set_is_refused(ltdi_bench, own):
    (own / "my_stripes.py").rename(own / "omniglot.py")
    done = ltdi_bench("run", "fewshot", "--datasets=omniglot.py", "--results=found")
    assert "'omniglot.py' would be recorded as 'omniglot', as another data set is; rename the file." in done.err


def test_a_file_that_changes_is_read_again(ltdi_bench, own):
    before = ltdi_bench("data", "verify", "my_stripes.py").out
    (own / "my_stripes.py").write_text(OWN.format(size=20))
    after = ltdi_bench("data", "verify", "my_stripes.py").out
    assert before.startswith("my_stripes.py: 24 classes, 480 images (20 to 20 a class), fingerprint ")
    assert before != after


@pytest.mark.parametrize(("page", "name"), [("adding-a-data-set", "my_drawings"), ("adding-a-body", "strided")])
def test_the_example_of_the_documentation_keeps_to_the_contract(ltdi_bench, own, page, name):
    text = (Path(__file__).parents[2] / "docs" / f"{page}.md").read_text(encoding="utf-8")
    (example,) = (code for code in re.findall("```python\n(.*?)```", text, re.DOTALL) if code.startswith('"""'))
    (own / f"{name}.py").write_text(example)
    for number in range(30):
        folder = own / "my-drawings" / "images" / f"class{number:02}"
        folder.mkdir(parents=True)
        Image.effect_noise((30, 30), 20 + number).save(folder / "drawing.png")
    checked = ltdi_bench("check", f"{name}.py", "--data", own)
    assert checked.code == 0, checked.out + checked.err


def test_lists_name_what_one_may_have(ltdi_bench, own):
    done = ltdi_bench("data", "list", "folder:my drawings", "features:clip.npz")
    assert [line.split()[-1] for line in done.out.splitlines()[1:]] == ["present", "present"]
    listed = ltdi_bench("list", "datasets").out
    assert "folder:PATH " in listed and "features:FILE.npz " in listed


def test_an_entry_point_is_a_data_set(ltdi_bench, own, monkeypatch):
    about = own / "others-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: others\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[ltdi_bench.datasets]\ntheir-stripes = my_stripes:Stripes\n")
    monkeypatch.syspath_prepend(own)
    assert "their-stripes " in ltdi_bench("list", "datasets").out
    run = ("run", "fewshot", "--methods=ridge", "--datasets=their-stripes", *OPTIONS, "--dry-run", "--results=found")
    assert ltdi_bench(*run).out == "missing  their-stripes 5-way 1-shot seed 0 ridge\n"
