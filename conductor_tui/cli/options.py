"""Options that several commands share, and the settings they lead to."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:  # a third of what `admit` would take to start
    from conductor_tui.adapters.settings.reload import SettingsFile
    from conductor_tui.domain.settings import Settings


def _from_either_place(
    context: click.Context, _: click.Parameter, value: str | None
) -> str | None:
    """`conductor-tui --config F status` means `conductor-tui status --config F`."""
    named: str | None = context.find_root().params.get("config")
    return value if value is not None else named


config_option = click.option(
    "--config",
    metavar="FILE",
    callback=_from_either_place,
    help="The conductor.toml to use. Without it the first of:\n\n"
    "\b\n$CONDUCTOR_CONFIG\n./conductor.toml\n"
    "$XDG_CONFIG_HOME/conductor-tui/conductor.toml\n/etc/conductor-tui/conductor.toml",
)


def read_settings(explicit: str | None) -> "Settings":
    """Find and load conductor.toml. Raises SettingsError with every problem in it."""
    from conductor_tui.adapters.settings.file import find_settings, load_settings

    return load_settings(find_settings(explicit, os.environ, working_directory()))


def settings_source(explicit: str | None) -> "SettingsFile":
    """Return conductor.toml as something to `load`, and to load again when it changes.
    It is looked for as `read_settings` does.
    """
    from conductor_tui.adapters.settings.reload import SettingsFile

    return SettingsFile(explicit, os.environ, working_directory())


def working_directory() -> Path:
    """Return where we are; nowhere, when it was removed under us."""
    try:
        return Path.cwd()
    except FileNotFoundError:
        return Path(os.devnull)
