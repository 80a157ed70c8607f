"""A folder with a folder of images for each class, or with such a folder for each of train, val and test."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, get_args

import numpy as np
from PIL import Image

from benchmark.data.arrange import arrange
from benchmark.data.dataset import ImageKind, Listing
from benchmark.data.faults import Faults
from benchmark.data.formats._own import OwnData
from benchmark.data.images import SUFFIXES, decode, decoder
from benchmark.data.junk import is_junk
from benchmark.data.own_splits import PART_NAMES
from benchmark.data.signatures import tree_signature
from benchmark.data.trees import image_files
from methods.errors import UserError, unknown

ABOUT = "dataset.toml"
LOOKED_AT = 16  # images, for guesses
USUAL = {"characters": 28, "photographs": 84}  # sizes
SIZES = range(8, 1025)
FAINT = 8  # differences between colours that grey images may have, out of 255: JPEG makes some
NEAR = 32  # of black or white, out of 255
INK = 0.75  # the share of pixels near black or white from which on grey images are taken for characters


@dataclass(frozen=True)
class About:
    """The kind, size and channels of packed images."""

    kind: ImageKind
    size: int  # pixels of each side
    channels: int  # 1 or 3
    guessed: tuple[str, ...]  # which of these nobody said


class ImageFolder(OwnData):
    """Images in class folders. Entries that `dataset.toml` lacks are guessed from some images; the user is told."""

    usage = "PATH"
    wanted = "a folder with a folder of images for each class"
    summary = "images of your own: a folder with a folder of images for each class, or train/, val/ and test/ of such"

    @staticmethod
    def fits(path: Path) -> bool:
        return path.is_dir()

    @property
    def kind(self) -> ImageKind:
        return self._about.kind

    @property
    def image_shape(self) -> tuple[int, int, int]:
        return self._about.size, self._about.size, self._about.channels

    @property
    def notice(self) -> str | None:
        if not self._about.guessed:
            return None
        about = self._about
        shape = f"{about.size}x{about.size} {'grey' if about.channels == 1 else 'in colours'}"
        return (
            f"{self.name} is taken for {about.kind}, {shape} (guessed: {', '.join(about.guessed)}); "
            f"say otherwise in {str(self.path / ABOUT)!r}."
        )

    @cached_property
    def parts(self) -> Mapping[str, tuple[str, ...]]:
        folders = self._part_folders()
        return {part: tuple(entry.name for entry in _class_folders(folder)) for part, folder in folders.items()}

    def signature(self, root: Path) -> str:
        about = self._about
        return f"{about.size} {about.channels} {tree_signature(self.path)}"

    def read(self, root: Path) -> Listing:
        inside = Path(os.path.realpath(self.path))
        together = not self.groups
        files: dict[tuple[str, str], list[str]] = {}
        faults = Faults()
        for part, folder in self._part_folders().items():
            for entry in _class_folders(folder):
                with faults.noted():
                    files[entry.name, "" if together else part] = image_files(Path(entry.path), inside, faults)
        faults.check()
        return arrange(files, self.groups, self._decode)

    def _decode(self, files: Iterable[str]) -> Iterator[np.ndarray]:
        for image in decoder(self._about.size)(files):
            yield image if self._about.channels == 3 else np.asarray(Image.fromarray(image).convert("L"))[..., None]

    def _part_folders(self) -> dict[str, Path]:
        """The folder of each part, "train" first; that of "", where all classes lie in the folder itself."""
        entries = _folders(self.path)
        named = {PART_NAMES[entry.name]: Path(entry.path) for entry in entries if entry.name in PART_NAMES}
        if "train" not in named or len(named) < 2:
            return {"": self.path}
        wrong = [entry for entry in entries if entry.name not in PART_NAMES]
        if wrong or len(named) < len(entries):
            odd = wrong[0].path if wrong else entries[-1].path
            raise UserError(f"{odd!r} lies beside the folders of the parts (train, val, test); move it away.")
        if "test" not in named:
            named["test"] = named.pop("validation")
        return {part: named[part] for part in ("train", "validation", "test") if part in named}

    @cached_property
    def _about(self) -> About:
        said = self._said()
        guesses = {} if {"kind", "size", "channels"} <= said.keys() else self._guesses(said)
        return About(**{**guesses, **said}, guessed=tuple(name for name in guesses if name not in said))

    def _said(self) -> dict[str, Any]:
        """The entries of `dataset.toml`, if there is one."""
        file = self.path / ABOUT
        if not file.exists():
            return {}
        try:
            said = tomllib.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise UserError(f"{str(file)!r} is no readable TOML: {error}.") from error
        allowed = {"kind": get_args(ImageKind), "size": SIZES, "channels": (1, 3)}
        for name, value in said.items():
            if name not in allowed:
                raise unknown(f"entry of {str(file)!r}", name, allowed)
            if isinstance(value, bool) or value not in allowed[name]:
                which = (
                    f"a whole number from {SIZES[0]} to {SIZES[-1]}"
                    if name == "size"
                    else " or ".join(map(repr, allowed[name]))
                )
                raise UserError(f"{name} in {str(file)!r} must be {which}, not {value!r}.")
        return said

    def _guesses(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """From evenly spaced images: whether they are grey, how much is black and white, and how large they are."""
        inside = Path(os.path.realpath(self.path))
        folders = [Path(entry.path) for folder in self._part_folders().values() for entry in _class_folders(folder)]
        chosen = [folders[number * len(folders) // LOOKED_AT] for number in range(LOOKED_AT)]
        faults = Faults()
        listed = {folder: image_files(folder, inside, faults) for folder in dict.fromkeys(chosen)}
        faults.check()
        images = (listed[folder] for folder in chosen)
        files = list(dict.fromkeys(files[number % len(files)] for number, files in enumerate(images)))
        size = max(SIZES[0], int(np.median([_shorter_side(file) for file in files])))
        pixels = np.stack(list(decode(files, min(size, USUAL["photographs"])))).astype(int)
        grey = np.ptp(pixels, axis=-1).max() <= FAINT
        ink = np.minimum(pixels, 255 - pixels).max(-1) <= NEAR
        kind = said.get("kind", "characters" if grey and ink.mean() >= INK else "photographs")
        return {"kind": kind, "size": min(size, USUAL[kind]), "channels": 1 if grey else 3}


def _shorter_side(file: str) -> int:
    with Image.open(file) as image:
        return min(image.size)


def _folders(folder: Path) -> list[os.DirEntry]:
    """The folders in a folder by name; UserError for an image beside them."""
    with os.scandir(folder) as entries:
        listed = sorted((entry for entry in entries if not is_junk(entry.name)), key=lambda entry: entry.name)
    folders = [entry for entry in listed if entry.is_dir()]
    for entry in listed:
        if entry.name.lower().endswith(SUFFIXES) and entry not in folders:
            raise UserError(f"The image {entry.path!r} lies in no folder of a class; move it into one.")
    return folders


def _class_folders(folder: Path) -> list[os.DirEntry]:
    folders = _folders(folder)
    if len(folders) < 2:
        raise UserError(f"{str(folder)!r} must have a folder of images for each of two classes and more.")
    return folders
