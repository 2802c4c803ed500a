"""`conductor-tui status`: one round, no screen."""

import click

from conductor_tui.cli.exits import ExitCode
from conductor_tui.cli.options import config_option, read_settings
from conductor_tui.cli.output import aligned, echo_json
from conductor_tui.domain.errors import SessionLost
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.snapshot import PlatformView, Snapshot


@click.command()
@config_option
@click.option("--once", is_flag=True, help="Check everything once, here and now.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--confirm",
    is_flag=True,
    help="Check what fails again at once, until it is certain: well or FAILED.",
)
def status(config: str | None, once: bool, as_json: bool, confirm: bool) -> int:
    """Check everything once and print what was found.

    \b
    Exit status: 0 all healthy, 1 something degraded, 2 something failed,
    3 something could not be asked; what is paused does not count. One bad result is
    DEGRADED, three in a row are FAILED: use --confirm where a script must know for
    certain.

    \b
    Examples:
      conductor-tui status --once
      conductor-tui status --once --json | jq '.platforms[] | {name, health}'
      conductor-tui status --once --confirm || echo "call somebody"
    """
    if not once:
        raise SessionLost(
            "there is no daemon to ask in this version: "
            "add --once to check everything once from here"
        )
    from conductor_tui.adapters.system_clock import SystemClock
    from conductor_tui.adapters.wire.status import status_document
    from conductor_tui.cli.one_round import platforms_of, run_one_round

    settings = read_settings(config)
    snapshot = run_one_round(settings, platforms_of(settings), confirm=confirm)
    if as_json:
        document = status_document(snapshot, SystemClock().now())
        echo_json(document)
    else:
        for line in status_lines(snapshot):
            click.echo(line)
    return exit_code(snapshot)


def exit_code(snapshot: Snapshot) -> ExitCode:
    """Return the Nagios code of the worst platform that is not paused. One that could
    not be asked is worse than a healthy one: 0 is a promise about all the others.
    """
    asked = [view.health for view in snapshot.platforms.in_order() if not view.pause]
    match max(asked, key=lambda health: health.severity, default=Health.UNKNOWN):
        case Health.FAILED:
            return ExitCode.FAILED
        case Health.DEGRADED | Health.CRITICAL:
            return ExitCode.DEGRADED
        case Health.HEALTHY if Health.UNKNOWN not in asked:
            return ExitCode.OK
        case _:
            return ExitCode.UNKNOWN


def status_lines(snapshot: Snapshot) -> list[str]:
    """Return a table: health (or that it is paused), name, breaker, latency, probe,
    target and detail.
    """
    if not snapshot.platforms:
        return ["nothing is watched: nothing listens here, and no conductor.toml"]
    views = list(snapshot.platforms.in_order())
    names = aligned([view.name for view in views])
    states = [view.pause.kind if view.pause else view.health for view in views]
    width = max(9, *map(len, states))
    return [
        f"{state:<{width}} {name}  {_line(view, snapshot.blocked_by(view))}".rstrip()
        for view, name, state in zip(views, names, states, strict=True)
    ]


def _line(view: PlatformView, blocked_by: PlatformName | None) -> str:
    detail = _detail(view)
    if blocked_by is not None:
        detail = ": ".join(filter(None, [f"blocked by {blocked_by}", detail]))
    return (
        f"{view.breaker.state:<9} "
        f"{_latency(view.word.latency_s if view.word else None)}  "
        f"{view.spec.probe:<9} {view.spec.target}  {detail}"
    )


def _detail(view: PlatformView) -> str:
    if view.pause:
        return f"by {view.pause.by}: {view.pause.why}"
    # the last word, where there is one: that a breaker then refused explains nothing
    told = view.word or view.last
    return told.detail if told else ""


def _latency(seconds: float | None) -> str:
    return f"{seconds * 1000:8.1f} ms" if seconds is not None else " " * 11
