"""`conductor-tui man`: the manual page, made of what --help is made of."""

import click

from conductor_tui import __version__
from conductor_tui.cli.exits import ExitCode
from conductor_tui.cli.man_page import manual


@click.command()
def man() -> ExitCode:
    """Print the manual page of all commands, for man(1).

    \b
    Exit status: 0.

    \b
    Examples:
      conductor-tui man | man -l -
      conductor-tui man > ~/.local/share/man/man1/conductor-tui.1
    """
    root = click.get_current_context().find_root().command
    click.echo(manual(root, "conductor-tui", __version__), nl=False)
    return ExitCode.OK
