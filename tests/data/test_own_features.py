"""Files of features of the user's own: classes, parts, and what is wrong with them."""

import numpy as np
import pytest

from benchmark.data import catalogue
from benchmark.data.dataset import ClassSplit
from methods.errors import UserError

CLASSES, EXAMPLES, SIZE = 8, 4, 5


def arrays(**changes):
    """Rows whose first number is their label, shuffled."""
    rng = np.random.default_rng(0)
    labels = rng.permutation(np.repeat(np.arange(CLASSES), EXAMPLES))
    features = rng.normal(size=(CLASSES * EXAMPLES, SIZE))
    features[:, 0] = labels
    return {"features": features, "labels": labels, **changes}


def located(path, content):
    np.savez(path, **content)
    return catalogue.locate(f"features:{path}", path.parent)


def test_rows_are_sorted_by_class_as_floats(tmp_path):
    data = located(tmp_path / "clip.npz", arrays())
    assert (data.dataset.name, data.dataset.kind, data.dataset.image_shape) == (
        "features:clip.npz",
        "features",
        (SIZE,),
    )
    bank = data.bank(verify=True)
    assert (bank.images.shape, bank.images.dtype) == ((CLASSES * EXAMPLES, SIZE), np.float32)
    assert bank.labels.tolist() == np.repeat(np.arange(CLASSES), EXAMPLES).tolist()
    assert bank.images[:, 0].tolist() == bank.labels.tolist()
    assert bank.class_names == tuple(map(str, range(CLASSES)))
    split = data.dataset.split("seeded")
    assert [len(part) for part in (split.train, split.validation, split.test)] == [4, 2, 2]


def test_classes_have_the_names_that_the_file_gives(tmp_path):
    names = np.array([f"class {chr(104 - number)}" for number in range(CLASSES)])
    assert located(tmp_path / "named.npz", arrays(class_names=names)).bank().class_names == tuple(names)
    own = arrays()
    texts = located(tmp_path / "texts.npz", {**own, "labels": names[own["labels"]]}).bank()
    assert texts.class_names == tuple(sorted(names))
    assert texts.images[0, 0] == CLASSES - 1


def test_numbers_are_told_apart_however_many_digits_they_have(tmp_path):
    own = arrays()
    bank = located(tmp_path / "clip.npz", {**own, "labels": own["labels"] * 5}).bank()
    assert bank.class_names == ("0", "5", "10", "15", "20", "25", "30", "35")


def test_parts_with_classes_of_their_own(tmp_path):
    own = arrays()
    parts = np.array(["train", "train", "train", "train", "val", "val", "test", "test"])[own["labels"]]
    data = located(tmp_path / "clip.npz", {**own, "parts": parts})
    assert data.dataset.split("given") == ClassSplit(("0", "1", "2", "3"), ("4", "5"), ("6", "7"))


def test_parts_of_the_same_classes(tmp_path):
    own = arrays()
    order = np.lexsort((np.arange(len(own["labels"])), own["labels"]))
    parts = np.full(len(order), "train")
    parts[order.reshape(CLASSES, EXAMPLES)[:, -1]] = "val"  # and no test part: that is the one
    data = located(tmp_path / "clip.npz", {**own, "parts": parts})
    assert data.dataset.splits == ("official", "seeded")
    assert data.units("official")["test"].counts.tolist() == [1] * CLASSES
    held = data.bank().images[data.units("official")["test"].images]
    assert held.tolist() == own["features"][order.reshape(CLASSES, EXAMPLES)[:, -1]].astype(np.float32).tolist()


def test_other_features_are_another_bank(tmp_path):
    first = located(tmp_path / "clip.npz", arrays())
    before = first.fingerprint()
    other = located(tmp_path / "clip.npz", arrays(features=np.ones((CLASSES * EXAMPLES, SIZE + 1))))
    assert (other.folder == first.folder, other.fingerprint() == before) == (False, False)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"features": np.ones((CLASSES * EXAMPLES, 2, 2))}, r"features are float64 \(32, 2, 2\)"),
        ({"features": np.array([["a"]])}, r"features are <U1 \(1, 1\)"),
        ({"features": np.ones((3, SIZE))}, "there are 3 features and 32 labels"),
        ({"features": np.full((CLASSES * EXAMPLES, SIZE), 1e300)}, "row 0 of features is not finite"),
        ({"labels": np.ones(CLASSES * EXAMPLES)}, r"labels are float64 \(32,\), but must be whole numbers or text"),
        ({"labels": np.zeros(CLASSES * EXAMPLES, int)}, "there must be two classes and more"),
        ({"class_names": np.array(["a", "b"])}, "labels must be whole numbers from 0 to 1"),
        ({"class_names": np.array(["a"] * CLASSES)}, "class_names must be different texts"),
        ({"parts": np.array(["train"] * 32)}, "parts are train, but train and test are needed"),
        ({"parts": np.array(["learn"] * 32)}, "parts must say train, val or test of each label"),
        ({"features": np.array([{}])}, r"features are object \(1,\)"),
        ({"labels": np.array([{}])}, "Object arrays cannot be loaded"),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path, changes, said):
    with pytest.raises(UserError, match=said) as raised:
        located(tmp_path / "clip.npz", arrays(**changes)).bank()
    assert "\n" not in str(raised.value)
    assert "it must hold features (N, d), labels (N,)" in str(raised.value)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"\x93NUMPY"])
def test_what_is_no_archive_is_one_line(tmp_path, content):
    (tmp_path / "clip.npz").write_bytes(content)
    with pytest.raises(UserError, match="is no file of features") as raised:
        catalogue.locate(f"features:{tmp_path / 'clip.npz'}", tmp_path).bank()
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("lacking", ["features", "labels"])
def test_an_array_that_is_missing_is_named(tmp_path, lacking):
    content = {name: array for name, array in arrays().items() if name != lacking}
    with pytest.raises(UserError, match=lacking):
        located(tmp_path / "clip.npz", content).bank()
