"""`conductor-tui release`: let breakers try."""

from typing import Any

import click

from conductor_tui.cli.at_platforms import platform_options, send_each, wanted
from conductor_tui.cli.exits import ExitCode


@click.command()
@click.option("--if-epoch", type=int, help="Only if the breaker has not moved since.")
@platform_options
def release(if_epoch: int | None, **options: Any) -> ExitCode:
    """Let held or open breakers try: one trial now, CLOSED only if it passes.

    \b
    Exit status: 0 all granted, 64 no such platform, or written wrongly, 69 nobody
    to ask, or one was refused, 77 the token is not the right one.

    \b
    Examples:
      conductor-tui release discord
      conductor-tui release --group bots
    """
    said = {} if if_epoch is None else {"if_epoch": if_epoch}
    return send_each(wanted(**options), "breakers", "release", said)
