"""`conductor-tui trip`: hold breakers open."""

from typing import Any

import click

from conductor_tui.cli.at_platforms import platform_options, seconds, send_each, wanted
from conductor_tui.cli.exits import ExitCode


@click.command()
@click.option(
    "--reason", "--why", "reason", required=True, help="Why: it goes to the audit."
)
@click.option("--for", "lasts", default="", help="How long (10m); else until reset.")
@click.option(
    "--confirm-within",
    default="",
    metavar="TIME",
    help="Undo it unless `conductor-tui confirm` comes in time.",
)
@click.option("--if-epoch", type=int, help="Only if the breaker has not moved since.")
@platform_options
def trip(
    reason: str, lasts: str, confirm_within: str, if_epoch: int | None, **options: Any
) -> ExitCode:
    """Hold breakers open: nothing is sent to these platforms, not even a check.

    Programs that ask before each call stop too: it returns once all of them have, or
    says after two seconds on how many it is applied.

    \b
    Exit status: 0 all granted, 64 no such platform, or written wrongly, 69 nobody
    to ask, or one was refused, 77 the token is not the right one.

    \b
    Examples:
      conductor-tui trip discord --reason "rate limited" --for 10m
      conductor-tui trip 'bot-*' --reason "deploying" --confirm-within 2m
      conductor-tui trip --group bots --reason "token leaked"
    """
    said: dict[str, Any] = {"why": reason}
    if (ttl_s := seconds(lasts, "--for")) is not None:
        said["ttl_s"] = ttl_s
    if (within_s := seconds(confirm_within, "--confirm-within")) is not None:
        said["confirm_within_s"] = within_s
    if if_epoch is not None:
        said["if_epoch"] = if_epoch
    return send_each(wanted(**options), "breakers", "trip", said)
