"""`conductor-tui plugin`: what is installed, what runs, and how it is doing."""

import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import click

from conductor_tui.adapters.api.client import Client
from conductor_tui.cli.asking import (
    Document,
    ask,
    called_by,
    client,
    did_you_mean,
    via_options,
)
from conductor_tui.cli.completing import plugin_names
from conductor_tui.cli.exits import ExitCode
from conductor_tui.cli.options import config_option, read_settings
from conductor_tui.cli.output import aligned, echo_json
from conductor_tui.cli.plugin_check import check
from conductor_tui.cli.plugin_new import new
from conductor_tui.domain.duration import short_duration
from conductor_tui.domain.errors import NobodyListens
from conductor_tui.domain.text import visible
from conductor_tui.tui.present.quantity import size

_LOOK_S, _LATER_S, _FOLLOW_S = 0.05, 2.0, 0.5
_AT_REST = ("ACTIVE", "FAILED", "DISABLED")
_NAME = click.argument("name", shell_complete=plugin_names)


@click.group()
def plugin() -> None:
    """Plug-ins: foreign code that watches a platform, in a process of its own.

    \b
    Examples:
      conductor-tui plugin new matrix           write one that works
      conductor-tui plugin check matrix         does it work here?
      conductor-tui plugin enable matrix        let it run
      conductor-tui plugin list
    """


plugin.add_command(new)
plugin.add_command(check)


@plugin.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@config_option
@via_options
def list_all(
    as_json: bool, config: str | None, via: str, token_file: Path | None
) -> ExitCode:
    """List the plug-ins of the conductor that runs; without one, what is installed.

    \b
    Exit status: 0 all well, 1 one is LOADING or has failed lately, 2 one is FAILED,
    3 no conductor runs.
    """
    to = client(via, token_file)
    try:
        found = to.ask("GET", "/v1/plugins", key="plugins")["plugins"]
    except NobodyListens as error:
        if via:
            raise
        return _list_installed(config, error, as_json=as_json)
    if as_json:
        echo_json(found)
    else:
        _print(found)
    states = {one["state"] for one in found}
    if "FAILED" in states:
        return ExitCode.FAILED
    return ExitCode.DEGRADED if "LOADING" in states else ExitCode.OK


@plugin.command()
@_NAME
@via_options
def enable(name: str, via: str, token_file: Path | None) -> ExitCode:
    """Let a plug-in run, now and after a restart; one that FAILED is tried again."""
    return _move(client(via, token_file), name, "enable")


@plugin.command()
@_NAME
@via_options
def disable(name: str, via: str, token_file: Path | None) -> ExitCode:
    """Stop a plug-in, until somebody enables it. Its platforms are paused."""
    return _move(client(via, token_file), name, "disable")


@plugin.command()
@_NAME
@via_options
def reload(name: str, via: str, token_file: Path | None) -> ExitCode:
    """Stop a plug-in and begin anew, with the code that is installed now."""
    return _move(client(via, token_file), name, "reload")


@plugin.command()
@_NAME
@click.option("--follow", "-f", is_flag=True, help="Go on printing what it writes.")
@via_options
def log(name: str, follow: bool, via: str, token_file: Path | None) -> ExitCode:
    """Print the newest lines that a plug-in wrote to stdout and stderr."""
    to, seen = client(via, token_file), ""
    while True:
        lines = _whole(to, name)["log"]
        newer = [one for one in lines if one["at"] > seen]
        for one in newer:
            click.echo(f"{one['at']}  {one['stream'] or '-':<6}  {one['text']}")
        if not follow:
            return ExitCode.OK
        seen = newer[-1]["at"] if newer else seen
        time.sleep(_FOLLOW_S)


def _move(to: Client, name: str, verb: str) -> ExitCode:
    """Ask for it, then wait until the plug-in is where that leads to."""
    before = _whole(to, name)
    path = f"/v1/plugins/{quote(name, safe='')}/{verb}"
    click.echo(f"{name}: {ask(to, 'POST', path, called_by())}")
    until = time.monotonic() + before["limits"]["start_s"] * 2 + _LATER_S
    while True:
        now = _whole(to, name)
        has_moved = now["since"] != before["since"]
        if has_moved and now["state"] in _AT_REST:
            break
        if time.monotonic() > until:
            click.echo(f"{name}: still {_state(now)}", err=True)
            return ExitCode.DEGRADED
        time.sleep(_LOOK_S)
    is_failed = now["state"] == "FAILED"
    click.echo(f"{name}: {_state(now)}", err=is_failed)
    return ExitCode.DEGRADED if is_failed else ExitCode.OK


def _whole(to: Client, name: str) -> Document:
    """Return one plug-in. Raises UsageError where there is none of that name."""
    known = to.ask("GET", "/v1/plugins", key="plugins")["plugins"]
    names = [str(one["name"]) for one in known]
    if name not in names:
        there = f"; there are: {', '.join(names)}" if names else ": there is none"
        hint = did_you_mean(name, names) or there
        raise click.UsageError(f"no plug-in is called {visible(name)!r}{hint}")
    return to.ask("GET", f"/v1/plugins/{quote(name, safe='')}", key="log")


def _state(one: Document) -> str:
    return f"{one['state']}: {one['why']}" if one["why"] else str(one["state"])


def _print(found: list[Document]) -> None:
    if not found:
        click.echo("there is no plug-in: conductor-tui plugin new NAME", err=True)
    names = aligned([str(one["name"]) for one in found])
    for name, one in zip(names, found, strict=True):
        click.echo(f"{name}  {one['state']:<10}  {_figures(one)}")


def _figures(one: Document) -> str:
    parts = []
    if one["pid"] is not None:
        parts.append(f"pid {one['pid']}")
        parts.append(f"{size(one['rss_bytes'])}")
        parts.append(f"{one['cpu_percent']:.0f} % CPU")
        parts.append(f"{one['in_flight']}+{one['waiting']} requests")
    elif one["state"] == "ACTIVE":
        parts.append("in our own process")
    if one["restarts"]:
        parts.append(f"restarts {one['restarts']}")
    words = one["why"] or (f"last error: {one['error']}" if one["error"] else "")
    if one["error"] and not one["why"] and one["error_at"]:
        ago_s = (
            datetime.now(UTC) - datetime.fromisoformat(one["error_at"])
        ).total_seconds()
        words = f"{words} ({short_duration(max(0.0, ago_s))} ago)"
    return "  ".join([*parts, words or str(one["source"])])


def _list_installed(
    config: str | None, silence: NobodyListens, *, as_json: bool
) -> ExitCode:
    """Print what is installed, and what the settings say of it."""
    from conductor_tui.adapters.plugins.registry import InstalledPlugins
    from conductor_tui.engine.plugins.candidates import candidates

    settings = read_settings(config)
    sources = InstalledPlugins().look(settings.plugin_folder)
    found = candidates(sources, settings.plugins, {})
    click.echo(f"conductor-tui: {silence}", err=True)
    click.echo("conductor-tui: nothing runs; this is what is installed", err=True)
    shown = [
        {
            "name": str(one.name),
            "enabled": one.is_wanted,
            "source": one.spec.source,
            "target": one.spec.target,
            "trouble": one.trouble,
        }
        for one in found.values()
    ]
    if as_json:
        echo_json(shown)
        return ExitCode.UNKNOWN
    names = aligned([str(one["name"]) for one in shown])
    for name, one in zip(names, shown, strict=True):
        enabled = "enabled" if one["enabled"] else "not enabled"
        click.echo(f"{name}  {enabled:<11}  {one['trouble'] or one['source']}")
    return ExitCode.UNKNOWN
