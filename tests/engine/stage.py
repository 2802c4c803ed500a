"""A whole engine on a fake clock, with scripted probes: arrange in one word."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import count

from conductor_tui.adapters.breaker import PlatformBreaker
from conductor_tui.adapters.retry import TenacityRetry
from conductor_tui.domain.check import CheckSpec, Finding, Outcome
from conductor_tui.domain.commands import (
    BreakerCommand,
    Command,
    ReleaseBreaker,
    ResetBreaker,
    TripBreaker,
    UndoBreaker,
)
from conductor_tui.domain.events import CommandAnswered, Envelope, Event
from conductor_tui.domain.ids import CommandId, Epoch, NodeName, PlatformName
from conductor_tui.domain.settings import EngineSettings, PlatformSettings, Settings
from conductor_tui.domain.snapshot import PlatformView
from conductor_tui.engine.conductor import Conductor, World
from conductor_tui.engine.hub import Hub
from conductor_tui.ports import Listeners
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

    async def ask(self, command: Command) -> CommandAnswered:
        """Send a command, and return its answer."""
        self.conductor.control.handle(command)
        await settle()
        answers = [
            event
            for event in self.events
            if isinstance(event, CommandAnswered) and event.command == command.id
        ]
        [answer] = answers
        return answer

    async def trip(
        self, why: str = "maintenance", ttl_s: float | None = None, epoch: int = -1
    ) -> CommandAnswered:
        return await self._move(TripBreaker, epoch, why=why, ttl_s=ttl_s)

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
            id=CommandId(f"c-{next(self._ids)}"),
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
) -> AsyncIterator[Stage]:
    """Run an engine on `specs` (default: one, "api") whose probes follow `script`.

    The first checks have been made when the block begins.
    """
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    clock, sampler, discovery = FakeClock(), FakeSampler(), FakeDiscovery()
    watchdog, canary = FakeWatchdog(), FakeCanary()
    probes: dict[PlatformName, ScriptedProbe] = {}

    def open_probe(platform: PlatformSettings) -> ScriptedProbe:
        name = platform.spec.platform
        probes[name] = ScriptedProbe(*script, clock=clock)
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
    )
    platforms = tuple(
        PlatformSettings(spec=s, options=None) for s in (specs or (spec("api"),))
    )
    settings = settings or Settings(engine=EngineSettings(), platforms=platforms)
    if not settings.discover:
        settings = replace(settings, platforms=platforms)
    hub = Hub(NodeName("web-7"), clock, read_only=read_only)
    conductor = Conductor(settings, world, hub)
    staged = Stage(clock, hub, conductor, sampler, discovery, watchdog, canary, probes)
    listening = asyncio.create_task(_listen(staged))
    running = asyncio.create_task(conductor.run())
    await settle()
    await clock.advance(0.01 * len(platforms))
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
