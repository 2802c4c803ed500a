"""A whole engine on a fake clock, with scripted probes: arrange in one word."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from types import MappingProxyType

from conductor_tui.adapters.breaker import PlatformBreaker
from conductor_tui.adapters.calendar import CronCalendar
from conductor_tui.adapters.probes.plugin import Options as plugin_options
from conductor_tui.adapters.probes.plugin import PluginProbe
from conductor_tui.adapters.request_retry import TenacityRequestRetry
from conductor_tui.adapters.retry import TenacityRetry
from conductor_tui.domain.check import CheckSpec, Finding, Outcome
from conductor_tui.domain.commands import (
    BreakerCommand,
    Command,
    PausePlatform,
    ReleaseBreaker,
    ReloadSettings,
    ResetBreaker,
    ResumePlatform,
    TripBreaker,
    UndoBreaker,
)
from conductor_tui.domain.events import CommandAnswered, Envelope, Event
from conductor_tui.domain.ids import (
    CommandId,
    Epoch,
    NodeName,
    PlatformName,
    PluginName,
)
from conductor_tui.domain.pause import MaintenanceWindow
from conductor_tui.domain.settings import EngineSettings, PlatformSettings, Settings
from conductor_tui.domain.snapshot import PlatformView, Snapshot
from conductor_tui.engine.conductor import Conductor, World, no_channel, no_mender
from conductor_tui.engine.hub import Hub
from conductor_tui.ports import (
    AlertJournal,
    Calendar,
    LetterJournal,
    Listeners,
    OpenChannel,
    OpenMender,
    OpenWays,
    PluginHost,
    PluginRegistry,
    Probe,
    SettingsSource,
    StateJournal,
)
from conductor_tui.testing import (
    FakeCanary,
    FakeClock,
    FakeOwnMeter,
    FakeSampler,
    FakeWatchdog,
    ScriptedProbe,
    settle,
)
from tests.build import spec

PASSED = Finding(Outcome.PASSED, "200 OK")
FAILED = Finding(Outcome.FAILED, "connection refused")


class FakeDiscovery:
    """Finds what the test says; `failure` is raised instead. Satisfies
    ports.Discovery.
    """

    def __init__(self) -> None:
        self.found: list[CheckSpec] = []
        self.failure: Exception | None = None

    def look(self) -> Listeners:
        if self.failure is not None:
            raise self.failure
        return Listeners(tuple(PlatformSettings(spec=s, options=s) for s in self.found))


class FakeCalendar:
    """Windows are open until what the test says, by name. Satisfies ports.Calendar."""

    def __init__(self) -> None:
        self.until: dict[str, datetime] = {}

    def open_until(self, window: MaintenanceWindow, now: datetime) -> datetime | None:
        until = self.until.get(window.name)
        return until if until is not None and now < until else None


class FakeSource:
    """A file that says what the test puts in it. Satisfies ports.SettingsSource."""

    def __init__(self) -> None:
        self.content: Settings | Exception = Settings()
        self.is_new = False
        self.loads = 0

    def put(self, content: Settings | Exception) -> None:
        self.content, self.is_new = content, True

    def has_changed(self) -> bool:
        return self.is_new

    def load(self) -> Settings:
        self.is_new = False
        self.loads += 1
        if isinstance(self.content, Exception):
            raise self.content
        return self.content


def plugin_platform(plugin: PluginName) -> PlatformSettings:
    name = PlatformName(plugin)
    return PlatformSettings(
        spec=CheckSpec(platform=name, probe="plugin", target=plugin), options=plugin
    )


@dataclass
class Stage:
    """Everything a test may touch while the engine runs."""

    clock: FakeClock
    hub: Hub
    conductor: Conductor
    sampler: FakeSampler
    discovery: FakeDiscovery
    watchdog: FakeWatchdog
    canary: FakeCanary
    calendar: FakeCalendar
    source: FakeSource
    script: list[Finding | float]  # of the probes that are opened from now on
    broken: set[PlatformName]  # whose probes cannot be opened
    probes: dict[PlatformName, ScriptedProbe]
    events: list[Event] = field(default_factory=list)
    _ids: "count[int]" = field(default_factory=count)

    def probe(self, name: str = "api") -> ScriptedProbe:
        return self.probes[PlatformName(name)]

    def view(self, name: str = "api") -> PlatformView:
        return self.hub.snapshot.platforms[PlatformName(name)]

    def told(self, kind: type[Event]) -> list[Event]:
        """Return the events of one kind so far, oldest first."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def answers(self) -> list[CommandAnswered]:
        return [event for event in self.events if isinstance(event, CommandAnswered)]

    async def ask(self, command: Command) -> CommandAnswered:
        """Send a command, and return its answer."""
        self.conductor.control.handle(command)
        await settle()
        return self.answer_to(command)

    def answer_to(self, command: Command) -> CommandAnswered:
        [answer] = [one for one in self.answers if one.command == command.id]
        return answer

    async def pass_time(self, seconds: float) -> None:
        """Advance second by second. What looks at the world off the loop does so in
        one thread: what is put behind it there ends after it.
        """
        for _ in range(int(seconds)):
            await self.clock.advance(1)
            await asyncio.to_thread(lambda: None)
            await settle()

    async def reload(self, content: Settings | Exception) -> CommandAnswered:
        """Put `content` in the file and ask to read it; return the answer."""
        self.source.put(content)
        command = ReloadSettings(id=self.new_id(), by="ann")
        self.conductor.control.handle(command)
        for _ in range(300):  # 3 s: new platforms are begun with one by one
            await asyncio.to_thread(lambda: None)
            await settle()
            if any(one.command == command.id for one in self.answers):
                break
            await self.clock.advance(0.01)
        return self.answer_to(command)

    async def pause(
        self, why: str = "swap", ttl_s: float | None = None, name: str = "api"
    ) -> CommandAnswered:
        command = PausePlatform(
            id=self.new_id(),
            platform=PlatformName(name),
            by="ann",
            why=why,
            ttl_s=ttl_s,
        )
        return await self.ask(command)

    async def resume(self, name: str = "api") -> CommandAnswered:
        platform = PlatformName(name)
        command = ResumePlatform(id=self.new_id(), platform=platform, by="ann")
        return await self.ask(command)

    def new_id(self) -> CommandId:
        return CommandId(f"c-{next(self._ids)}")

    async def trip(
        self, why: str = "maintenance", ttl_s: float | None = None, epoch: int = -1
    ) -> CommandAnswered:
        return await self._move(TripBreaker, epoch, why=why, ttl_s=ttl_s)

    async def conductor_trips(self, why: str) -> None:
        """Ask for a trip of "api", and wait for no answer."""
        command = TripBreaker(
            id=self.new_id(),
            platform=PlatformName("api"),
            by="ann",
            epoch=self.view().breaker.epoch,
            why=why,
        )
        self.conductor.control.handle(command)
        await settle()

    async def reset(self) -> CommandAnswered:
        return await self._move(ResetBreaker)

    async def release(self) -> CommandAnswered:
        return await self._move(ReleaseBreaker)

    async def undo(self) -> CommandAnswered:
        return await self._move(UndoBreaker)

    async def _move(
        self, kind: Callable[..., BreakerCommand], epoch: int = -1, **more: object
    ) -> CommandAnswered:
        """Aim a command at "api" as it is now, or at an older `epoch`."""
        seen = self.view().breaker.epoch if epoch < 0 else Epoch(epoch)
        command = kind(
            id=self.new_id(),
            platform=PlatformName("api"),
            by="ann",
            epoch=seen,
            **more,
        )
        return await self.ask(command)


