"""Exit codes, and the one place where an error becomes words and a code.

0 to 3 are left to Nagios; the rest follow sysexits.h.
"""

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import IntEnum
from importlib import import_module
from io import TextIOWrapper
from typing import Any, NoReturn

import click

from conductor_tui.cli.output import keep_what_is_not_taken_at_once
from conductor_tui.domain.errors import (
    AskRefused,
    BeatRefused,
    ConductorError,
    EngineStopped,
    NobodyListens,
    SettingsError,
)


class ExitCode(IntEnum):
    OK = 0
    DEGRADED = 1
    FAILED = 2
    UNKNOWN = 3
    USAGE = 64
    NO_AGENT = 67
    UNAVAILABLE = 69
    SOFTWARE = 70
    IO_ERROR = 74
    TRY_LATER = 75
    NOT_PERMITTED = 77
    SETTINGS = 78
    INTERRUPTED = 130
    PIPE = 141


class CommandGroup(click.Group):
    """A click group that imports a command when it is asked for, and whose every end
    is one of our exit codes, with words.
    """

    names: Sequence[str] = ()

    def list_commands(self, _: click.Context) -> list[str]:
        return sorted(self.names)

    def get_command(self, _: click.Context, name: str) -> click.Command | None:
        if name not in self.names:
            return None
        own = name.replace("-", "_")
        module = import_module(f"conductor_tui.cli.{own}")
        command: click.Command = getattr(module, own)
        return command

    def invoke(self, context: click.Context) -> object:
        """Run the command. Here, because click ends a broken pipe with 1, which would
        say that something is degraded.
        """
        try:
            return super().invoke(context)
        except BrokenPipeError:  # the reader left (`| head`)
            _flush_to_nowhere()
            return ExitCode.PIPE

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> NoReturn:
        def run() -> object:
            return click.Group.main(
                self, args, prog_name, complete_var, standalone_mode=False, **extra
            )

        _open_standard_files()
        keep_what_is_not_taken_at_once()
        _escape_what_cannot_be_written()
        sys.exit(_code_of(run))


def _code_of(run: Callable[[], object]) -> int:
    try:
        code = run()
    except click.UsageError as error:
        error.show()
        return ExitCode.USAGE
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except SettingsError as error:
        for problem in error.problems:
            click.echo(f"conductor-tui: {problem}", err=True)
        return ExitCode.SETTINGS
    except EngineStopped as error:
        click.echo(f"conductor-tui: the engine stopped: {error}", err=True)
        return ExitCode.SOFTWARE
    except ConductorError as error:
        click.echo(f"conductor-tui: {error}", err=True)
        return _code_for(error)
    except (click.Abort, KeyboardInterrupt):
        return ExitCode.INTERRUPTED
    except OSError as error:  # a full disk behind stdout, most of the time
        _flush_to_nowhere()
        words = (error.strerror or str(error)).lower()
        where = f": {error.filename}" if error.filename else ""
        click.echo(f"conductor-tui: {words}{where}", err=True)
        return ExitCode.IO_ERROR
    except Exception:  # a fault of ours: Python's own 1 would say "degraded"
        traceback.print_exc()
        return ExitCode.SOFTWARE
    return code if isinstance(code, int) else ExitCode.OK


def _code_for(error: ConductorError) -> ExitCode:
    match error:
        case BeatRefused(status=404):
            return ExitCode.NO_AGENT
        case BeatRefused(status=401 | 403) | AskRefused(status=401 | 403):
            return ExitCode.NOT_PERMITTED
        case BeatRefused() | AskRefused() | NobodyListens():
            return ExitCode.UNAVAILABLE
        case _:
            return ExitCode.UNKNOWN


def _open_standard_files() -> None:
    """Put /dev/null where cron or `>&-` left nothing: else the engine's first file
    would become our stdout, and libuv aborts when it finds one of its own there.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number, which is this one


def _escape_what_cannot_be_written() -> None:
    """A name that the locale's charset lacks is no reason to fail (with 1, which would
    say that something is degraded).
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # None, where there is no such file
            stream.reconfigure(errors="backslashreplace")


def _flush_to_nowhere() -> None:
    """What stdout still holds would be written at exit, and fail again."""
    with suppress(OSError):  # no file to open: the words are worth more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
