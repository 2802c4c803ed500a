"""One round without a screen: every platform is checked once, then it is over."""

import asyncio
import socket
from collections.abc import Collection, Iterator
from dataclasses import replace
from uuid import uuid4

from conductor_tui.adapters.probes.kinds import plugin_platform
from conductor_tui.cli.local_engine import (
    allow_open_files,
    loop_factory,
    real_world,
)
from conductor_tui.domain.check import Finding, Outcome
from conductor_tui.domain.commands import CheckNow
from conductor_tui.domain.errors import root_of
from conductor_tui.domain.events import CheckFinished, Envelope, Event
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import CommandId, NodeName, PlatformName, PluginName
from conductor_tui.domain.plugin import PluginSettings
from conductor_tui.domain.settings import PlatformSettings, Settings
from conductor_tui.domain.snapshot import PlatformView, Snapshot
from conductor_tui.domain.text import visible
from conductor_tui.engine.conductor import Conductor
from conductor_tui.engine.hub import Hub
from conductor_tui.engine.plugins.platforms import PROBE


def platforms_of(settings: Settings) -> tuple[PlatformSettings, ...]:
    """Return the platforms of the settings; those found now, where they discover; and
    those that plug-ins bring.
    """
    known = settings.platforms
    if settings.discover:
        found = real_world().discovery.look().platforms
        known = tuple(settings.defaults.applied_to(platform) for platform in found)
    return (*known, *_brought(settings, {one.spec.platform for one in known}))


def _brought(
    settings: Settings, taken: Collection[PlatformName]
) -> Iterator[PlatformSettings]:
    """Yield the platforms of the plug-ins that no platform of the settings names."""
    named = {one.spec.target for one in settings.platforms if _is_of_plugin(one)}
    for plugin in settings.plugins:
        if plugin.enabled and plugin.name not in named:
            own = settings.defaults.applied_to(plugin_platform(plugin.name))
            if own.spec.platform not in taken:
                yield own


def _is_of_plugin(platform: PlatformSettings) -> bool:
    return platform.spec.probe == PROBE


def _needed(
    settings: Settings, platforms: Collection[PlatformSettings]
) -> tuple[PluginSettings, ...]:
    """Return the plug-ins that these platforms ask, and what those require."""
    by_name = {one.name: one for one in settings.plugins}
    names = [PluginName(one.spec.target) for one in platforms if _is_of_plugin(one)]
    for name in names:
        more = by_name[name].requires if name in by_name else ()
        names += [one for one in more if one not in names]
    return tuple(by_name[name] for name in dict.fromkeys(names) if name in by_name)


def run_one_round(
    settings: Settings,
    platforms: Collection[PlatformSettings],
    *,
    confirm: bool = False,
) -> Snapshot:
    """Check `platforms` once each and return the state after it.

    With `confirm` one that fails is checked again at once, until its health is
    certain: HEALTHY (or DEGRADED by a pass that warns), or FAILED after as many
    failures in a row as its breaker bears.
    Where we ourselves could not ask, we would not be able to at once either.

    Raises EngineStopped when the round could not be made.
    """
    settings = replace(
        settings,
        platforms=tuple(platforms),
        plugins=_needed(settings, platforms),
        discover=False,
    )
    try:
        allow_open_files()
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            return runner.run(_round(settings, confirm=confirm))
    except ExceptionGroup as errors:
        raise root_of(errors) from errors


async def _round(settings: Settings, *, confirm: bool) -> Snapshot:
    async def ask_plugin(name: PluginName) -> Finding:
        return await conductor.plugins.check(name)

    world = real_world(check_of=ask_plugin)
    hub = Hub(NodeName(visible(socket.gethostname(), limit=64)), world.clock)
    conductor = Conductor(settings, world, hub)
    conductor.check_only_once()  # a beat in the round would count a failure twice
    async with asyncio.TaskGroup() as group:
        group.create_task(conductor.run(), name="engine")
        async for frame in hub.follow():
            snapshot = hub.snapshot
            if confirm and isinstance(frame, Envelope):
                _ask_again_if_uncertain(conductor, snapshot, frame.event)
            if _is_over(snapshot, len(settings.platforms), confirm=confirm):
                conductor.stop()
                return snapshot
    raise AssertionError("the stream of a running engine does not end")


def _is_over(snapshot: Snapshot, wanted: int, *, confirm: bool) -> bool:
    resources = snapshot.resources
    if resources.sample is None and not resources.trouble:
        return False
    if len(snapshot.platforms) < wanted:
        return False
    if not confirm:
        return snapshot.is_complete
    return all(_is_certain(view) for view in snapshot.platforms.in_order())


def _is_certain(view: PlatformView) -> bool:
    if view.pause:
        return True  # it is not asked at all
    could_not_ask = view.last and view.last.outcome is Outcome.INCONCLUSIVE
    is_well = view.word is not None and not view.run.bad
    return view.health is Health.FAILED or is_well or bool(could_not_ask)


def _ask_again_if_uncertain(
    conductor: Conductor, snapshot: Snapshot, event: Event
) -> None:
    if not isinstance(event, CheckFinished):
        return
    name = event.result.platform
    if not _is_certain(snapshot.platforms[name]):
        again = CheckNow(
            id=CommandId(uuid4().hex), platform=name, by="status --confirm"
        )
        conductor.control.handle(again)
