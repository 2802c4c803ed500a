"""Command line: parse, wire, run. The only place that knows every part.

Importing it imports no Textual and no engine: each command imports what it needs.
"""

import click

from conductor_tui import __version__
from conductor_tui.cli.exits import CommandGroup
from conductor_tui.cli.options import config_option


@click.group(
    cls=CommandGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@config_option
@click.option("--read-only", is_flag=True, help="Look only: no command is carried out.")
@click.option("--ascii", is_flag=True, help="Draw with ASCII characters only.")
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")
@click.version_option(__version__, prog_name="conductor-tui")
@click.pass_context
def main(
    context: click.Context,
    config: str | None,
    read_only: bool,
    ascii: bool,
    no_mouse: bool,
) -> int:
    """The terminal control room for a small host and what runs on it.

    Without a command it opens the dashboard. Without a conductor.toml it watches
    this host and every service that listens on it.

    \b
    Examples:
      conductor-tui                         open the dashboard
      conductor-tui --config my.toml        ... on these settings
      conductor-tui init                    write what was found as conductor.toml
      conductor-tui status --once --json    one round, for a script
    """
    if context.invoked_subcommand is not None:
        if read_only or ascii or no_mouse:
            raise click.UsageError(
                "--read-only, --ascii and --no-mouse belong to the dashboard"
            )
        return 0
    from conductor_tui.cli.dashboard import open_dashboard

    return open_dashboard(config, read_only=read_only, ascii=ascii, mouse=not no_mouse)


main.names = (
    *("ack", "alerts", "beat", "check", "config", "init", "run", "silence"),
    "status",
)
