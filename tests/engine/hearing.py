"""A heart on a fake clock, with agents in one word and everything that it tells."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from conductor_tui.adapters.calendar import CronCalendar
from conductor_tui.domain.agent import AgentSpec, AgentView, Detector
from conductor_tui.domain.events import AgentHealthChanged, Envelope, Event
from conductor_tui.domain.health import Health
from conductor_tui.domain.heartbeat import Beat, BeatKind
from conductor_tui.domain.ids import AgentId, NodeName
from conductor_tui.domain.settings import AgentSettings, CreateSettings, Settings
from conductor_tui.engine.heart import Heart
from conductor_tui.engine.hub import Hub
from conductor_tui.ports import Hearing
from conductor_tui.testing import EPOCH, FakeClock, FakeWatchdog, settle

A = AgentId("a")


def agent(
    name: str = "a",
    *,
    interval_s: float = 5.0,
    threshold: int = 3,
    grace_s: float = 0.0,
    detector: Detector = Detector.FIXED,
    cron: str = "",
    zone: str = "",
) -> AgentSettings:
    return AgentSettings(
        spec=AgentSpec(
            agent=AgentId(name),
            interval_s=interval_s,
            threshold=threshold,
            grace_s=grace_s,
            detector=detector,
            cron=cron,
            zone=zone,
        )
    )


@dataclass
class Listening:
    """Everything a test may touch. `moves` has (seconds since the start, name, health)
    of each change that was told.
    """

    clock: FakeClock
    watchdog: FakeWatchdog
    hub: Hub
    heart: Heart
    events: list[Event] = field(default_factory=list)
    moves: list[tuple[float, str, Health]] = field(default_factory=list)
    whys: list[str] = field(default_factory=list)

    def hear(self, name: str = "a", **said: object) -> Hearing:
        said.setdefault("via", "test")
        return self.heart.hear(Beat(agent=AgentId(name), **said))  # type: ignore[arg-type]

    def say(self, kind: BeatKind, name: str = "a", **said: object) -> Hearing:
        return self.hear(name, kind=kind, **said)

    def view(self, name: str = "a") -> AgentView:
        view = self.heart.view(AgentId(name))
        assert view is not None
        return view

    def health(self, name: str = "a") -> Health:
        return self.hub.snapshot.agents[AgentId(name)].health

    def told(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]

    async def pass_time(self, seconds: float) -> None:
        await self.clock.advance(seconds)


@asynccontextmanager
async def listening(
    *agents: AgentSettings,
    create: CreateSettings | None = None,
    start: datetime = EPOCH,
    before: Sequence[AgentView] = (),
    before_at: datetime = EPOCH,
    clock: FakeClock | None = None,
) -> AsyncIterator[Listening]:
    """Run a heart that listens for `agents` (default: one, "a")."""
    clock, watchdog = clock or FakeClock(start), FakeWatchdog()
    hub = Hub(NodeName("web-7"), clock)
    heart = Heart(hub, clock, watchdog, CronCalendar())
    here = Listening(clock, watchdog, hub, heart)
    tasks = [asyncio.create_task(_note(here)), asyncio.create_task(heart.run())]
    await settle()
    heart.restore(before, before_at)
    await heart.keep_to(settings_of(*(agents or (agent(),)), create=create))
    await settle()
    try:
        yield here
    finally:
        heart.close()
        for task in tasks:
            task.cancel()


def settings_of(
    *agents: AgentSettings, create: CreateSettings | None = None
) -> Settings:
    return Settings(
        agents=agents, create=create or CreateSettings(), source="conductor.toml"
    )


def at(seconds: float) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


async def _note(here: Listening) -> None:
    async for frame in here.hub.follow():
        if not isinstance(frame, Envelope):
            continue
        event = frame.event
        here.events.append(event)
        if isinstance(event, AgentHealthChanged):
            passed_s = round(here.clock.monotonic(), 3)
            here.moves.append((passed_s, event.agent, event.now))
            here.whys.append(event.why)
