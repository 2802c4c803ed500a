"""`conductor-tui plugin list`: what runs and what it takes; else what is installed."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import click

from conductor_tui.cli.asking import Document, client, via_options
from conductor_tui.cli.exits import ExitCode
from conductor_tui.cli.options import config_option, read_settings
from conductor_tui.cli.output import aligned, echo_json
from conductor_tui.domain.duration import short_duration
from conductor_tui.domain.errors import NobodyListens
from conductor_tui.domain.text import visible
from conductor_tui.tui.present.quantity import size

_WIDEST = 400


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
@click.option("--wide", is_flag=True, help="All that is known, on lines of its own.")
@config_option
@via_options
def list_all(
    as_json: bool, wide: bool, config: str | None, via: str, token_file: Path | None
) -> ExitCode:
    """List the plug-ins of the conductor that runs: state, process, memory, CPU,
    requests, restarts, where the code is from, and why it is so.

    Without a conductor it lists what is installed and what conductor.toml says of it;
    nothing of it is imported.

    \b
    Exit status: 0 all well, 1 one is LOADING, 2 one is FAILED, 3 no conductor runs,
    69 nobody answers at --via, 77 the token is not the right one.

    \b
    Examples:
      conductor-tui plugin list
      conductor-tui plugin list --json | jq -r '.[] | select(.state == "FAILED").name'
    """
    try:
        answer = client(via, token_file).ask("GET", "/v1/plugins", key="plugins")
    except NobodyListens as error:
        if via:
            raise
        return _list_installed(config, error, as_json=as_json)
    found: list[Document] = answer["plugins"]
    if as_json:
        echo_json(found)
    else:
        _print(found, datetime.now(UTC), wide=wide)
    states = {one["state"] for one in found}
    if "FAILED" in states:
        return ExitCode.FAILED
    return ExitCode.DEGRADED if "LOADING" in states else ExitCode.OK


def _print(found: Sequence[Document], now: datetime, *, wide: bool) -> None:
    if not found:
        click.echo("there is no plug-in: conductor-tui plugin new NAME", err=True)
    rows = [(*_figures(one), str(one["source"]), _words(one, now)) for one in found]
    for line, one in zip(_table(rows), found, strict=True):
        click.echo(line)
        if wide:
            for words in _details(one, now):
                click.echo(f"    {visible(words, _WIDEST)}")


def _figures(one: Document) -> tuple[str, ...]:
    """Return the cells of what it is and takes, "" where there is nothing to say."""
    name, state = str(one["name"]), str(one["state"])
    restarts = f"restarts {one['restarts']}" if one["restarts"] else ""
    if one["pid"] is None:
        shared = state == "ACTIVE" and not one["isolate"]
        return name, state, "in our process" if shared else "", "", "", "", restarts
    return (
        name,
        state,
        f"pid {one['pid']}",
        size(one["rss_bytes"]),
        f"{one['cpu_percent']:.0f} % CPU",
        f"{one['in_flight']} under way, {one['waiting']} wait",
        restarts,
    )


def _words(one: Document, now: datetime) -> str:
    """Return why it is in its state; where nothing is to be said, its last error."""
    why = str(one["why"])
    if one["retry_at"]:
        in_s = max(0.0, (_moment(one["retry_at"]) - now).total_seconds())
        return f"{why}; begins again in {short_duration(in_s)}"
    return why or _last_error(one, now)


def _last_error(one: Document, now: datetime) -> str:
    if not one["error"]:
        return ""
    ago = _ago(one["error_at"], now)
    return f"last error{ago}: {one['error']}"


def _ago(at: str | None, now: datetime) -> str:
    if at is None:
        return ""
    return f" {short_duration(max(0.0, (now - _moment(at)).total_seconds()))} ago"


def _details(one: Document, now: datetime) -> Iterator[str]:
    """Yield what has no room on its line."""
    yield f"code: {one['target'] or 'none is installed'}"
    yield f"settings: {one['origin'] or 'none'}"
    if one["platforms"]:
        yield f"platforms: {', '.join(map(str, one['platforms']))}"
    if one["requires"]:
        yield f"requires: {', '.join(map(str, one['requires']))}"
    if one["since"]:
        yield f"{one['state']} since {_local(one['since'])},{_ago(one['since'], now)}"
    if one["pid"] is not None:
        yield f"processes: {one['processes']}"
    yield f"asked: {one['asked']}, failed: {one['failed']}; troubles: {one['failures']}"
    if one["error"]:
        yield _last_error(one, now)


def _moment(written: str) -> datetime:
    return datetime.fromisoformat(written)


def _local(written: str) -> str:
    return f"{_moment(written).astimezone():%Y-%m-%d %H:%M:%S}"


def _list_installed(
    config: str | None, silence: NobodyListens, *, as_json: bool
) -> ExitCode:
    """Print what is installed, and what the settings say of it."""
    from conductor_tui.adapters.plugins.registry import InstalledPlugins
    from conductor_tui.engine.plugins.candidates import candidates

    settings = read_settings(config)
    sources = InstalledPlugins().look(settings.plugin_folder)
    found = list(candidates(sources, settings.plugins, {}).values())
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
        for one in found
    ]
    if as_json:
        echo_json(shown)
        return ExitCode.UNKNOWN
    words = {True: "enabled", False: "not enabled"}
    rows = [
        (one.name, words[one.is_wanted], one.trouble or one.spec.source)
        for one in found
    ]
    for line in _table(rows):
        click.echo(line)
    return ExitCode.UNKNOWN


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield the rows in columns, none where all is empty. What was asked by TCP may be
    anybody: what a terminal would obey is shown instead.
    """
    cells = [[visible(cell, _WIDEST) for cell in row] for row in rows]
    columns = [aligned(column) for column in zip(*cells, strict=True) if any(column)]
    for row in zip(*columns, strict=True):
        yield "  ".join(row).rstrip()
