"""`conductor-tui completion`: what makes Tab work in a shell."""

import click
from click.shell_completion import BashComplete, FishComplete, ZshComplete

from conductor_tui.cli.exits import ExitCode

_PROGRAM, _VARIABLE = "conductor-tui", "_CONDUCTOR_TUI_COMPLETE"
_SHELLS = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


@click.command()
@click.argument("shell", type=click.Choice(sorted(_SHELLS)))
def completion(shell: str) -> ExitCode:
    """Print a script that completes commands, options and names in a shell.

    Names are those of the conductor that runs; without one, none are offered.

    \b
    Exit status: 0, or 64 for a shell that is not known.

    \b
    Examples:
      eval "$(conductor-tui completion bash)"            in ~/.bashrc, bash >= 4.4
      eval "$(conductor-tui completion zsh)"             in ~/.zshrc, after compinit
      conductor-tui completion fish > ~/.config/fish/completions/conductor-tui.fish
    """
    root = click.get_current_context().find_root().command
    script = _SHELLS[shell](root, {}, _PROGRAM, _VARIABLE)
    # not script.source(): that runs a bash, which need not be here, for its version
    click.echo(script.source_template % script.source_vars(), nl=False)
    return ExitCode.OK
