"""`conductor-tui resume`: check again."""

from typing import Any

import click

from conductor_tui.cli.at_platforms import platform_options, send_each, wanted
from conductor_tui.cli.exits import ExitCode


@click.command()
@platform_options
def resume(**options: Any) -> ExitCode:
    """Check platforms again, whoever paused them; for them a window is over too.

    \b
    Exit status: 0 all granted, 64 no such platform, or written wrongly, 69 nobody
    to ask, or one was refused, 77 the token is not the right one.

    \b
    Examples:
      conductor-tui resume postgres
      conductor-tui resume --all --yes
    """
    return send_each(wanted(**options), "platforms", "resume")
