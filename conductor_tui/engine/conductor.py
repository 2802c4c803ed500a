"""The root of the engine: start, run, drain, stop."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from dataclasses import dataclass

from conductor_tui.domain.alert_events import AttentionCalled
from conductor_tui.domain.alert_settings import ChannelSettings
from conductor_tui.domain.breaker import BreakerState, BreakerView
from conductor_tui.domain.check import RetrySpec
from conductor_tui.domain.errors import (
    ConductorError,
    DeliveryFailed,
    EngineStopped,
    root_of,
)
from conductor_tui.domain.events import BreakersDropped, ConductorStarted, LoopStalled
from conductor_tui.domain.ids import PlatformName
from conductor_tui.domain.own import Stall
from conductor_tui.domain.plugin_calls import Reply
from conductor_tui.domain.settings import Settings
from conductor_tui.domain.text import one_line
from conductor_tui.engine.alerting.alerting import Alerting
from conductor_tui.engine.clients.clients import Clients
from conductor_tui.engine.confirming import Confirming
from conductor_tui.engine.control import Control
from conductor_tui.engine.discovering import Discovering
from conductor_tui.engine.dispatch.dispatching import Dispatching
from conductor_tui.engine.dispatch.requests import Requests
from conductor_tui.engine.heart import Heart
from conductor_tui.engine.heart_trials import Trials
from conductor_tui.engine.heart_ways import Ways
from conductor_tui.engine.hub import Hub
from conductor_tui.engine.in_force import InForce
from conductor_tui.engine.judging import Judge
from conductor_tui.engine.lobby import Lobby
from conductor_tui.engine.own import keep_own
from conductor_tui.engine.pausing import Pauses
from conductor_tui.engine.plugins.platforms import OpenPlatform, PluginPlatforms
from conductor_tui.engine.plugins.plugins import Plugins
from conductor_tui.engine.recording.recording import Recording
from conductor_tui.engine.reloading import Reloading
from conductor_tui.engine.resting import Resting
from conductor_tui.engine.sampling import keep_sampling
from conductor_tui.engine.shedding import Shedding
from conductor_tui.engine.tallying import Tallying
from conductor_tui.engine.watching import Watching
from conductor_tui.ports import (
    AlertJournal,
    Backoff,
    Calendar,
    Canary,
    Channel,
    Clock,
    Discovery,
    KeptBreaker,
    LetterJournal,
    Mender,
    OpenChannel,
    OpenGate,
    OpenMender,
    OpenProbe,
    OpenWays,
    OwnMeter,
    PluginHost,
    PluginRegistry,
    RequestRetry,
    Retry,
    Sampler,
    SettingsSource,
    StateJournal,
    Timetable,
    Watchdog,
)

BACK_WITHIN_S = 30.0  # after a start: what is watched then is all there is


def no_channel(
    settings: ChannelSettings, attend: Callable[[AttentionCalled], object]
) -> Channel:
    raise DeliveryFailed(f"no channel of kind {settings.kind!r} is here", is_final=True)


def no_mender(action: object) -> Mender:
    raise ConductorError("nothing here can do that")


async def _once(
    attempt: Callable[[], Awaitable[Reply]], spec: RetrySpec, *, budget_s: float
) -> Reply:
    """Without retries: see ports.RequestRetry."""
    return await attempt()


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What the engine reaches the outside through.

    Without a calendar there is no maintenance, without a timetable no cron, without a
    source no other settings; without ways in, agents are heard by hand only; without
    a journal, alerts do not survive a restart, and without `state` nothing else does.
    """

    clock: Clock
    sampler: Sampler
    discovery: Discovery
    open_probe: OpenProbe
    open_gate: OpenGate
    retry: Retry
    watchdog: Watchdog
    canary: Canary
    own_meter: OwnMeter
    calendar: Calendar | None = None
    timetable: Timetable | None = None
    open_ways: OpenWays = lambda listen, agents: ()
    journal: AlertJournal | None = None
    state: StateJournal | None = None
    letters: LetterJournal | None = None
    open_channel: OpenChannel = no_channel
    open_mender: OpenMender = no_mender
    backoff: Backoff = float
    settings_source: SettingsSource | None = None
    plugin_registry: PluginRegistry | None = None
    plugin_host: PluginHost | None = None
    plugin_platform: OpenPlatform | None = None
    request_retry: RequestRetry | None = None


