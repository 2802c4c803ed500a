"""`conductor-tui shed`: let platforms make room."""

from typing import Any

import click

from conductor_tui.cli.at_platforms import platform_options, send_each, wanted
from conductor_tui.cli.exits import ExitCode


@click.command()
@click.option("--reason", "--why", "reason", default="", help="It goes to the audit.")
@platform_options
def shed(reason: str, **options: Any) -> ExitCode:
    """Let platforms make room: on_shed is carried out, and they are checked no more.

    What is protected, or paused already, is not shed. How on_shed went is told as an
    event of its own: it may take a while.

    \b
    Exit status: 0 all granted, 64 no such platform, or written wrongly, 69 nobody
    to ask, or one was refused, 77 the token is not the right one.

    \b
    Examples:
      conductor-tui shed sandbox-bot --reason "the new model needs the room"
    """
    return send_each(wanted(**options), "platforms", "shed", {"why": reason})
