"""`conductor-tui serve`: the engine without a screen, for systemd."""

import os
import sys
from typing import TYPE_CHECKING

import click

from conductor_tui.cli.exits import ExitCode
from conductor_tui.cli.options import config_option, settings_source

if TYPE_CHECKING:
    from conductor_tui.adapters.service.log import Log


@click.command()
@config_option
@click.option("--read-only", is_flag=True, help="Look only: no command is carried out.")
@click.option(
    "--log-format",
    type=click.Choice(["json", "console"]),
    help="Without it: console on a terminal, else JSON, a line an event.",
)
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
    help="The least that is logged; debug logs every check.",
)
def serve(
    config: str | None, read_only: bool, log_format: str | None, log_level: str
) -> int:
    """Run the engine without a screen, until SIGTERM or SIGINT.

    Dashboards of the same user attach to it by themselves; it listens on a unix socket
    in $XDG_RUNTIME_DIR/conductor-tui (root without that variable: /run/conductor-tui).
    SIGHUP reads conductor.toml anew: one that cannot be used changes nothing.

    \b
    Exit status: 0 stopped by a signal, 69 a listener could not be opened (another one
    runs), 70 the engine ended by itself, 78 conductor.toml cannot be used.

    \b
    Examples:
      conductor-tui serve
      systemctl start conductor-tui       the unit: conductor-tui assets
    """
    os.umask(0o077)
    source = settings_source(config)
    settings = source.load()
    from conductor_tui.cli.daemon import Daemon

    log = _open_log(log_format, log_level)
    daemon = Daemon(settings, source=source, read_only=read_only, log=log)
    try:
        daemon.run()
    finally:
        log.close()
    if daemon.refusal:
        click.echo(f"conductor-tui: {daemon.refusal}", err=True)
        return ExitCode.UNAVAILABLE
    return ExitCode.OK


def _open_log(log_format: str | None, log_level: str) -> "Log":
    from conductor_tui.adapters.service.log import Log

    usual = "console" if sys.stderr.isatty() else "json"
    return Log(log_format or usual, log_level)
