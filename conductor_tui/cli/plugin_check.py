"""`conductor-tui plugin check`: does it work? Without a conductor."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import TypeVar

import click

from conductor_tui.adapters.plugins.registry import InstalledPlugins, source_of_file
from conductor_tui.adapters.system_clock import SystemClock
from conductor_tui.cli.asking import did_you_mean
from conductor_tui.cli.exits import ExitCode
from conductor_tui.cli.options import config_option, read_settings
from conductor_tui.domain.check import Outcome
from conductor_tui.domain.errors import PluginFailed
from conductor_tui.domain.ids import PluginName
from conductor_tui.domain.plugin import PluginSettings, PluginSource
from conductor_tui.domain.text import visible
from conductor_tui.ports import Worker

T = TypeVar("T")
CHECK_S = 10.0


@click.command()
@click.argument("name", metavar="NAME|FILE.py")
@config_option
def check(name: str, config: str | None) -> ExitCode:
    """Import a plug-in in a process of its own, check its settings, let it begin, ask
    for its health once, and shut it down.

    Settings and limits are those of [plugin.NAME] in conductor.toml, where it is there.

    \b
    Exit status: 0 healthy, 1 it begins but is not healthy, 2 it cannot begin,
    64 no such plug-in, 78 its settings cannot be used.

    \b
    Examples:
      conductor-tui plugin check matrix
      conductor-tui plugin check ./matrix.py
    """
    settings, source = _meant(name, config)
    if source.trouble:
        click.echo(f"{settings.name}: {source.trouble}", err=True)
        return ExitCode.FAILED
    return asyncio.run(_tried(settings, source))


def _meant(name: str, config: str | None) -> tuple[PluginSettings, PluginSource]:
    """Return the plug-in that is meant. Raises UsageError, SettingsError."""
    settings = read_settings(config)
    configured = {one.name: one for one in settings.plugins}
    if name.endswith(".py"):
        path = Path(name)
        if not path.is_file():
            raise click.UsageError(f"{visible(name, 200)}: no such file")
        source = source_of_file(path)
        own = configured.get(PluginName(source.name))
        return own or PluginSettings(name=PluginName(path.stem), use=path.stem), source
    plain = PluginSettings(name=PluginName(name), use=name)
    wanted = configured.get(PluginName(name), plain)
    sources = InstalledPlugins().look(settings.plugin_folder)
    found = {one.name: one for one in sources}
    if wanted.use not in found:
        hint = did_you_mean(wanted.use, [*found, *configured])
        words = f"no plug-in {visible(wanted.use)!r} is installed"
        raise click.UsageError(f"{words}{hint or _there_are(list(found))}")
    return wanted, found[wanted.use]


def _there_are(names: Sequence[str]) -> str:
    return f"; there are: {', '.join(names)}" if names else ": none is"


async def _tried(settings: PluginSettings, source: PluginSource) -> ExitCode:
    from conductor_tui.adapters.plugins.host import WorkerHost

    host = WorkerHost(SystemClock())
    worker = host.open(settings, source)
    try:
        return await _steps(worker, settings, source)
    finally:
        await worker.stop()
        for line in worker.take_log():
            click.echo(f"  {line.stream or 'conductor'}: {line.text}", err=True)
        for words in worker.take_errors():
            click.echo(f"  {words}", err=True)
        await host.close()


async def _steps(
    worker: Worker, settings: PluginSettings, source: PluginSource
) -> ExitCode:
    _say(f"{settings.name}: {source.reference} ({source.words})")
    try:
        requires = await _timed("imported, its settings are good", worker.load())
        missing = ", ".join(dict.fromkeys((*settings.requires, *requires)))
        if missing:
            _say(f"  it requires {missing}: not looked at here")
        await _timed("initialized", worker.initialize())
    except PluginFailed as error:
        click.echo(f"  {error}", err=True)
        is_settings = str(error).startswith("its settings")
        return ExitCode.SETTINGS if is_settings else ExitCode.FAILED
    try:
        async with asyncio.timeout(CHECK_S):
            finding = await _timed("asked for its health", worker.check())
    except TimeoutError:
        click.echo(f"  no health within {CHECK_S:g} s", err=True)
        return ExitCode.DEGRADED
    _say(f"  {finding.outcome}: {finding.detail or 'no detail'}")
    return ExitCode.OK if finding.outcome is Outcome.PASSED else ExitCode.DEGRADED


async def _timed(what: str, work: Awaitable[T]) -> T:
    began = time.perf_counter()
    done = await work
    _say(f"  {what} ({(time.perf_counter() - began) * 1000:.0f} ms)")
    return done


def _say(words: str) -> None:
    click.echo(words)
    sys.stdout.flush()
