"""An outbox on a fake clock, with channels that do what the test says."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from conductor_tui.domain.alert import (
    ChannelView,
    Delivery,
    DeliveryState,
    Notice,
    NoticeKind,
    Severity,
    Silence,
    Subject,
    SubjectKind,
)
from conductor_tui.domain.alert_events import AttentionCalled
from conductor_tui.domain.alert_settings import AlertSettings, ChannelSettings
from conductor_tui.domain.errors import JournalFailed
from conductor_tui.domain.ids import ChannelName, DeliveryId
from conductor_tui.engine.alerting.keeping import Keeping
from conductor_tui.engine.alerting.outbox import Outbox
from conductor_tui.engine.hub import Hub
from conductor_tui.ports import AlertRecord, Channel, Kept
from conductor_tui.testing import EPOCH, FakeClock, settle
from tests import build

OPS, MAIL = ChannelName("ops"), ChannelName("mail")


class MemoryJournal:
    """Satisfies ports.AlertJournal. `failure` is raised instead, `kept` is its log."""

    def __init__(self, found: Kept = Kept()) -> None:  # noqa: B008 - it is frozen
        self.found, self.failure = found, ""
        self.kept: list[AlertRecord] = []
        self.ended: list[Silence] = []
        self.writes = 0
        self.is_closed = False
        self.hold: asyncio.Event | None = None

    async def open(self) -> Kept:
        self._fail()
        return self.found

    async def keep(
        self, records: Sequence[AlertRecord], ended: Sequence[Silence] = ()
    ) -> None:
        self.writes += 1
        if self.hold is not None:
            await self.hold.wait()
        self._fail()
        self.kept += records
        self.ended += ended

    async def close(self) -> None:
        self.is_closed = True

    def _fail(self) -> None:
        if self.failure:
            raise JournalFailed(self.failure)

    def deliveries(self) -> dict[int, Delivery]:
        """The newest of each."""
        return {one.id: one for one in self.kept if isinstance(one, Delivery)}


class FakeChannel:
    """Notes what it took. What `script` holds is done first: an exception is raised, a
    number is waited for by the clock.
    """

    def __init__(self, clock: FakeClock) -> None:
        self.script: list[BaseException | float] = []
        self.is_down: BaseException | None = None
        self.took: list[tuple[str, datetime]] = []
        self.tries: list[float] = []
        self.opened = self.closed = 0
        self.is_busy = False
        self._clock = clock

    async def deliver(self, notice: Notice) -> None:
        assert not self.is_busy, "one notice at a time"
        self.is_busy = True
        self.tries.append(self._clock.monotonic())
        try:
            await self._obey()
        finally:
            self.is_busy = False
        self.took.append((notice.id, notice.at))

    async def _obey(self) -> None:
        step = self.script.pop(0) if self.script else self.is_down
        if isinstance(step, BaseException):
            raise step
        if step is not None:
            await self._clock.sleep(step)

    async def close(self) -> None:
        self.closed += 1

    @property
    def ids(self) -> list[str]:
        return [name for name, _ in self.took]


def channel(name: ChannelName = OPS, **given: object) -> ChannelSettings:
    settings = ChannelSettings(name=name, kind="fake", options=None, target="nowhere")
    return replace(settings, **given)  # type: ignore[arg-type]


def notice(number: int = 1, *, at: datetime = EPOCH, **given: object) -> Notice:
    one = Notice(
        id=f"n{number}",
        kind=NoticeKind.OPENED,
        subject=Subject(kind=SubjectKind.PLATFORM, name="redis"),
        state="FAILED",
        severity=Severity.CRITICAL,
        text=f"redis is FAILED, {number}",
        at=at,
        opened_at=at,
        host=build.NODE,
    )
    return replace(one, **given)  # type: ignore[arg-type]


def waiting(number: int, **given: object) -> Delivery:
    one = Delivery(id=DeliveryId(number), channel=OPS, notice=notice(number))
    return replace(one, next_at=EPOCH, **given)  # type: ignore[arg-type]


class Post:
    """An outbox at work. `seen` are the deliveries as they were told."""

    def __init__(
        self, *channels: ChannelSettings, kept: Kept | None = None, **given: object
    ) -> None:
        self.clock = FakeClock()
        self.hub = Hub(build.NODE, self.clock)
        self.seen: list[Delivery] = []
        self.unkept: list[Delivery] = []
        self.hub.listen(lambda envelope: self._hear(envelope.event))
        self.journal = MemoryJournal(kept or Kept())
        self.keeping = Keeping(self.journal, self.hub, self.clock)
        self.channels: dict[ChannelName, FakeChannel] = {}
        self.box = Outbox(
            self.hub, self.clock, self.keeping, self.open_channel, lambda n: 2.0**n
        )
        self.given = given
        self.keep_to(*(channels or (channel(),)))

    def keep_to(self, *channels: ChannelSettings) -> None:
        settings = AlertSettings(channels=channels)
        self.box.keep_to(replace(settings, **self.given))  # type: ignore[arg-type]

    def open_channel(
        self, settings: ChannelSettings, attend: Callable[[AttentionCalled], object]
    ) -> Channel:
        one = self.channel(settings.name)
        one.opened += 1
        return one

    def channel(self, name: ChannelName = OPS) -> FakeChannel:
        return self.channels.setdefault(name, FakeChannel(self.clock))

    def _hear(self, event: object) -> None:
        delivery = getattr(event, "delivery", None)
        if isinstance(delivery, Delivery):
            self.seen.append(delivery)
            if delivery not in self.journal.kept:
                self.unkept.append(delivery)

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Post"]:
        """Run until the block ends, as the conductor does."""
        self.box.restore(await self.keeping.open())
        task = asyncio.ensure_future(self.box.run())
        await settle()
        try:
            yield self
        finally:
            task.cancel()
            await settle()
            await self.clock.advance(5)
            await asyncio.wait([task])

    async def put(self, *notices: Notice, only: ChannelName | None = None) -> None:
        deliveries = self.box.route(notices, only)
        await self.keeping.keep(deliveries)
        self.box.begin(deliveries)
        await settle()

    def state(self, number: int) -> DeliveryState:
        return self.newest(number).state

    def newest(self, number: int) -> Delivery:
        return next(one for one in reversed(self.seen) if one.id == number)

    def view(self, name: ChannelName = OPS) -> ChannelView:
        return self.hub.snapshot.alerts.channels[name]


def later(seconds: float) -> datetime:
    return EPOCH + timedelta(seconds=seconds)
