"""`conductor-tui check`: ask named platforms once."""

from collections.abc import Sequence
from dataclasses import replace

import click

from conductor_tui.cli.exits import ExitCode
from conductor_tui.cli.options import config_option, read_settings
from conductor_tui.cli.output import aligned, echo_json
from conductor_tui.domain.check import CheckResult, Outcome
from conductor_tui.domain.settings import PlatformSettings


@click.command()
@click.argument("names", nargs=-1, metavar="NAME...")
@click.option("--all", "everything", is_flag=True, help="Check every platform.")
@config_option
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list of results.")
def check(
    names: tuple[str, ...], everything: bool, config: str | None, as_json: bool
) -> int:
    """Check platforms once, by name, and print each result.

    One that is named is checked even while it is paused; --all leaves those out.

    \b
    Exit status: 0 all passed, 2 a check failed, 3 something could not be asked.

    \b
    Examples:
      conductor-tui check redis
      conductor-tui check --all --json
    """
    if everything == bool(names):
        raise click.UsageError("name the platforms to check, or say --all")
    from conductor_tui.cli.one_round import platforms_of, run_one_round

    settings = read_settings(config)
    chosen = _chosen(platforms_of(settings), names)
    if names:
        chosen = [_unpaused(platform) for platform in chosen]
        settings = replace(settings, maintenance=())
    views = run_one_round(settings, chosen).platforms.in_order()
    results = [view.last for view in views if view.last]
    _print(results, as_json=as_json)
    outcomes = {result.outcome for result in results}
    if any(outcome.is_bad for outcome in outcomes):
        return ExitCode.FAILED
    return ExitCode.OK if outcomes == {Outcome.PASSED} else ExitCode.UNKNOWN


def _chosen(
    platforms: Sequence[PlatformSettings], names: Sequence[str]
) -> list[PlatformSettings]:
    """Return the platforms called `names`; all of them when no name is given."""
    by_name = {str(platform.spec.platform): platform for platform in platforms}
    unknown = [name for name in names if name not in by_name]
    if unknown:
        known = ", ".join(by_name) or "none"
        raise click.UsageError(f"no platform {unknown[0]!r}; there are: {known}")
    return [by_name[name] for name in dict.fromkeys(names)] or list(platforms)


def _unpaused(platform: PlatformSettings) -> PlatformSettings:
    return replace(platform, spec=replace(platform.spec, paused=False))


def _print(results: Sequence[CheckResult], *, as_json: bool) -> None:
    if as_json:
        from conductor_tui.adapters.wire.status import result_document

        echo_json([result_document(result) for result in results])
        return
    if not results:
        click.echo("nothing is watched: nothing listens here, and no conductor.toml")
    names = aligned([result.platform for result in results])
    for name, result in zip(names, results, strict=True):
        click.echo(
            f"{name}  {result.outcome:<9} "
            f"{result.latency_s * 1000:8.1f} ms  {_detail(result)}".rstrip()
        )


def _detail(result: CheckResult) -> str:
    """Return its words, and that a pass needs a look."""
    return f"warns: {result.detail}" if result.warns else result.detail