@asynccontextmanager
async def stage(
    *specs: CheckSpec,
    script: Sequence[Finding | float] = (PASSED,),
    settings: Settings | None = None,
    read_only: bool = False,
    windows: Mapping[str, float] = MappingProxyType({}),
    read_from: SettingsSource | None = None,
    calendar: Calendar | None = None,
    open_ways: OpenWays = lambda listen, agents: (),
    once: bool = False,
    before: Snapshot | None = None,
    journal: AlertJournal | None = None,
    state: StateJournal | None = None,
    letters: LetterJournal | None = None,
    open_channel: OpenChannel = no_channel,
    open_mender: OpenMender = no_mender,
    plugin_registry: PluginRegistry | None = None,
    plugin_host: PluginHost | None = None,
) -> AsyncIterator[Stage]:
    """Run an engine on `specs` (default: one, "api") whose probes follow `script`.

    The first checks have been made when the block begins. `windows` are open from the
    start, for so many seconds. `read_from` and `calendar` take
    the place of the fake file and calendar. `once`: it checks only once.
    `before`: what was known before a restart.
    """
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    clock, sampler, discovery = FakeClock(), FakeSampler(), FakeDiscovery()
    watchdog, canary = FakeWatchdog(), FakeCanary()
    fake_calendar, source = FakeCalendar(), FakeSource()
    for window, seconds in windows.items():
        fake_calendar.until[window] = clock.now() + timedelta(seconds=seconds)
    probes: dict[PlatformName, ScriptedProbe] = {}

    answers, broken = list(script), set[PlatformName]()

    def open_probe(platform: PlatformSettings) -> Probe:
        name = platform.spec.platform
        if name in broken:
            raise RuntimeError("it cannot be opened")
        if platform.spec.probe == "plugin":
            return PluginProbe(
                plugin_options(target=platform.spec.target), conductor.plugins.check
            )
        probes[name] = ScriptedProbe(*answers, clock=clock)
        return probes[name]

    world = World(
        clock=clock,
        sampler=sampler,
        discovery=discovery,
        open_probe=open_probe,
        open_gate=lambda p: PlatformBreaker(p.spec.platform, p.spec.breaker, clock),
        retry=TenacityRetry(clock),
        watchdog=watchdog,
        canary=canary,
        own_meter=FakeOwnMeter(),
        calendar=calendar or fake_calendar,
        settings_source=read_from or source,
        timetable=CronCalendar(),
        open_ways=open_ways,
        journal=journal,
        state=state,
        letters=letters,
        open_channel=open_channel,
        open_mender=open_mender,
        backoff=lambda failures: 2.0 ** (failures - 1),
        plugin_registry=plugin_registry,
        plugin_host=plugin_host,
        plugin_platform=plugin_platform,
        request_retry=TenacityRequestRetry(clock),
    )
    settings = settings or Settings(engine=EngineSettings())
    if not settings.discover and (specs or not settings.platforms):
        platforms = [
            PlatformSettings(spec=s, options=None) for s in (specs or (spec("api"),))
        ]
        settings = replace(settings, platforms=tuple(platforms))
    hub = Hub(NodeName("web-7"), clock, read_only=read_only)
    conductor = Conductor(settings, world, hub)
    if once:
        conductor.check_only_once()
    if before is not None and before.at is not None:
        conductor.heart.restore(list(before.agents.in_order()), before.at)
    staged = Stage(
        clock,
        hub,
        conductor,
        sampler,
        discovery,
        watchdog,
        canary,
        fake_calendar,
        source,
        answers,
        broken,
        probes,
    )
    listening = asyncio.create_task(_listen(staged))
    running = asyncio.create_task(conductor.run())
    await settle()
    await clock.advance(0.01 * max(1, len(settings.platforms)))
    try:
        yield staged
    finally:
        conductor.stop()
        await settle()
        await clock.advance(60)
        await running
        listening.cancel()


async def _listen(staged: Stage) -> None:
    async for frame in staged.hub.follow():
        if isinstance(frame, Envelope):
            staged.events.append(frame.event)
