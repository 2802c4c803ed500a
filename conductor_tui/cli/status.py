"""`conductor-tui status`: what the conductor here knows, or one round without one."""

import sys
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NoReturn, cast

import click

from conductor_tui.adapters.api.client import Client
from conductor_tui.cli.asking import Document, client, matching, via_options
from conductor_tui.cli.completing import platform_names
from conductor_tui.cli.exits import ExitCode
from conductor_tui.cli.options import config_option, read_settings
from conductor_tui.cli.output import aligned, echo_json, echo_json_line
from conductor_tui.domain.errors import AskRefused, NobodyListens, SessionLost
from conductor_tui.domain.health import Health
from conductor_tui.domain.text import visible

USUAL_S, _LEAST_S = 2.0, 0.1
_DENIED = (401, 403)


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME...]", shell_complete=platform_names)
@config_option
@click.option("--once", is_flag=True, help="Check everything once, here and now.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--confirm",
    is_flag=True,
    help="Check what fails again at once, until it is certain: well or FAILED.",
)
@click.option("--watch", is_flag=True, help="Print it again and again, until Ctrl-C.")
@click.option("--every", default="", metavar="TIME", help="With --watch: 2s, or so.")
@via_options
def status(
    names: Sequence[str],
    config: str | None,
    once: bool,
    as_json: bool,
    confirm: bool,
    watch: bool,
    every: str,
    via: str,
    token_file: Path | None,
) -> int:
    """Print what the conductor that runs here knows: of all, or of some platforms.

    With --once nobody is asked: everything is checked once from here.

    \b
    Exit status: 0 all healthy, 1 something degraded, 2 something failed,
    3 something could not be asked, or no conductor answers, 64 no such platform,
    77 the token is not the right one, 78 conductor.toml cannot be used (--once),
    130 ended by Ctrl-C.

    What is paused does not count. With --once one bad result is DEGRADED, three in a
    row are FAILED: use --confirm where a script must know for certain.

    \b
    Examples:
      conductor-tui status
      conductor-tui status --json | jq '.platforms[] | {name, health}'
      conductor-tui status --watch
      conductor-tui status --once --confirm || echo "call somebody"
    """
    if once:
        if watch or every or via or token_file:
            raise click.UsageError("--once asks no conductor: leave the others out")
        return _show(_checked(config, confirm), names, as_json)
    if confirm or config is not None:
        raise click.UsageError("--confirm and --config belong to --once")
    if every and not watch:
        raise click.UsageError("--every belongs to --watch")
    to, every_s = client(via, token_file), _pause(every)
    if watch:
        _watch(to, names, as_json, every_s)
    return _show(_told(to), names, as_json)


def _pause(every: str) -> float:
    from conductor_tui.cli.at_platforms import seconds

    every_s = seconds(every, "--every") if every else USUAL_S
    if every_s is None or every_s < _LEAST_S:
        raise click.UsageError(f"--every: at least {_LEAST_S:g}s, not {every!r}")
    return every_s


def _watch(to: Client, names: Sequence[str], as_json: bool, every_s: float) -> NoReturn:
    """Print it until Ctrl-C. Whoever answered once is waited for when it restarts."""
    has_answered = False
    while True:
        try:
            document = _told(to)
        except SessionLost as error:
            if not has_answered:
                raise
            click.echo(f"conductor-tui: {error}", err=True)
        else:
            has_answered = True
            _show(document, names, as_json, again=True)
        time.sleep(every_s)


def _told(to: Client) -> Document:
    """Raises SessionLost, which is Nagios' UNKNOWN, for all but a lack of rights."""
    try:
        return to.ask("GET", "/v1/status", key="platforms")
    except NobodyListens as error:
        words = "start one with `conductor-tui serve`, or check from here with --once"
        raise SessionLost(f"{error} Else {words}") from error
    except AskRefused as error:
        if error.status in _DENIED:
            raise
        raise SessionLost(str(error)) from error


def _checked(config: str | None, confirm: bool) -> Document:
    from conductor_tui.adapters.system_clock import SystemClock
    from conductor_tui.adapters.wire.status import status_document
    from conductor_tui.cli.one_round import platforms_of, run_one_round

    settings = read_settings(config)
    snapshot = run_one_round(settings, platforms_of(settings), confirm=confirm)
    return cast(Document, status_document(snapshot, SystemClock().now()))


def _show(
    document: Document, names: Sequence[str], as_json: bool, again: bool = False
) -> ExitCode:
    """Print it, and return its code. `again`: more will follow."""
    platforms = _chosen(document["platforms"], names)
    if as_json:
        shown = {**document, "platforms": platforms}
        (echo_json_line if again else echo_json)(shown)
    else:
        if again and sys.stdout.isatty():
            click.clear()
            click.echo(f"{document['host']}  {datetime.now().astimezone():%H:%M:%S}\n")
        for line in status_lines(platforms):
            click.echo(line)
        if again and not sys.stdout.isatty():
            click.echo()
    return exit_code(platforms)


def _chosen(platforms: list[Document], names: Sequence[str]) -> list[Document]:
    known = {str(one["name"]): one for one in platforms}
    return [known[name] for name in matching(names, known)] if names else platforms


def exit_code(platforms: Sequence[Document]) -> ExitCode:
    """Return the Nagios code of the worst platform that is not paused. One that could
    not be asked is worse than a healthy one: 0 is a promise about all the others.
    """
    asked = [Health(one["health"]) for one in platforms if not one["paused"]]
    match max(asked, key=lambda health: health.severity, default=Health.UNKNOWN):
        case Health.FAILED:
            return ExitCode.FAILED
        case Health.DEGRADED | Health.CRITICAL:
            return ExitCode.DEGRADED
        case Health.HEALTHY if Health.UNKNOWN not in asked:
            return ExitCode.OK
        case _:
            return ExitCode.UNKNOWN


def status_lines(platforms: Sequence[Document]) -> list[str]:
    """Return a table: health (or that it is paused), name, breaker, latency, probe,
    target and detail.
    """
    if not platforms:
        return ["nothing is watched: nothing listens here, and no conductor.toml"]
    names = aligned([visible(str(one["name"])) for one in platforms])
    states = [
        one["paused"]["kind"] if one["paused"] else one["health"] for one in platforms
    ]
    width = max(9, *map(len, states))
    return [
        f"{state:<{width}} {name}  {_line(one)}".rstrip()
        for one, name, state in zip(platforms, names, states, strict=True)
    ]


def _line(one: Document) -> str:
    detail = _detail(one)
    if one["blocked_by"] is not None:
        detail = ": ".join(filter(None, [f"blocked by {one['blocked_by']}", detail]))
    return (
        f"{one['breaker']:<9} {_latency(one['latency_ms'])}  "
        f"{one['probe']:<9} {one['target']}  {visible(detail, 400)}"
    )


def _detail(one: Document) -> str:
    if one["paused"]:
        return f"by {one['paused']['by']}: {one['paused']['why']}"
    if one["hold"]:
        return f"held by {one['hold']['by']}: {one['hold']['why']}"
    # the last word, where there is one: that a breaker then refused explains nothing
    return str(one["detail"] or one["refusal"] or "")


def _latency(milliseconds: float | None) -> str:
    return f"{milliseconds:8.1f} ms" if milliseconds is not None else " " * 11
