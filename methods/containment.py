"""Code of others, kept from ending the program that calls it, moving it elsewhere or speaking for it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path


class EndedProgram(Exception):
    """Code of others raised what is no error but would end the program, such as `sys.exit(0)` does."""


class Passing(BaseException):
    """A request of the harness, such as to stop, that passes through code of others: it is not theirs to be kept."""


@contextmanager
def contained(name: str) -> Iterator[None]:
    """Whatever the code in the block raises is an Exception, and afterwards all is as it was.

    SystemExit and the like become EndedProgram. KeyboardInterrupt passes, since Ctrl-C is the user's, and so does what
    derives from Passing. The current folder is
    restored. While the block runs, prints go to standard error, since standard output is the command's; and the command
    line is `name` alone: an argparse in the block neither reads the user's options nor answers in the command's name.
    """
    folder, arguments = _current_folder(), sys.argv
    sys.argv = [name]
    try:
        with redirect_stdout(sys.stderr):
            yield
    except (Exception, KeyboardInterrupt, Passing):
        raise
    except BaseException as error:
        raise EndedProgram(f"it tried to end the program ({_said(error)})").with_traceback(
            error.__traceback__
        ) from error
    finally:
        sys.argv = arguments
        if folder is not None:
            os.chdir(folder)


def _current_folder() -> Path | None:
    """None where it was removed while a program is in it."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return None


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
