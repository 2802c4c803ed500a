"""The platforms that plug-ins watch: each that is enabled has one.

A platform of the settings names its plug-in as the target of its probe. A plug-in that
none names gets one of its own name, checked as the defaults say.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from conductor_tui.domain.ids import CommandId, PlatformName, PluginName
from conductor_tui.domain.pause import Pause, PauseKind
from conductor_tui.domain.plugin import PluginState
from conductor_tui.domain.settings import PlatformSettings, Settings
from conductor_tui.engine.pausing import Pauses
from conductor_tui.engine.plugins.plugins import Plugins
from conductor_tui.engine.watching import Watching
from conductor_tui.ports import Clock

PROBE = "plugin"
OpenPlatform = Callable[[PluginName], PlatformSettings]


class PluginPlatforms:
    """`open_platform` makes the platform of a plug-in that has none; None: there are
    no plug-ins.
    """

    def __init__(
        self,
        plugins: Plugins,
        watching: Watching,
        pauses: Pauses,
        clock: Clock,
        open_platform: OpenPlatform | None,
    ) -> None:
        self._plugins, self._watching, self._pauses = plugins, watching, pauses
        self._clock, self._open_platform = clock, open_platform
        self._own: dict[PluginName, PlatformSettings] = {}

    @property
    def own(self) -> frozenset[PlatformName]:
        """Return the platforms that came by themselves."""
        return frozenset(one.spec.platform for one in self._own.values())

    def wanted(self, settings: Settings) -> Sequence[PlatformSettings]:
        """Return the platforms that come by themselves under these settings. That of a
        plug-in which a person stopped stays, with its history.
        """
        if self._open_platform is None:
            return ()
        named = {
            PluginName(one.spec.target)
            for one in settings.platforms
            if one.spec.probe == PROBE
        }
        taken = {one.spec.platform for one in settings.platforms}
        taken |= set(self._watching.platforms) - self.own
        stopped = filter(self._plugins.was_stopped, self._own)
        names = dict.fromkeys((*self._plugins.enabled, *stopped))
        self._own = {
            name: _called(self._open_platform(name), taken, settings)
            for name in names
            if name not in named
        }
        return tuple(self._own.values())

    def obey(
        self, plugin: PluginName, state: PluginState, command: CommandId | None
    ) -> None:
        """Let the platforms of a plug-in go on, or rest, as it does."""
        for name in list(self._of(plugin)):
            if state in (PluginState.DISABLED, PluginState.DISCOVERED):
                self._rest(name, plugin, state, command)
            elif self._wake(name, plugin, command) or state is PluginState.ACTIVE:
                self._look(name)

    def obey_all(self, states: Callable[[PluginName], PluginState | None]) -> None:
        """Let those rest whose plug-in rests: platforms may have come since it does."""
        for name, platform in list(self._watching.platforms.items()):
            if platform.spec.probe != PROBE:
                continue
            plugin = PluginName(platform.spec.target)
            state = states(plugin)
            if state in (PluginState.DISABLED, PluginState.DISCOVERED):
                self._rest(name, plugin, state, None)

    def _of(self, plugin: PluginName) -> Iterator[PlatformName]:
        for name, platform in self._watching.platforms.items():
            if platform.spec.probe == PROBE and platform.spec.target == plugin:
                yield name

    def _rest(
        self,
        name: PlatformName,
        plugin: PluginName,
        state: PluginState,
        command: CommandId | None,
    ) -> None:
        if self._pauses.by_hand(name) is not None:
            return
        pause = Pause(
            kind=PauseKind.PAUSED,
            by=_by(plugin),
            why=f"it is {state}",
            at=self._clock.now(),
        )
        self._pauses.ask(name, pause, None)
        self._watching.obey(name, command=command)

    def _wake(
        self, name: PlatformName, plugin: PluginName, command: CommandId | None
    ) -> bool:
        """End the pause that we began, and no other. True: it did."""
        pause = self._pauses.by_hand(name)
        if pause is None or pause.by != _by(plugin):
            return False
        self._pauses.resume(self._watching.platforms[name].spec)
        why = "its plug-in is enabled"
        self._watching.obey(name, by=_by(plugin), why=why, command=command)
        return True

    def _look(self, name: PlatformName) -> None:
        """See at once how it is now; an open breaker may try."""
        self._watching.try_if_open(name, "its plug-in is ACTIVE")
        if name not in self._watching.paused:
            self._watching.scheduler.check_now(name)


def _by(plugin: PluginName) -> str:
    return f"plug-in {plugin}"


def _called(
    platform: PlatformSettings, taken: set[PlatformName], settings: Settings
) -> PlatformSettings:
    """Return it as the defaults have it, under a name that nobody has."""
    platform = settings.defaults.applied_to(platform)
    name = platform.spec.platform
    if name in taken:
        name = PlatformName(f"plugin-{name}")
    return replace(platform, spec=replace(platform.spec, platform=name))
