"""`conductor-tui plugin check`: does it work? Without a conductor."""

from contextlib import suppress

import click
from click.shell_completion import CompletionItem

from conductor_tui.cli.exits import ExitCode
from conductor_tui.cli.options import config_option, read_settings
from conductor_tui.domain.errors import ConductorError
from conductor_tui.domain.plugin import plugin_name_problem


def _installed_names(
    _: click.Context, __: click.Parameter, begun: str
) -> list[CompletionItem]:
    """Offer what is installed; files, where a path is begun."""
    if "/" in begun or begun.startswith("."):
        return [CompletionItem(begun, type="file")]
    from conductor_tui.adapters.plugins.registry import InstalledPlugins

    names: list[str] = []
    with suppress(ConductorError, OSError):
        settings = read_settings(None)
        sources = InstalledPlugins().look(settings.plugin_folder)
        names = [
            *(one.name for one in settings.plugins),
            *(one.name for one in sources),
        ]
    return [
        CompletionItem(one)
        for one in dict.fromkeys(names)
        if one.startswith(begun) and not plugin_name_problem(one)
    ]


@click.command()
@click.argument("name", metavar="NAME|FILE.py", shell_complete=_installed_names)
@config_option
def check(name: str, config: str | None) -> ExitCode:
    """Import a plug-in in a process of its own, check its settings, let it begin, ask
    for its health once, and shut it down.

    Settings and limits are those of [plugin.NAME] in conductor.toml, where it is there.

    \b
    Exit status: 0 healthy, 1 it begins but is not healthy, or does not shut down,
    2 it cannot begin, 64 no such plug-in, 78 its settings cannot be used.

    \b
    Examples:
      conductor-tui plugin check matrix
      conductor-tui plugin check ./matrix.py
    """
    from conductor_tui.cli.plugin_trying import try_plugin

    return try_plugin(name, config)
