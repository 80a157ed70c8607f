"""Small copies of Mini-ImageNet, each image as grey as its class's number says, and what is in them."""

import hashlib
import pickle

import numpy as np

from benchmark.data.sources import mini_imagenet
from benchmark.data.sources.mini_imagenet import CSV, PICKLES, MiniImageNet

SPLIT = MiniImageNet().split("ravi")
ORDER = {part: getattr(SPLIT, part) for part in CSV}
CLASSES = [name for names in ORDER.values() for name in names]
PER_CLASS = {"train": 2, "validation": 1, "test": 3}


def grey(name):
    return 2 * CLASSES.index(name)


def write_lists(home, picture):
    """As on disk, with csv files."""
    for part, names in ORDER.items():
        rows = [(f"{name}{number:08d}.jpg", name) for name in names for number in range(PER_CLASS[part])]
        for file, name in rows:
            picture(home / "images" / file, (grey(name),) * 3)
        (home / CSV[part]).write_text("filename,label\n" + "".join(f"{file},{name}\n" for file, name in rows))


def write_pickles(home, monkeypatch):
    """As learn2learn has it: the classes of a part in turn."""
    home.mkdir()
    for (file, part), protocol in zip(zip(PICKLES, CSV, strict=True), (2, 4, 0), strict=True):
        names = ORDER[part] * PER_CLASS[part]
        content = {
            "image_data": np.stack([np.full((84, 84, 3), grey(name), np.uint8) for name in names]),
            "class_dict": {name: [i for i, other in enumerate(names) if other == name] for name in ORDER[part]},
        }
        (home / file).write_bytes(pickle.dumps(content, protocol))
    publish(monkeypatch, home)


def publish(monkeypatch, home):
    """Takes the checksums of the pickles for those that were published."""
    md5 = {name: hashlib.md5((home / name).read_bytes()).hexdigest() for name in PICKLES}
    monkeypatch.setattr(mini_imagenet, "PICKLES", md5)


def edit(file, change):
    lines = file.read_text().splitlines()
    file.write_text("\n".join(change(lines)) + "\n")


def check_content(located):
    """Classes and images are those that were written."""
    bank = located.bank(verify=True)
    assert bank.images.shape == (64 * 2 + 16 + 20 * 3, 84, 84, 3)
    expected = np.array([grey(bank.class_names[label]) for label in bank.labels])
    assert np.abs(bank.images.astype(int) - expected[:, None, None, None]).max() <= 1
    for part, units in located.units("ravi").items():
        assert [bank.class_names[number] for number in units.classes] == list(ORDER[part])
        assert set(units.counts.tolist()) == {PER_CLASS[part]}
    extent = located.extent("ravi")
    assert extent["images_per_class"] == {"train": [2, 2], "validation": [1, 1], "test": [3, 3]}
    assert (extent["images"], extent["published"]) == (204, 60_000)
