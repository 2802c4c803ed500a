"""`conductor-tui restore`: bring back what made room."""

from typing import Any

import click

from conductor_tui.cli.at_platforms import platform_options, send_each, wanted
from conductor_tui.cli.exits import ExitCode


@click.command()
@platform_options
def restore(**options: Any) -> ExitCode:
    """Bring back platforms that were shed: what on_shed did is undone, and they are
    checked again. While the load lasts they are not shed anew by themselves.

    \b
    Exit status: 0 all granted, 64 no such platform, or written wrongly, 69 nobody
    to ask, or one was refused, 77 the token is not the right one.

    \b
    Examples:
      conductor-tui restore sandbox-bot
      conductor-tui restore --group bots
    """
    return send_each(wanted(**options), "platforms", "restore")
