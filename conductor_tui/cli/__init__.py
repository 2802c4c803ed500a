"""Command line: parse, wire, run. The only place that knows every part.

Importing it imports no Textual and no engine: each command imports what it needs.
"""

from pathlib import Path

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
@click.option(
    "--connect",
    metavar="URL",
    default="",
    help="Show another conductor: unix:/path, http(s)://host:port or ssh://[user@]host.",
)
@click.option(
    "--token-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with the token for http(s)://; else $CONDUCTOR_TUI_TOKEN.",
)
@click.option("--inside", is_flag=True, help="Run the engine here, daemon or not.")
@click.option("--read-only", is_flag=True, help="Look only: no command is carried out.")
@click.option("--ascii", is_flag=True, help="Draw with ASCII characters only.")
@click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal.")
@click.version_option(__version__, prog_name="conductor-tui")
@click.pass_context
def main(
    context: click.Context,
    config: str | None,
    connect: str,
    token_file: Path | None,
    inside: bool,
    read_only: bool,
    ascii: bool,
    no_mouse: bool,
) -> int:
    """The terminal control room for a small host and what runs on it.

    Without a command it opens the dashboard: of the daemon (`conductor-tui serve`) if
    one of this user runs, else with an engine inside. Without a conductor.toml that
    watches this host and every service that listens on it.

    \b
    Examples:
      conductor-tui                         open the dashboard
      conductor-tui --config my.toml        ... on these settings
      conductor-tui --connect ssh://web-7   ... of the daemon on another host
      conductor-tui init                    write what was found as conductor.toml
      conductor-tui status --once --json    one round, for a script
    """
    if context.invoked_subcommand is not None:
        if read_only or ascii or no_mouse or inside or connect or token_file:
            raise click.UsageError(
                "--connect, --token-file, --inside, --read-only, --ascii, --no-mouse: "
                "they belong to the dashboard; commands have --via"
            )
        return 0
    if connect and (inside or config is not None):
        raise click.UsageError("--connect goes by the other side's settings and engine")
    from conductor_tui.cli.dashboard import Wishes, open_dashboard

    return open_dashboard(
        Wishes(
            config=config,
            connect=connect,
            token_file=token_file,
            inside=inside,
            read_only=read_only,
            ascii=ascii,
            mouse=not no_mouse,
        )
    )


main.names = (
    *("ack", "admit", "alerts", "assets", "beat", "check", "completion", "config"),
    *(
        "confirm",
        "dead-letters",
        "events",
        "init",
        "man",
        "pause",
        "plugin",
        "release",
        "reset",
        "restore",
        "resume",
    ),
    *("run", "send", "serve", "shed", "silence", "status", "token", "trip"),
)
