"""The settings in force, and the one step in which others take their place.

The same name is the same platform: its breaker, hold, epoch, pauses, history and
health stay, whatever else changes; its kept connection stays where its probe is asked
the same. Nothing is touched before everything that could fail has been done.
"""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from conductor_tui.domain.agent import AgentSpec
from conductor_tui.domain.alert_settings import AlertSettings, ChannelSettings
from conductor_tui.domain.events import SettingsLoaded
from conductor_tui.domain.ids import CommandId, PlatformName
from conductor_tui.domain.settings import AgentSettings, PlatformSettings, Settings
from conductor_tui.engine.alerting.alerting import Alerting
from conductor_tui.engine.discovering import Discovering
from conductor_tui.engine.dispatch.requests import Requests
from conductor_tui.engine.heart import Heart
from conductor_tui.engine.heart_ways import Ways
from conductor_tui.engine.hub import Hub
from conductor_tui.engine.pausing import Pauses
from conductor_tui.engine.plugins.platforms import PluginPlatforms
from conductor_tui.engine.plugins.plugins import Plugins
from conductor_tui.engine.watching import Watching, let_go
from conductor_tui.ports import Probe

_Platforms = Mapping[PlatformName, PlatformSettings]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What other settings mean for what is watched; `others` names other tables.

    `moved` are platforms that only stand in another place in the file.
    """

    added: tuple[PlatformSettings, ...] = ()
    removed: tuple[PlatformName, ...] = ()
    changed: tuple[PlatformSettings, ...] = ()
    moved: tuple[PlatformSettings, ...] = ()
    moved_agents: tuple[AgentSpec, ...] = ()
    others: tuple[str, ...] = ()

    def told(self, source: str) -> SettingsLoaded:
        return SettingsLoaded(
            source=source,
            added=tuple(platform.spec.platform for platform in self.added),
            removed=self.removed,
            changed=tuple(platform.spec.platform for platform in self.changed),
            others=self.others,
            origins=tuple((one.spec.platform, one.spec.origin) for one in self.moved),
            agent_origins=tuple((one.agent, one.origin) for one in self.moved_agents),
        )

    @property
    def is_none(self) -> bool:
        parts = (self.added, self.removed, self.changed, self.others)
        return not any((*parts, self.moved, self.moved_agents))


def difference(
    watched: _Platforms,
    before: Settings,
    after: Settings,
    own: Collection[PlatformName] = (),
) -> Difference:
    """Compare what is watched with what `after` wants. `own` are those that came with
    a plug-in.

    Where it discovers, what is watched stays until the first look says more.
    """
    wanted = {one.spec.platform: one for one in after.platforms}
    if after.discover:
        found = {name: one for name, one in watched.items() if name not in own}
        if before.discover and before.defaults != after.defaults:
            found = {n: after.defaults.applied_to(one) for n, one in found.items()}
        wanted = found | wanted
    both = [(watched[name], one) for name, one in wanted.items() if name in watched]
    same = [(was, now) for was, now in both if _is_same(was, now)]
    return Difference(
        added=tuple(one for name, one in wanted.items() if name not in watched),
        removed=tuple(name for name in watched if name not in wanted),
        changed=tuple(now for was, now in both if not _is_same(was, now)),
        moved=tuple(now for was, now in same if was.spec.origin != now.spec.origin),
        moved_agents=tuple(_moved_agents(before, after)),
        others=tuple(_others(before, after)),
    )


def _is_same(one: PlatformSettings, other: PlatformSettings) -> bool:
    """True when only the place in the file differs, if anything."""
    if one.spec.origin == other.spec.origin:
        return one == other
    there = replace(other, spec=replace(other.spec, origin=one.spec.origin))
    return one == there


def _moved_agents(before: Settings, after: Settings) -> Iterator[AgentSpec]:
    known = {one.spec.agent: one.spec for one in before.agents}
    for one in after.agents:
        was = known.get(one.spec.agent, one.spec)
        if was != one.spec and replace(was, origin=one.spec.origin) == one.spec:
            yield one.spec


def _placeless(agents: Sequence[AgentSettings]) -> list[AgentSettings]:
    """Return the agents without where they stand in the file."""
    return [replace(one, spec=replace(one.spec, origin="")) for one in agents]


def _silent(alerts: AlertSettings) -> AlertSettings:
    """Return the rules without who is told."""
    return replace(alerts, channels=())


def _channels(alerts: AlertSettings) -> list[ChannelSettings]:
    """Return the channels without where they stand in the file."""
    return [replace(one, origin="") for one in alerts.channels]


def _others(before: Settings, after: Settings) -> list[str]:
    pairs = {
        "[engine]": (before.engine, after.engine),
        "[load]": (before.load, after.load),
        "[[maintenance]]": (before.maintenance, after.maintenance),
        "discovery": (before.discover, after.discover),
        "[[agent]]": (_placeless(before.agents), _placeless(after.agents)),
        "[agents]": (before.create, after.create),
        "[listen]": (before.listen, after.listen),
        "[alerts]": (_silent(before.alerts), _silent(after.alerts)),
        "[[channel]]": (_channels(before.alerts), _channels(after.alerts)),
        "[plugins]": (before.plugin_folder, after.plugin_folder),
        "[plugin.NAME]": (before.plugins, after.plugins),
        "requests": (before.requests, after.requests),
        "[journal] (at the next start)": (before.journal, after.journal),
    }
    if before.discover and after.discover:  # else each platform has them already
        pairs["[defaults]"] = (before.defaults, after.defaults)
    return [name for name, (was, now) in pairs.items() if was != now]


class InForce:
    """Owns the settings in force. `settings` is what a reader goes by."""

    def __init__(
        self,
        settings: Settings,
        watching: Watching,
        pauses: Pauses,
        discovering: Discovering,
        hub: Hub,
        *,
        heart: Heart,
        ways: Ways,
        alerting: Alerting,
        plugins: Plugins,
        plugin_platforms: PluginPlatforms,
        requests: Requests,
    ) -> None:
        self.settings = settings
        self.is_patient = False  # wait for plug-ins before anything is checked
        self._plugins, self._plugin_platforms = plugins, plugin_platforms
        self._requests = requests
        self._changing = asyncio.Lock()
        self._watching, self._pauses = watching, pauses
        self._discovering, self._hub = discovering, hub
        self._heart, self._ways, self._alerting = heart, ways, alerting

    async def begin(self) -> None:
        """Watch what the first settings say. Listeners open once all checks have
        begun: the first picture waits for none of them.
        """
        async with self._changing:
            settings = self.settings
            self._pauses.keep_to(settings.maintenance)
            self._pauses.look()
            self._alerting.keep_to(settings)
            self._hub.publish(SettingsLoaded(source=settings.source))
            self._plugins.keep_to(settings.plugins, settings.plugin_folder)
            self._requests.keep_to(settings.requests)
            await self._heart.keep_to(settings)
            if self.is_patient:
                await self._plugins.settled()
            await self._watching.add_all(self._wanted(settings).platforms)
            if settings.discover:
                own = self._plugin_platforms.own
                self._discovering.begin(settings.defaults, own)
            self._ways.keep_to(settings)
        self._rest()

    async def follow_plugins(self) -> None:
        """Watch what plug-ins are there for now, and no more what they were."""
        async with self._changing:
            own, settings = self._plugin_platforms.own, self.settings
            watched = self._watching.platforms
            change = difference(watched, settings, self._wanted(settings), own)
            if not change.is_none:
                probes = self._opened(change)
                for name in change.removed:
                    self._watching.remove(name, "its plug-in is gone")
                for platform in change.changed:
                    name = platform.spec.platform
                    self._watching.change(platform, probes.get(name), None)
                await self._add(change, probes)
        self._rest()

    async def put(
        self, settings: Settings, command: CommandId | None = None
    ) -> SettingsLoaded:
        """Put `settings` in force and return what that changed, told already when it
        is anything, or when the file could not be used before.

        Whatever a probe raises when it is opened comes through, and nothing changed.
        """
        async with self._changing:
            loaded = await self._put(settings, command)
        self._rest()
        return loaded

    async def _put(
        self, settings: Settings, command: CommandId | None
    ) -> SettingsLoaded:
        own, wanted = self._plugin_platforms.own, self._wanted(settings)
        change = difference(self._watching.platforms, self.settings, wanted, own)
        probes = self._opened(change)
        before, self.settings = self.settings, settings
        self._alerting.keep_to(settings)
        self._plugins.keep_to(settings.plugins, settings.plugin_folder)
        self._requests.keep_to(settings.requests)
        self._let_go(change, before)
        self._change(change, probes, command)
        loaded = change.told(settings.source)
        if not change.is_none or self._hub.snapshot.settings.problems:
            self._hub.publish(loaded)
        await self._heart.keep_to(settings)
        self._ways.keep_to(settings)
        await self._add(change, probes)
        return loaded

    def _wanted(self, settings: Settings) -> Settings:
        """Return them with the platforms that come with plug-ins."""
        own = self._plugin_platforms.wanted(settings)
        return replace(settings, platforms=(*settings.platforms, *own))

    def _rest(self) -> None:
        states = self._hub.snapshot.plugins
        self._plugin_platforms.obey_all(
            lambda name: view.state if (view := states.get(name)) else None
        )

    async def _add(
        self, change: Difference, probes: Mapping[PlatformName, Probe]
    ) -> None:
        try:
            await self._watching.add_all(change.added, probes)
        finally:  # stopped half-way: what nobody owns yet is let go of here
            for name in probes.keys() - self._watching.by_name.keys():
                let_go(probes[name])

    def _opened(self, change: Difference) -> dict[PlatformName, Probe]:
        """Open every probe that is new or asked otherwise; all of them or none."""
        probes: dict[PlatformName, Probe] = {}
        try:
            for platform in (*change.added, *change.changed):
                name = platform.spec.platform
                if not _is_asked_the_same(self._watching.platforms.get(name), platform):
                    probes[name] = self._watching.open_probe(platform)
        except BaseException:
            for probe in probes.values():
                let_go(probe)
            raise
        return probes

    def _let_go(self, change: Difference, before: Settings) -> None:
        settings = self.settings
        if before.discover and not settings.discover:
            self._discovering.end()
        for name in change.removed:
            self._watching.remove(name, f"it is not in {settings.source} any more")
        if settings.discover and not before.discover:
            own = self._plugin_platforms.own
            self._discovering.begin(settings.defaults, own)
        elif settings.discover:
            self._discovering.keep_to(settings.defaults)

    def _change(
        self,
        change: Difference,
        probes: Mapping[PlatformName, Probe],
        command: CommandId | None,
    ) -> None:
        settings, watching = self.settings, self._watching
        for platform in change.changed:
            watching.change(platform, probes.get(platform.spec.platform), command)
        for platform in change.moved:
            watching.note(platform)
        if settings.discover:
            order = list(watching.platforms)
        else:
            order = [platform.spec.platform for platform in settings.platforms]
        watching.configure(settings.engine, order)
        self._pauses.keep_to(settings.maintenance)
        self._pauses.look()
        for name in watching.platforms:
            watching.obey(name)


def _is_asked_the_same(
    before: PlatformSettings | None, after: PlatformSettings
) -> bool:
    return (
        before is not None
        and before.options == after.options
        and before.spec.probe == after.spec.probe
    )
