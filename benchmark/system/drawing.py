"""matplotlib, imported whatever the user has set up for it: rooms that need it take it from here."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from types import ModuleType

from methods.errors import UserError

BACKEND = "MPLBACKEND"


def _imported() -> ModuleType:
    """UserError where a matplotlibrc is no text: matplotlib then refuses to start.

    A notebook hands its MPLBACKEND on to what it starts, also to environments that lack it; matplotlib would refuse to
    start there, and files are written without it. Where it is known, a notebook goes on using it.
    """
    if "matplotlib" in sys.modules:
        return sys.modules["matplotlib"]
    backend = os.environ.pop(BACKEND, None)
    try:
        import matplotlib
    except UnicodeDecodeError as error:
        raise UserError(
            "matplotlib cannot read its settings, which are no UTF-8 text; correct or remove the file 'matplotlibrc' "
            "in this folder, or the one that MATPLOTLIBRC names."
        ) from error
    finally:
        if backend is not None:
            os.environ[BACKEND] = backend
    if backend:
        with suppress(ValueError):
            matplotlib.rcParams["backend"] = backend
    return matplotlib


matplotlib = _imported()
