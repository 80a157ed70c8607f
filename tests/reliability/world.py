"""A folder with a little of everything that commands are given, much of it damaged in one way each."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from PIL import Image

from benchmark.planning.plan import Request, make_plan
from benchmark.store.records import RecordStore

EMPTY = "from methods.interface import Method\n"
HALF = EMPTY + "class Half(Method):\n    def adapt(self, task): ...\n"
WHOLE = HALF + "    def predict(self, state, query): ...\n"
METHOD_FILES = {
    "exits": "import sys\nsys.exit(0)\n",
    "parses": "import argparse\np = argparse.ArgumentParser()\np.add_argument('data')\np.parse_args()\n",
    "raises": "raise BaseException('odd')\n",
    "fails": "raise ImportError('first\\nsecond')\n",
    "imports": "import no_such_package\n",
    "mistyped": "class Half(:\n",
    "bytes": "\0\0",
    "empty": "",
    "half": HALF,
    "two": WHOLE + WHOLE.replace("Half", "Other"),
    "nonsense": "from methods.interface import nothing_of_that_name\n",
    "ridge": WHOLE,
    "interrupted": "raise KeyboardInterrupt\n",
}


def make_world(root: Path) -> None:
    """Fills a folder whose subfolder data is the data folder; `dots` must be known."""
    (root / "file").write_text("a file\n")
    (root / "vectors.csv").write_text("a,1\n")
    (root / "broken.md").write_text("<!-- ltdi-bench results -->\nnever closed\n")
    (root / "binary.md").write_bytes(b"\xff\xfe\0")
    (root / "theirs" / "folder.py").mkdir(parents=True)
    for name, code in METHOD_FILES.items():
        (root / "theirs" / f"{name}.py").write_text(code)
    make_results(root)


def make_data(data: Path) -> None:
    """`dots` as it should be, and others that are not."""
    data.mkdir()
    (data / "dots.txt").write_text("first")
    (data / "omniglot-py" / "images_background").mkdir(parents=True)
    for domain in ("art_painting", "cartoon", "photo", "sketch"):
        for number in range(7):
            (data / "pacs" / domain / f"class{number}").mkdir(parents=True)
            Image.new("RGB", (4, 4)).save(data / "pacs" / domain / f"class{number}" / "0.png")
    for domain in ("photo", "sketch"):
        (data / "pacs" / domain / "class3" / "0.png").write_bytes(b"damaged")
    (data / "imagenet" / "train" / "tench").mkdir(parents=True)
    (data / "imagenet" / "train" / "tench" / "0.png").touch()
    (data / "mini-imagenet" / "images").mkdir(parents=True)
    (data / "mini-imagenet" / "train.csv").write_text("filename,label\n")
    (data / "cifar-100-python").mkdir()
    for name in ("meta", "train", "test"):
        (data / "cifar-100-python" / name).write_bytes(b"cos\nsystem\n(S'false'\ntR.")


def make_results(root: Path) -> None:
    """Two records, the same cell with another result, and a folder for each kind of damage."""
    request = Request("fewshot", ["ridge"], ["dots"], ways=(5,), shots=(1,), seeds=2, profile="smoke")
    cells = make_plan(request).cells
    for folder, accuracy in (("results", 0.5), ("other", 0.6)):
        for cell in cells:
            RecordStore(root / folder).write_record(record(cell.key(), accuracy))
    (path,) = {RecordStore(root / "results").record_path(cells[0].key())}
    good = path.read_bytes()
    content = json.loads(good)
    damages = {
        "truncated": good[: len(good) // 2],
        "empty": b"",
        "list": b"[]",
        "foreign": b'{"someone": "else"}',
        "newer": good.replace(b"ltdi-bench record 1", b"ltdi-bench record 9"),
        "edited": good.replace(b"0.5", b"0.9", 1),
        "binary": b"\xff\xfe\0\0",
        "deep": b"[" * 100_000,
        "fields": json.dumps({name: content[name] for name in ("format", "key", "status")}).encode(),
    }
    for name, damaged in damages.items():
        file = root / "damaged" / name / "fewshot" / path.name
        file.parent.mkdir(parents=True)
        file.write_bytes(damaged)
    (root / "damaged" / "renamed" / "fewshot").mkdir(parents=True)
    (root / "damaged" / "renamed" / "fewshot" / "dots-5w1s-ridge-seed0-0123456789abcdef.json").write_bytes(good)
    (root / "damaged" / "folder" / "fewshot" / path.name).mkdir(parents=True)


def record(key: dict, accuracy: float) -> dict:
    """A finished one, as `running.runner` writes it."""
    return {
        "key": key,
        "status": "ok",
        "reason": None,
        "result": {"accuracy_mean": accuracy, "accuracy_per_episode": [accuracy] * 4, "diagnostics": {}},
        "method": {"summary": "ridge", "generates_weights": False, "transductive": False},
        "data": {"images": 800, "published": None, "classes": {"train": 20}, "images_per_class": {"train": [20, 20]}},
        "provenance": {
            "hardware": {"device": "cpu", "name": "a processor", "cores": 1, "memory_gib": 1},
            "versions": {"python": "3", "ltdi-bench": "0", "torch": "2"},
            "started": "2026-01-01T00:00:00+00:00",
            "seconds": {"meta-training": 1.0, "evaluation": 1.0},
        },
    }


def snapshot(root: Path) -> dict[str, str]:
    """Every file and folder, with a hash of what is in it."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        for path in sorted(root.rglob("*"))
    }
