"""Forms in which users have data of their own, given as FORMAT:PATH. A module here is a format, named after it."""

from __future__ import annotations

from pathlib import Path

from benchmark.data.formats._own import OwnData
from methods.extensions import Extensions

FORMATS = Extensions("format of data", (__name__,), "ltdi_bench.formats", lambda: OwnData)


def is_own(name: str) -> bool:
    """Whether a name is that of data of the user's own: FORMAT:PATH."""
    return ":" in name


def get(name: str, root: Path | None) -> OwnData:
    """The data that FORMAT:PATH names; a path that is not there is looked for in the data folder `root` too.

    UserError if there is no such format, or nothing there.
    """
    form, _, place = name.partition(":")
    return FORMATS.load(form)(place, root)


def usages() -> dict[str, str]:
    """The words to type for each format, and its summary."""
    forms = {name: FORMATS.load(name) for name in FORMATS.names()}
    return {f"{name}:{form.usage}": form.summary for name, form in forms.items()}
