"""`conductor-tui reset`: close breakers by force."""

from typing import Any

import click

from conductor_tui.cli.at_platforms import platform_options, send_each, wanted
from conductor_tui.cli.exits import ExitCode


@click.command()
@click.option("--if-epoch", type=int, help="Only if the breaker has not moved since.")
@platform_options
def reset(if_epoch: int | None, **options: Any) -> ExitCode:
    """Close breakers by force, without a trial.

    \b
    Exit status: 0 all granted, 64 no such platform, or written wrongly, 69 nobody
    to ask, or one was refused, 77 the token is not the right one.

    \b
    Examples:
      conductor-tui reset discord
      conductor-tui reset --group bots
    """
    said = {} if if_epoch is None else {"if_epoch": if_epoch}
    return send_each(wanted(**options), "breakers", "reset", said)