class Conductor:
    """One engine. Make and run it on one event loop."""

    def __init__(
        self, settings: Settings, world: World, hub: Hub, *, by_daemon: bool = False
    ) -> None:
        self._world, self._hub, clock = world, hub, world.clock
        self._by_daemon = by_daemon
        self._viewer: tuple[str, str] | None = None
        self._leave: Callable[[], None] = lambda: None
        self._stop = asyncio.Event()
        self._judge = Judge(hub, clock, world.watchdog, world.canary)
        pauses = Pauses(world.calendar, clock)
        self._watching = Watching(
            settings.engine,
            hub,
            clock,
            pauses,
            open_probe=world.open_probe,
            open_gate=world.open_gate,
            retry=world.retry,
            sampler=world.sampler,
            judge=self._judge,
        )
        self._discovering = Discovering(world.discovery, self._watching, clock)
        self.heart = Heart(hub, clock, world.watchdog, world.timetable)
        self._trials = Trials(hub, self._watching, clock)
        self._ways = Ways(world.open_ways, self.heart, clock)
        self._alerting = Alerting(
            hub,
            clock,
            world.watchdog,
            journal=world.journal,
            open_channel=world.open_channel,
            open_mender=world.open_mender,
            backoff=world.backoff,
        )
        self._pauses = pauses
        self._confirming = Confirming(hub, clock, self._watching.gate_of)
        self.recording = Recording(
            world.state,
            hub,
            clock,
            view_of=self.heart.view,
            untold=lambda: self.heart.untold_agents,
            before_of=self._confirming.before_of,
            adopt=lambda kept: self._watching.adopt(kept.breakers),
        )
        self._tallying = Tallying(lambda some: self.recording.put(*some), clock)
        self.lobby = Lobby(hub, clock, self.recording.put)
        self.clients = Clients(hub, clock, self._watching)
        self.plugins = Plugins(
            world.plugin_registry,
            world.plugin_host,
            hub,
            clock,
            self.recording.put,
        )
        plugin_platforms = PluginPlatforms(
            self.plugins, self._watching, pauses, clock, world.plugin_platform
        )
        dispatching = Dispatching(
            self._watching, self.plugins, hub, clock, world.request_retry or _once
        )
        self.requests = Requests(dispatching, world.letters, hub, clock)
        self.in_force = InForce(
            settings,
            self._watching,
            pauses,
            self._discovering,
            hub,
            heart=self.heart,
            ways=self._ways,
            alerting=self._alerting,
            plugins=self.plugins,
            plugin_platforms=plugin_platforms,
            requests=self.requests,
        )
        self.plugins.moved = plugin_platforms.obey
        self.plugins.followed = self.in_force.follow_plugins
        self._reloading = Reloading(world.settings_source, self.in_force, hub, clock)
        self._resting = Resting(self._watching, pauses, clock)
        self._shedding = Shedding(
            self._watching,
            pauses,
            self.plugins,
            world.open_mender,
            lambda: self.in_force.settings.load,
            hub,
            clock,
        )
        self.control = Control(
            self._watching,
            self._resting,
            self._reloading,
            self.heart,
            self._alerting,
            self._confirming,
            self.plugins,
            self.requests,
            self._shedding,
            hub,
            clock,
        )

    def show_to(self, by: str, origin: str) -> None:
        """Somebody looks from the first moment to the last: the dashboard that this
        engine runs in. Before `run`.
        """
        self._viewer = (by, origin)

    def check_only_once(self) -> None:
        """Check each platform once, and again only when asked; listen for nobody, and
        alert nobody. Before `run`.
        """
        self._watching.be_silent()
        self.in_force.is_patient = True
        self.plugins.first_look_s = 0.0
        self._ways.is_closed_for_good = True
        self._alerting.is_off = True

    def stop(self) -> None:
        """Ask `run` to drain and return. On the engine's own loop."""
        self.control.close()
        self._stop.set()

    async def run(self) -> None:
        """Watch until `stop`, then let checks under way end, within the drain limit.

        Raises EngineStopped, in words, for whatever else ends it.
        """
        self._world.watchdog.watch(self._tell_stall)
        self._hub.show_stalls(lambda: self._world.watchdog.current)
        self._trials.begin()
        self._alerting.begin()
        try:
            await self._go_on()
            async with asyncio.TaskGroup() as group:
                tasks = [
                    group.create_task(work, name=name)
                    for name, work in self._works().items()
                ]
                await self._stop.wait()
                settings = self.in_force.settings
                await self._watching.scheduler.drain(settings.engine.drain_s)
                for task in tasks:
                    task.cancel()
        except ExceptionGroup as errors:
            root = root_of(errors)
            words = one_line(str(root)) or type(root).__name__
            raise EngineStopped(words) from errors
        finally:
            self._leave()
            self.clients.close()
            self._tallying.close()
            await self.recording.close()
            self._world.watchdog.close()
            self._watching.close()
            self.heart.close()
            self._hub.close()

    async def _go_on(self) -> None:
        """Go on from where a conductor before this one was."""
        kept, now = await self.recording.begin(), self._world.clock.now()
        if self._world.state is not None:
            self._hub.listen(self._tallying.hear)
        self._watching.restore(kept.breakers)
        self._confirming.restore(kept.breakers)
        self._pauses.restore(kept.pauses)
        self.plugins.restore(kept.plugins)
        before = kept.alive_at
        if before is not None:
            self.heart.restore(kept.agents, before)
        is_earlier = before is not None and before < now  # else the clock was set back
        self._hub.publish(
            ConductorStarted(
                before=before if is_earlier else None,
                visits=tuple(kept.visits.items()),
                by_daemon=self._by_daemon,
                breakers=tuple(_binding(kept.breakers)),
            )
        )
        if self._viewer is not None:
            self._leave = self.lobby.enter(*self._viewer)

    async def _drop_awaited(self) -> None:
        """Platforms that are not back in time bind nobody: nobody could reset them."""
        await self._world.clock.sleep(BACK_WITHIN_S)
        self._hub.publish(BreakersDropped(platforms=tuple(self._hub.snapshot.awaited)))

    def _tell_stall(self, stall: Stall) -> None:
        self._hub.publish(LoopStalled(stall=stall))

    def _works(self) -> dict[str, Coroutine[None, None, None]]:
        """Return all that goes on at once, by name. The scheduler comes first: the
        others need it to run.
        """
        world, clock = self._world, self._world.clock
        return {
            "scheduler": self._watching.scheduler.run(),
            "settings": self._reloading.run(),
            "alerting": self._alerting.run(),
            "recording": self.recording.run(),
            "plug-ins": self.plugins.run(),
            "requests": self.requests.run(),
            "back again": self._drop_awaited(),
            "pauses": self._resting.run(),
            "heart": self.heart.run(),
            "shedding": self._shedding.run(),
            "ways in": self._ways.run(),
            "discovery": self._discovering.run(),
            "sampling": keep_sampling(
                self._hub, world.sampler, lambda: self.in_force.settings.load, clock
            ),
            "own figures": keep_own(
                self._hub,
                self._watching.scheduler,
                self._judge,
                world.watchdog,
                world.own_meter,
                clock,
            ),
        }


def _binding(
    breakers: Mapping[PlatformName, KeptBreaker],
) -> Iterator[tuple[PlatformName, BreakerView]]:
    """Yield those that stop calls."""
    for name, kept in breakers.items():
        if kept.breaker.state is not BreakerState.CLOSED:
            yield name, kept.breaker
