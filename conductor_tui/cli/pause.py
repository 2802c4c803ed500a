"""`conductor-tui pause`: check no more for a while."""

from typing import Any

import click

from conductor_tui.cli.at_platforms import platform_options, seconds, send_each, wanted
from conductor_tui.cli.exits import ExitCode


@click.command()
@click.option(
    "--reason", "--why", "reason", required=True, help="Why: it goes to the audit."
)
@click.option("--for", "lasts", default="", help="How long (2h); else until resumed.")
@platform_options
def pause(reason: str, lasts: str, **options: Any) -> ExitCode:
    """Pause platforms: no checks and no alerts. Their traffic goes on.

    \b
    Exit status: 0 all granted, 64 no such platform, or written wrongly, 69 nobody
    to ask, or one was refused, 77 the token is not the right one.

    \b
    Examples:
      conductor-tui pause postgres --reason "major upgrade" --for 2h
    """
    said: dict[str, Any] = {"why": reason}
    if (ttl_s := seconds(lasts, "--for")) is not None:
        said["ttl_s"] = ttl_s
    return send_each(wanted(**options), "platforms", "pause", said)
