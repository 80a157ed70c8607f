"""The command line. A command is a module of this package with a click command named `command`."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path

import click

from benchmark.cli._output import replace_unknown_characters
from benchmark.system.signals import Terminated
from methods.errors import UserError, unknown


class Commands(click.Group):
    """Finds commands by file name and imports only the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in self.list_commands(ctx):
            raise unknown("command", name, self.list_commands(ctx))
        return importlib.import_module(f"{__name__}.{name}").command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="ltdi-bench")
def cli() -> None:
    """Compare methods that generate neural-network weights with methods that train them.

    \b
    ltdi-bench run fewshot --methods lt-di,metadiff
    ltdi-bench report
    """


def main() -> None:
    """Run a command; errors that the user can fix are one line and exit code 2."""
    replace_unknown_characters()
    try:
        code = cli(standalone_mode=False, prog_name="ltdi-bench")
    except UserError as error:
        _complain(str(error))
        code = 2
    except click.ClickException as error:
        if isinstance(error, getattr(click.exceptions, "NoArgsIsHelpError", ())):
            error.show()  # a command without its arguments: its help, which is no error
        else:
            _complain(error.format_message())
        code = error.exit_code
    except Terminated as error:
        _complain(f"stopped by {error}; run the same command again to continue.")
        code = error.code
    except (KeyboardInterrupt, click.Abort):
        _complain("interrupted; run the same command again to continue.")
        code = 130
    except OSError as error:  # a full disk, a cache that cannot be written
        _complain(_about(error))
        code = 2
    sys.exit(code if isinstance(code, int) else 0)


def _about(error: OSError) -> str:
    """Say what the system refused for which file, and what the user can do."""
    from benchmark.system.paths import FULL, cache_folder

    if error.errno in FULL:
        what = repr(error.filename) if error.filename else "The output"
        room = f"make room: `ltdi-bench cache list` shows what lies in {str(cache_folder())!r}"
        return f"{what} cannot be written ({error.strerror}); {room}."
    if error.filename is None:
        return str(error)
    path, cache = Path(error.filename), cache_folder()
    cached = path == cache or cache in path.parents
    elsewhere = "name another cache folder with LTDI_BENCH_CACHE" if cached else "name another place"
    return f"{error.filename!r} cannot be read or written ({error.strerror}); fix that, or {elsewhere}."


def _complain(message: str) -> None:
    click.echo(f"Error: {' '.join(message.split())}", err=True)
