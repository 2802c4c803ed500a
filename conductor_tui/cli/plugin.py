"""`conductor-tui plugin`: what is installed, what runs, and how it is doing."""

import time
from pathlib import Path

import click

from conductor_tui.adapters.api.client import Client
from conductor_tui.cli.asking import Document, ask, called_by, client, via_options
from conductor_tui.cli.completing import plugin_names
from conductor_tui.cli.exits import ExitCode
from conductor_tui.cli.plugin_check import check
from conductor_tui.cli.plugin_known import known_to, none_called, place_of
from conductor_tui.cli.plugin_list import list_all
from conductor_tui.cli.plugin_log import log
from conductor_tui.cli.plugin_new import new
from conductor_tui.domain.errors import AskRefused
from conductor_tui.domain.text import visible

_LOOK_S, _LATER_S = 0.05, 2.0
_NO_RIGHT = (401, 403)
_AT_REST = ("ACTIVE", "FAILED", "DISABLED")
_NAME = click.argument("name", shell_complete=plugin_names)


@click.group()
def plugin() -> None:
    """Plug-ins: foreign code that watches a platform, in a process of its own.

    \b
    Examples:
      conductor-tui plugin new matrix           write one that works
      conductor-tui plugin check matrix         does it work here?
      conductor-tui plugin enable matrix        let it run
      conductor-tui plugin list
    """


for command in (new, check, list_all, log):
    plugin.add_command(command)


@plugin.command()
@_NAME
@via_options
def enable(name: str, via: str, token_file: Path | None) -> ExitCode:
    """Let a plug-in run, now and after a restart; one that FAILED is tried again.

    It returns once the plug-in is ACTIVE, or has FAILED.

    \b
    Exit status: 0 ACTIVE, 1 it FAILED, or is not ACTIVE in time, 64 no such plug-in,
    69 nobody to ask, or it was refused, 77 the token is not the right one.

    \b
    Examples:
      conductor-tui plugin enable matrix
    """
    return _move(client(via, token_file), name, "enable")


@plugin.command()
@_NAME
@via_options
def disable(name: str, via: str, token_file: Path | None) -> ExitCode:
    """Stop a plug-in, until somebody enables it. Its platforms are paused.

    \b
    Exit status: 0 DISABLED, 1 not yet, 64 no such plug-in, 69 nobody to ask, or it was
    refused, 77 the token is not the right one.

    \b
    Examples:
      conductor-tui plugin disable matrix
    """
    return _move(client(via, token_file), name, "disable")


@plugin.command()
@_NAME
@via_options
def reload(name: str, via: str, token_file: Path | None) -> ExitCode:
    """Stop a plug-in and begin anew, with the code that is installed now.

    It returns once the plug-in is ACTIVE again, or has FAILED.

    \b
    Exit status: 0 ACTIVE, 1 it FAILED, or is not ACTIVE in time, 64 no such plug-in,
    69 nobody to ask, or it was refused, 77 the token is not the right one.

    \b
    Examples:
      pip install --upgrade ./matrix && conductor-tui plugin reload matrix
    """
    return _move(client(via, token_file), name, "reload")


def _move(to: Client, name: str, verb: str) -> ExitCode:
    """Ask for it, then wait until the plug-in is where that leads to."""
    since = _since(to, name)
    click.echo(f"{name}: {_granted(to, name, verb)}")
    now = _moved(to, name, since)
    is_well = now["state"] in ("ACTIVE", "DISABLED")
    click.echo(f"{name}: {_state(now)}", err=not is_well)
    return ExitCode.OK if is_well else ExitCode.DEGRADED


def _since(to: Client, name: str) -> str | None:
    """Return since when it is in its state, None where nobody knows it yet."""
    if name not in known_to(to):
        return None
    since: str | None = to.ask("GET", place_of(name), key="log")["since"]
    return since


def _granted(to: Client, name: str, verb: str) -> str:
    """Return what the conductor says to it. It is asked for a name that it does not
    know too: it looks anew then, for what was installed a moment ago.
    """
    try:
        return ask(to, "POST", f"{place_of(name)}/{verb}", called_by())
    except (AskRefused, click.UsageError) as error:
        is_right = isinstance(error, AskRefused) and error.status in _NO_RIGHT
        names = [] if is_right else known_to(to)
        if not is_right and name not in names:
            raise none_called(name, names) from error
        if isinstance(error, AskRefused):
            raise AskRefused(f"{name}: {error}", error.status) from error
        raise


def _moved(to: Client, name: str, since: str | None) -> Document:
    """Return the plug-in once it has come to rest after `since`, or as it is when it
    has had all the time that it may take.
    """
    began = time.monotonic()
    while True:
        now = to.ask("GET", place_of(name), key="log")
        limits = now["limits"]  # `start_s` is for the import, and for `initialize`
        within_s = 2 * limits["start_s"] + limits["stop_s"] + _LATER_S
        is_at_rest = now["since"] != since and now["state"] in _AT_REST
        if is_at_rest or time.monotonic() - began > within_s:
            return now
        time.sleep(_LOOK_S)


def _state(one: Document) -> str:
    state, why = str(one["state"]), visible(str(one["why"]), 400)
    still = "" if state in _AT_REST else "still "
    return f"{still}{state}: {why}" if why else f"{still}{state}"
