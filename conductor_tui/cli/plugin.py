"""`conductor-tui plugin`: what is installed, what runs, and how it is doing."""

import time
from pathlib import Path

import click

from conductor_tui.adapters.api.client import Client
from conductor_tui.cli.asking import Document, ask, called_by, client, via_options
from conductor_tui.cli.completing import plugin_names
from conductor_tui.cli.exits import ExitCode
from conductor_tui.cli.plugin_check import check
from conductor_tui.cli.plugin_known import place_of, whole
from conductor_tui.cli.plugin_list import list_all
from conductor_tui.cli.plugin_log import log
from conductor_tui.cli.plugin_new import new
from conductor_tui.domain.errors import AskRefused
from conductor_tui.domain.text import visible

_LOOK_S, _LATER_S = 0.05, 2.0
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
    before = whole(to, name)
    try:
        said = ask(to, "POST", f"{place_of(name)}/{verb}", called_by())
    except AskRefused as error:
        raise AskRefused(f"{name}: {error}", error.status) from error
    click.echo(f"{name}: {said}")
    limits = before["limits"]  # `start_s` is for the import, and for `initialize`
    now = _moved(to, before, 2 * limits["start_s"] + limits["stop_s"] + _LATER_S)
    is_well = now["state"] in ("ACTIVE", "DISABLED")
    click.echo(f"{name}: {_state(now)}", err=not is_well)
    return ExitCode.OK if is_well else ExitCode.DEGRADED


def _moved(to: Client, before: Document, within_s: float) -> Document:
    """Return the plug-in once it has come to rest after `before`, or as it is then."""
    until = time.monotonic() + within_s
    while True:
        now = to.ask("GET", place_of(before["name"]), key="log")
        is_at_rest = now["since"] != before["since"] and now["state"] in _AT_REST
        if is_at_rest or time.monotonic() > until:
            return now
        time.sleep(_LOOK_S)


def _state(one: Document) -> str:
    state, why = str(one["state"]), visible(str(one["why"]), 400)
    still = "" if state in _AT_REST else "still "
    return f"{still}{state}: {why}" if why else f"{still}{state}"
