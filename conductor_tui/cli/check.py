"""`conductor-tui check`: ask named platforms once."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from conductor_tui.cli.asking import client, matching, via_options
from conductor_tui.cli.completing import platform_names
from conductor_tui.cli.exits import ExitCode
from conductor_tui.cli.options import config_option, read_settings
from conductor_tui.cli.output import aligned, echo_json
from conductor_tui.domain.check import CheckResult, Outcome
from conductor_tui.domain.errors import NobodyListens
from conductor_tui.domain.settings import PlatformSettings
from conductor_tui.domain.text import one_line, visible

if TYPE_CHECKING:
    from conductor_tui.cli.check_there import Checked


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME...]", shell_complete=platform_names)
@click.option("--all", "everything", is_flag=True, help="Check every platform.")
@click.option("--once", is_flag=True, help="Check from here, conductor or not.")
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list of results.")
@via_options
def check(
    names: tuple[str, ...],
    everything: bool,
    once: bool,
    config: str | None,
    as_json: bool,
    via: str,
    token_file: Path | None,
) -> int:
    """Check platforms once, by name, and print each result.

    The conductor that runs is asked for it, and waited for. Without one, with --once or
    with --config they are checked from here, as conductor.toml says.

    One that is named is checked from here even while it is paused; a conductor refuses
    that. --all leaves those out.

    \b
    Exit status: 0 all passed, 2 a check failed, 3 something could not be asked,
    64 no such platform, 69 the conductor at --via does not answer, 77 the token is
    not the right one, 78 conductor.toml cannot be used.

    \b
    Examples:
      conductor-tui check redis
      conductor-tui check --all --json
      conductor-tui check redis --once
    """
    if everything == bool(names):
        raise click.UsageError("name the platforms to check, or say --all")
    is_here = once or config is not None
    if is_here and (via or token_file):
        words = "--once and --config check from here: leave --via and --token-file out"
        raise click.UsageError(words)
    there = None if is_here else _there(names, via, token_file)
    if there is None:
        return _code(_print(_here(names, config), as_json=as_json))
    code = _code(_print(there.results, there.refusals, as_json=as_json))
    is_whole = not there.refusals or code == ExitCode.FAILED
    return code if is_whole else ExitCode.UNKNOWN


def _there(names: Sequence[str], via: str, token_file: Path | None) -> "Checked | None":
    """Return what a running conductor finds; None where none runs."""
    to = client(via, token_file)
    try:
        platforms = list(to.ask("GET", "/v1/platforms", key="platforms")["platforms"])
    except NobodyListens:
        if via:
            raise
        return None
    from conductor_tui.cli.check_there import check_there

    return check_there(to, platforms, names)


def _here(names: Sequence[str], config: str | None) -> list[CheckResult]:
    from conductor_tui.cli.one_round import platforms_of, run_one_round

    settings = read_settings(config)
    chosen = _chosen(platforms_of(settings), names)
    if names:
        chosen = [_unpaused(platform) for platform in chosen]
        settings = replace(settings, maintenance=())
    views = run_one_round(settings, chosen).platforms.in_order()
    return [view.last for view in views if view.last]


def _code(results: Sequence[CheckResult]) -> ExitCode:
    outcomes = {result.outcome for result in results}
    if any(outcome.is_bad for outcome in outcomes):
        return ExitCode.FAILED
    return ExitCode.OK if outcomes == {Outcome.PASSED} else ExitCode.UNKNOWN


def _chosen(
    platforms: Sequence[PlatformSettings], names: Sequence[str]
) -> list[PlatformSettings]:
    """Return the platforms called `names`; all of them when no name is given."""
    by_name = {str(platform.spec.platform): platform for platform in platforms}
    return [by_name[name] for name in matching(names, by_name)] or list(platforms)


def _unpaused(platform: PlatformSettings) -> PlatformSettings:
    return replace(platform, spec=replace(platform.spec, paused=False))


def _print(
    results: Sequence[CheckResult],
    refusals: Mapping[str, str] | None = None,
    *,
    as_json: bool,
) -> Sequence[CheckResult]:
    """Print them, and return the results."""
    for name, why in (refusals or {}).items():
        click.echo(f"conductor-tui: {visible(name)}: {one_line(why, 400)}", err=True)
    if as_json:
        from conductor_tui.adapters.wire.status import result_document

        echo_json([result_document(result) for result in results])
        return results
    if not results and not refusals:
        click.echo("nothing is watched: nothing listens here, and no conductor.toml")
    names = aligned([result.platform for result in results])
    for name, result in zip(names, results, strict=True):
        click.echo(
            f"{name}  {result.outcome:<9} "
            f"{result.latency_s * 1000:8.1f} ms  {_detail(result)}".rstrip()
        )
    return results


def _detail(result: CheckResult) -> str:
    """Return its words, and that a pass needs a look."""
    return f"warns: {result.detail}" if result.warns else result.detail
