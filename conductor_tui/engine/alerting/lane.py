"""One channel's lane: what waits for it goes through one by one, oldest first.

Whatever happens to a delivery is kept before it is told. A failure holds up its own
lane only; what never will be taken makes way for the next.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from math import inf

from conductor_tui.domain.alert import ChannelView, Delivery, DeliveryState
from conductor_tui.domain.alert_events import ChannelChanged
from conductor_tui.domain.alert_settings import ChannelSettings
from conductor_tui.domain.duration import format_duration
from conductor_tui.domain.ids import DeliveryId
from conductor_tui.engine.alerting.door import Door, Failure
from conductor_tui.engine.alerting.shelf import Shelf
from conductor_tui.engine.alerting.waiting import Item, Waiting
from conductor_tui.engine.hub import Hub
from conductor_tui.engine.refusal import Refused
from conductor_tui.ports import Backoff, Clock

MOST_WAITING = 10_000  # then the oldest is given up, and says so
LONGEST_WISH_S = 3600.0  # of another side that asks us to wait


class Lane:
    """`view` is how the channel does; `max_age_s` as in the settings."""

    def __init__(
        self, door: Door, shelf: Shelf, hub: Hub, clock: Clock, backoff: Backoff
    ) -> None:
        self._door, self._shelf = door, shelf
        self._hub, self._clock, self._backoff = hub, clock, backoff
        self.max_age_s = inf
        self.waiting = Waiting()
        self._too_many: list[Delivery] = []
        self._under_way: DeliveryId | None = None
        self._news = asyncio.Event()
        self._is_stopping = False
        self.view = _view(door.settings)
        hub.publish(ChannelChanged(channel=self.view))

    @property
    def settings(self) -> ChannelSettings:
        return self._door.settings

    def go_by(self, settings: ChannelSettings) -> None:
        """Go by other settings: they may mend what was wrong, so try at once."""
        if settings == self.settings:
            return
        self._door.go_by(settings)
        new = _view(settings)
        self._tell(kind=new.kind, target=new.target, origin=new.origin)
        self.hasten()

    def put(self, delivery: Delivery, *, in_s: float = 0.0, age_s: float = 0.0) -> None:
        """Have a delivery, kept by now, tried in `in_s`; it waits since `age_s`."""
        now = self._clock.monotonic()
        expires = now + max(0.0, self.max_age_s - age_s)
        self.waiting.put(Item(delivery, now + in_s, expires))
        if len(self.waiting) > MOST_WAITING:
            self._too_many.append(self.waiting.take_oldest(self._under_way))
        self._news.set()

    def take(self, number: DeliveryId) -> Delivery:
        """Take one out of the lane. Raises Refused while it is under way."""
        if number == self._under_way:
            raise Refused(f"delivery {number} is just being tried: ask in a moment")
        self._news.set()
        return self.waiting.take(number)

    def take_all(self) -> list[Delivery]:
        """Take whatever waits, oldest first. After `run`."""
        too_many, self._too_many = self._too_many, []
        return [*too_many, *self.waiting.take_all()]

    def hasten(self) -> None:
        """Try whatever waits at once, one after the other."""
        self.waiting.hasten(self._clock.monotonic())
        self._news.set()

    def stop(self) -> None:
        """Let `run` return after the attempt that is under way."""
        self._is_stopping = True
        self._news.set()

    async def run(self) -> None:
        """Bring one after the other, for ever. It never fails."""
        while not self._is_stopping:
            self._news.clear()
            await self._give_up_some()
            head, now = self.waiting.head(), self._clock.monotonic()
            if head is not None and head.due <= now:
                await self._try(head)
            else:
                due = inf if head is None else head.due
                await self._rest(min(due, self.waiting.next_expiry()) - now)

    async def close(self) -> None:
        await self._door.close()

    async def _rest(self, seconds: float) -> None:
        """Wait for news, at most so long."""
        call_off: Callable[[], None] = _nothing
        if seconds < inf:
            call_off = self._clock.alarm(seconds, self._news.set)
        try:
            await self._news.wait()
        finally:
            call_off()

    async def _give_up_some(self) -> None:
        """Those that waited for too long, and those that are too many."""
        expired = self.waiting.take_expired(self._clock.monotonic())
        limit = format_duration(self.max_age_s) if expired else ""
        for one in expired:
            why = one.error or self.view.trouble or "nothing was taken in time"
            await self._shelf.give_up([one], f"older than {limit}: {why}")
        too_many, self._too_many = self._too_many, []
        await self._shelf.give_up(too_many, f"more than {MOST_WAITING:,} waited")

    async def _try(self, item: Item) -> None:
        self._under_way = item.delivery.id
        try:
            failure = await self._door.bring(item.delivery.notice)
            if failure is None:
                await self._was_taken(item.delivery)
            else:
                await self._was_not_taken(item, failure)
        finally:
            self._under_way = None

    async def _was_taken(self, delivery: Delivery) -> None:
        sent = replace(
            delivery,
            state=DeliveryState.SENT,
            attempts=delivery.attempts + 1,
            next_at=None,
            error="",
            ended_at=self._clock.now(),
        )
        self.waiting.take(delivery.id)
        await self._shelf.note(sent)
        is_drill, latency_s = delivery.notice.is_drill, sent.latency_s
        self._tell(
            sent=self.view.sent + 1,
            failures=0,
            trouble="",
            latency_s=latency_s,
            drill_latency_s=latency_s if is_drill else self.view.drill_latency_s,
        )

    async def _was_not_taken(self, item: Item, failure: Failure) -> None:
        attempts = item.delivery.attempts + 1
        tried = replace(item.delivery, attempts=attempts, error=failure.words)
        if failure.is_final:
            self.waiting.take(tried.id)
            await self._shelf.give_up([tried], failure.words)
        else:
            wish_s = min(failure.retry_in_s or 0.0, LONGEST_WISH_S)
            wait_s = max(self._backoff(attempts), wish_s)
            item.due = self._clock.monotonic() + wait_s
            next_at = self._clock.now() + timedelta(seconds=wait_s)
            item.delivery = replace(tried, next_at=next_at)
            await self._shelf.note(item.delivery)
        self._tell(failures=self.view.failures + 1, trouble=failure.words)

    def _tell(self, **changes: object) -> None:
        view = replace(self.view, **changes)  # type: ignore[arg-type]
        if view != self.view:
            self.view = view
            self._hub.publish(ChannelChanged(channel=view))


def _view(settings: ChannelSettings) -> ChannelView:
    return ChannelView(
        name=settings.name,
        kind=settings.kind,
        target=settings.target,
        origin=settings.origin,
    )


def _nothing() -> None: ...
