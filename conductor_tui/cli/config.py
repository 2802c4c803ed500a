"""`conductor-tui config`: is conductor.toml right, and what does it come to?"""

import json
import os
from collections import Counter
from pathlib import Path

import click

from conductor_tui.adapters.settings.file import (
    NO_FILE,
    find_settings,
    load_settings,
    load_with_notes,
    places,
)
from conductor_tui.adapters.settings.text import settings_text
from conductor_tui.cli.options import config_option, working_directory
from conductor_tui.domain.settings import Settings
from conductor_tui.domain.text import visible

_NOWHERE = Path(os.devnull)


@click.group()
def config() -> None:
    """Check conductor.toml, or show what it comes to.

    \b
    Examples:
      conductor-tui config check                   the file that would be used
      conductor-tui config check --config my.toml  this one
      conductor-tui config show                    every value that is in force
      conductor-tui config schema                  what keys there are, for an editor
    """


@config.command()
@config_option
def check(config: str | None) -> None:
    """Say whether the file can be used.

    Exit status: 0 it can, 78 it cannot. Every problem is told at once, on stderr,
    with the key and the way out; positions as in platform[2] count from 1.

    \b
    Examples:
      conductor-tui config check
      conductor-tui config check --config my.toml && conductor-tui --config my.toml
    """
    click.echo(_verdict(load_settings(_found(config))))


@config.command()
@config_option
def show(config: str | None) -> None:
    """Print the settings that are in force, every default filled in.

    The output is a conductor.toml itself. A remark behind a value says where it comes
    from; a value without one stands in the file. Exit status: 0, or 78 as in `check`.

    \b
    Examples:
      conductor-tui config show | grep -v default    only what the file changes
      conductor-tui config show --config my.toml
    """
    loaded = load_with_notes(_found(config))
    comment = _header(loaded.settings)
    text = settings_text(
        loaded.settings, comment=comment, notes=loaded.notes, written=loaded.written
    )
    click.echo(text.encode(), nl=False)  # TOML is UTF-8 whatever the terminal is


@config.command()
def schema() -> None:
    """Print the JSON schema of conductor.toml, for editors that check and complete.

    It says which keys there are, also for each probe, what they mean and what they are
    by default. Exit status: 0.

    \b
    Examples:
      conductor-tui config schema > conductor.schema.json
      then, in the first line of conductor.toml:
      #:schema ./conductor.schema.json
    """
    from conductor_tui.adapters.settings.json_schema import settings_schema

    click.echo(json.dumps(settings_schema(), indent=2))


def _found(explicit: str | None) -> Path | None:
    return find_settings(explicit, os.environ, working_directory())


def _verdict(settings: Settings) -> str:
    if settings.source == NO_FILE:
        return f"{NO_FILE} (looked for {_looked_for()})"
    more = _counted(len(settings.agents), "agent", ", ")
    more += _counted(len(settings.maintenance), "maintenance window", ", ")
    more += _counted(len(settings.alerts.channels), "channel", ", ")
    more += _counted(len(settings.alerts.rules), "alert rule", ", ")
    if settings.discover:
        return (
            f"{settings.source}: ok, no [[platform]]: what listens on this machine is "
            f"watched{more}"
        )
    kinds = Counter(platform.spec.probe for platform in settings.platforms)
    count = _counted(len(settings.platforms), "platform")
    shown = ", ".join(f"{number} {kind}" for kind, number in kinds.most_common())
    return f"{settings.source}: ok, {count} ({shown}){more}"


def _counted(count: int, what: str, before: str = "") -> str:
    """Return "3 platforms", nothing for none of them."""
    return f"{before}{count} {what}{'s' if count != 1 else ''}" if count else ""


def _header(settings: Settings) -> str:
    if settings.source == NO_FILE:
        return f"{NO_FILE}\n(looked for {_looked_for()})"
    lines = f"The settings of {settings.source}, every default filled in."
    if settings.discover:
        lines += "\nNo [[platform]]: what listens on this machine is watched."
    return lines


def _looked_for() -> str:
    """Return the places in words. In a directory that was removed there is none."""
    here = working_directory()
    found = [path for path in places(os.environ, here) if path.parent != _NOWHERE]
    gone = "; this directory was removed" if here == _NOWHERE else ""
    return visible(", ".join(map(str, found)) + gone, 400)
