"""Trying a plug-in, step by step, in words: what `conductor-tui plugin check` does."""

import asyncio
import sys
import time
from collections.abc import Awaitable, Sequence
from pathlib import Path
from shlex import quote
from typing import TypeVar

import click

from conductor_tui.adapters.plugins.registry import InstalledPlugins, source_of_file
from conductor_tui.adapters.system_clock import SystemClock
from conductor_tui.cli.asking import did_you_mean
from conductor_tui.cli.exits import ExitCode
from conductor_tui.cli.options import read_settings
from conductor_tui.domain.check import Outcome
from conductor_tui.domain.errors import PluginFailed
from conductor_tui.domain.ids import PluginName
from conductor_tui.domain.plugin import PluginSettings, PluginSource
from conductor_tui.domain.text import visible
from conductor_tui.ports import Worker

T = TypeVar("T")
CHECK_S = 10.0


def try_plugin(name: str, config: str | None) -> ExitCode:
    """Raises UsageError where there is none of that name, and SettingsError."""
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
        raise _not_installed(wanted.use, [*found, *configured])
    return wanted, found[wanted.use]


def _not_installed(name: str, known: Sequence[str]) -> click.UsageError:
    words = f"no plug-in {visible(name)!r} is installed"
    if Path(name).is_dir():
        where = quote(visible(f"./{name}", 200))
        return click.UsageError(f"{words}; for the folder: pip install {where}")
    there = f"; there are: {', '.join(dict.fromkeys(known))}" if known else ": none is"
    return click.UsageError(f"{words}{did_you_mean(name, known) or there}")


async def _tried(settings: PluginSettings, source: PluginSource) -> ExitCode:
    from conductor_tui.adapters.plugins.host import WorkerHost

    host = WorkerHost(SystemClock())
    worker = host.open(settings, source)
    _say(f"{settings.name}: {source.reference} ({source.words})")
    try:
        code = await _begun(worker, settings)
        if code is None:
            code = await _asked(worker)
            await _timed("shut down", worker.stop())
    finally:
        await worker.stop()
        for line in worker.take_log():
            click.echo(f"  {line.stream or 'conductor'}: {line.text}", err=True)
        errors = worker.take_errors()
        for words in errors:
            click.echo(f"  {words}", err=True)
        await host.close()
    return max(code, ExitCode.DEGRADED) if errors else code


async def _begun(worker: Worker, settings: PluginSettings) -> ExitCode | None:
    """Return how it ends where it cannot begin, None where it has."""
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
    return None


async def _asked(worker: Worker) -> ExitCode:
    try:
        async with asyncio.timeout(CHECK_S):
            finding = await _timed("asked for its health", worker.check())
    except TimeoutError:
        click.echo(f"  no health within {CHECK_S:g} s", err=True)
        return ExitCode.DEGRADED
    is_healthy = finding.outcome is Outcome.PASSED
    verdict = "healthy" if is_healthy else "not healthy"
    warns = ", but it warns" if finding.warns else ""
    _say(f"  {verdict}{warns}{f': {finding.detail}' if finding.detail else ''}")
    return ExitCode.OK if is_healthy else ExitCode.DEGRADED


async def _timed(what: str, work: Awaitable[T]) -> T:
    began = time.perf_counter()
    done = await work
    _say(f"  {what} ({(time.perf_counter() - began) * 1000:.0f} ms)")
    return done


def _say(words: str) -> None:
    click.echo(words)
    sys.stdout.flush()
