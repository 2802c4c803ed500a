"""`conductor-tui plugin log`: what a plug-in wrote, and what it writes."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conductor_tui.adapters.api.client import Client
from conductor_tui.cli.asking import client, via_options
from conductor_tui.cli.completing import plugin_names
from conductor_tui.cli.exits import ExitCode
from conductor_tui.cli.plugin_known import none_called, whole
from conductor_tui.domain.ids import PluginName
from conductor_tui.domain.text import visible

if TYPE_CHECKING:  # nothing of these is needed before something is followed
    from conductor_tui.domain.plugin import LogLine
    from conductor_tui.domain.snapshot import Snapshot

_WIDEST = 4096


@click.command()
@click.argument("name", shell_complete=plugin_names)
@click.option(
    "--follow", "-f", is_flag=True, help="Go on with what it writes, until Ctrl-C."
)
@via_options
def log(name: str, follow: bool, via: str, token_file: Path | None) -> ExitCode:
    """Print the newest lines that a plug-in wrote to stdout and stderr. A line without
    a stream is conductor's own: it says how many were left out.

    \b
    Exit status: 0 done, 64 no such plug-in, 69 nobody to ask, or it went away,
    77 the token is not the right one, 130 ended by Ctrl-C.

    \b
    Examples:
      conductor-tui plugin log matrix
      conductor-tui plugin log matrix --follow
    """
    to = client(via, token_file)
    if follow:
        _follow(to, PluginName(name))
    for one in whole(to, name)["log"]:
        _print(datetime.fromisoformat(one["at"]), one["stream"], one["text"])
    return ExitCode.OK


def _follow(to: Client, name: PluginName) -> None:
    """Print what is kept, then what comes, without an end. Raises NobodyListens.

    Where we have fallen behind there is another snapshot: what we missed is in it, as
    far as it is kept.
    """
    from conductor_tui.adapters.wire.frames import Parts, read_envelopes
    from conductor_tui.cli.listening import heard
    from conductor_tui.domain.plugin_events import PluginLogged

    parts, begin, newest = Parts(), 0, None
    for part in heard(to):
        snapshot = parts.take(part)
        if snapshot is not None:
            kept = _kept(snapshot, name, is_first=newest is None)
            begin, newest = snapshot.seq, _print_new(kept, newest)
        for envelope in read_envelopes(part.get("events", [])):
            event = envelope.event
            if not isinstance(event, PluginLogged) or envelope.seq <= begin:
                continue
            if event.plugin == name:
                newest = _print_new(event.lines, None) or newest


def _kept(
    snapshot: "Snapshot", name: PluginName, *, is_first: bool
) -> "Sequence[LogLine]":
    view = snapshot.plugins.get(name)
    if view is None and is_first:
        raise none_called(name, [str(one) for one in snapshot.plugins])
    return view.log if view else ()


def _print_new(
    lines: "Sequence[LogLine]", newest: "LogLine | None"
) -> "LogLine | None":
    """Print the lines behind `newest`, all where it is not among them; return the last
    that is printed now.
    """
    if newest in lines:
        behind = len(lines) - lines[::-1].index(newest)
        lines = lines[behind:]
    for line in lines:
        _print(line.at, line.stream, line.text)
    return lines[-1] if lines else newest


def _print(at: datetime, stream: str, text: str) -> None:
    shown = visible(text, _WIDEST)
    click.echo(f"{at.astimezone():%Y-%m-%d %H:%M:%S}  {stream or '-':<6}  {shown}")
