"""A book of alerts on a fake clock: what happens in one word, what is told as lines."""

from dataclasses import replace
from itertools import count

from conductor_tui.domain.agent import AgentSpec
from conductor_tui.domain.alert import Ack, AlertView, Notice, Scope, Silence
from conductor_tui.domain.alert_settings import AlertRule, AlertSettings
from conductor_tui.domain.check import CheckSpec
from conductor_tui.domain.events import (
    AgentAdded,
    AgentHealthChanged,
    CheckFinished,
    Event,
    HealthChanged,
    PlatformAdded,
)
from conductor_tui.domain.health import Health
from conductor_tui.domain.ids import AgentId, AlertKey, PlatformName, SilenceId
from conductor_tui.engine.alerting.book import AlertBook
from conductor_tui.engine.hub import Hub
from conductor_tui.testing import FakeClock
from tests import build

API = AlertKey("platform:api")


class Page:
    """`told` holds what people were told, oldest first: kind and line."""

    def __init__(self, **rule: object) -> None:
        self.clock = FakeClock()
        self.hub = Hub(build.NODE, self.clock)
        self.told: list[Notice] = []
        self.views: dict[AlertKey, AlertView] = {}
        self.settings = AlertSettings(rule=replace(AlertRule(), **rule))  # type: ignore[arg-type]
        self.book = self.open_book()

    def open_book(self) -> AlertBook:
        """A new book, as after a restart."""
        numbers = count(1)
        book = AlertBook(
            lambda: self.hub.snapshot, self.clock, lambda: f"n{next(numbers)}"
        )
        book.keep_to(self.settings)
        self.hub._listeners[:] = [book.hear]  # the one before has died
        return book

    def happens(self, *events: Event) -> None:
        for event in events:
            self.hub.publish(event)
        self.turn()

    def turn(self) -> None:
        """Take what is to be told."""
        changes = self.book.take()
        self.told += [notice for notice, _ in changes.notices]
        for view, _ in (*changes.closed, *changes.alerts.values()):
            self.views[view.key] = view

    async def passes(self, seconds: float) -> None:
        """Let time pass, with a look every second as the engine has it."""
        for _ in range(round(seconds)):
            await self.clock.advance(1.0)
            self.book.tick()
            self.turn()

    def watch(self, *names: str, **spec: object) -> None:
        for name in names:
            one = build.spec(name)
            self.happens(PlatformAdded(spec=replace(one, **spec)))  # type: ignore[arg-type]
            self.turns(name, Health.HEALTHY)

    def add(self, spec: CheckSpec) -> None:
        self.happens(PlatformAdded(spec=spec))

    def turns(self, name: str, health: Health, why: str = "connection refused") -> None:
        """Give a platform the results that make its health so."""
        known = self.hub.snapshot.platforms[PlatformName(name)]
        bad = {
            Health.HEALTHY: 0,
            Health.DEGRADED: 1,
            Health.CRITICAL: 2,
            Health.FAILED: known.spec.breaker.failures,
        }[health]
        if not bad or (bad <= known.run.bad and health is not known.health):
            self._result(name, build.passed(name, at=self.clock.now()), "")
        for _ in range(bad - self.hub.snapshot.platforms[known.name].run.bad):
            failed = build.failed(name, at=self.clock.now(), detail=why)
            self._result(name, failed, why)
        self.turn()

    def _result(self, name: str, finished: CheckFinished, why: str) -> None:
        platform = PlatformName(name)
        was = self.hub.snapshot.platforms[platform].health
        self.hub.publish(finished)
        now = self.hub.snapshot.platforms[platform].health
        if now is not was:
            changed = HealthChanged(platform=platform, was=was, now=now, why=why)
            self.hub.publish(changed)

    def listen(self, *names: str, **spec: object) -> None:
        for name in names:
            one = AgentSpec(agent=AgentId(name), **spec)  # type: ignore[arg-type]
            self.happens(AgentAdded(spec=one))
            self.agent_turns(name, Health.HEALTHY)

    def agent_turns(self, name: str, health: Health) -> None:
        agent = AgentId(name)
        was = self.hub.snapshot.agents[agent].health
        why = "" if health is Health.HEALTHY else "silent"
        self.happens(AgentHealthChanged(agent=agent, was=was, now=health, why=why))

    def ack(self, key: AlertKey = API, *, sticky: bool = False) -> None:
        self.book.ack(
            key, Ack(by="ada", why="on it", at=self.clock.now(), sticky=sticky)
        )
        self.turn()

    def silence(self, seconds: float, scope: Scope | None = None) -> Silence:
        from datetime import timedelta

        now = self.clock.now()
        silence = Silence(
            id=SilenceId("s1"),
            scope=scope or Scope(names=frozenset({"api"})),
            by="ada",
            why="moving house",
            at=now,
            until=now + timedelta(seconds=seconds),
        )
        self.book.silence(silence, seconds)
        self.turn()
        return silence

    @property
    def lines(self) -> list[str]:
        return [f"{one.kind}: {one.text}" for one in self.told]

    @property
    def kinds(self) -> list[str]:
        return [one.kind.value for one in self.told]
